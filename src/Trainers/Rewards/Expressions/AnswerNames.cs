namespace RlCore.Trainers.Rewards;

/// <summary>Names of values: x = 5, f(2) = 5, (p, q) = (3, 2), A : B = 1.</summary>
internal static class AnswerNames
{
    /// <summary>Whether a node says what a name's value is, as 2 + 3 = 5 says 5.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">The name; without one the value.</param>
    /// <param name="value">The value: the last that is not an approximation of the one before.</param>
    public static bool TryAssignment(ExpressionNode node, out ExpressionNode name, out ExpressionNode value)
    {
        name = node;
        value = node;
        if (node is not ChainNode chain)
        {
            return false;
        }

        if (chain is { Relations: ['∈'] })
        {
            (name, value) = (chain.Parts[0], chain.Parts[1]);
            return IsName(name) && value is BracketsNode or ApplyNode { Function: "∪" or "∩" or "∖" } or SymbolNode;
        }

        int last = 0;
        while (last < chain.Relations.Count && (chain.Relations[last] == '=' || (last == 0 && chain.Relations[0] == '≈')))
        {
            last++;
        }

        if (last == 0 || chain.Relations.Skip(last).Any(relation => relation != '≈'))
        {
            return false;
        }

        name = chain.Parts[0];
        value = chain.Parts[last];
        if (last == 1 && !IsName(name) && IsName(value) && ValueComparison.HasVariables(value) && !ValueComparison.HasVariables(name))
        {
            (name, value) = (value, name);
        }

        return IsName(name) || !ValueComparison.HasVariables(name);
    }

    /// <summary>Whether two names are the same; the arguments of a function do not count.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public static bool AreSame(ExpressionNode one, ExpressionNode other) => one.Key == other.Key
        || (one is ApplyNode f && other is ApplyNode g && IsCall(f) && f.Function == g.Function
            && f.Parts.Concat(g.Parts).All(part => part is SymbolNode))
        || (!ValueComparison.HasVariables(one) && !ValueComparison.HasVariables(other));

    private static bool IsCall(ApplyNode node) => node.Function.StartsWith("call ", StringComparison.Ordinal);

    private static bool IsName(ExpressionNode node) => node switch
    {
        SymbolNode or WordsNode => true,
        BracketsNode { Open: '(' } => node.Parts.All(part => part is SymbolNode),
        ApplyNode { Function: ":" } => node.Parts.All(IsName),
        ApplyNode { Function: "abs" } => IsName(node.Parts[0]),
        ApplyNode { Function: "*" } => node.Parts.All(part => part is WordsNode)
            || node.Parts.All(part => part is SymbolNode { Name: var name } && (char.IsUpper(name[0]) || name is "angle" or "triangle")),
        ApplyNode apply => IsCall(apply),
        _ => false,
    };
}
