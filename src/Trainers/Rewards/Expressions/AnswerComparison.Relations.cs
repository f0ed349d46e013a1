namespace RlCore.Trainers.Rewards;

internal sealed partial class AnswerComparison
{
    private static readonly HashSet<string> Prefixes =
        ["rs", "usd", "eur", "inr", "about", "approximately", "the answer is", "answer", "total"];

    private bool SameChains(ExpressionNode gold, ExpressionNode given)
    {
        bool isGoldNamed = AnswerNames.TryAssignment(gold, out ExpressionNode goldName, out ExpressionNode goldValue);
        bool isGivenNamed = AnswerNames.TryAssignment(given, out ExpressionNode givenName, out ExpressionNode givenValue);
        if (isGoldNamed && isGivenNamed && AnswerNames.AreSame(goldName, givenName) && Same(goldValue, givenValue))
        {
            return true;
        }

        if (gold is ChainNode first && given is ChainNode second)
        {
            return SameRelations(first, second);
        }

        // Only one of the two is a relation: it must name the other's value.
        return gold is ChainNode ? isGoldNamed && Same(goldValue, given) : isGivenNamed && Same(gold, givenValue);
    }

    private bool SameRelations(ChainNode gold, ChainNode given)
    {
        if (gold.Relations.Count != given.Relations.Count)
        {
            return false;
        }

        (IReadOnlyList<ExpressionNode> sides, IReadOnlyList<char> relations) = Ascending(gold);
        (IReadOnlyList<ExpressionNode> otherSides, IReadOnlyList<char> otherRelations) = Ascending(given);
        if (!relations.SequenceEqual(otherRelations))
        {
            return false;
        }

        if (SameInOrder(sides, otherSides) || (relations is ['=' or '≠'] && SameInOrder(sides, [otherSides[1], otherSides[0]])))
        {
            return true;
        }

        if (relations is not ['=' or '≠' or '<' or '≤']
            || sides.Concat(otherSides).Any(side => side is not (ApplyNode or NumberNode or SymbolNode)))
        {
            return false;
        }

        ExpressionNode one = Difference(sides);
        ExpressionNode other = Difference(otherSides);
        return (ValueComparison.HasVariables(one) || ValueComparison.HasVariables(other))
            && ValueComparison.AreProportional(one, other, relations[0] is '<' or '≤');
    }

    private static ApplyNode Difference(IReadOnlyList<ExpressionNode> sides) =>
        new("+", sides[1], new ApplyNode("*", new NumberNode(new Rational(-1, 1), false), sides[0]));

    // 7 > x ≥ 2 as 2 ≤ x < 7.
    private static (IReadOnlyList<ExpressionNode> Sides, IReadOnlyList<char> Relations) Ascending(ChainNode chain) =>
        chain.Relations[0] is not ('>' or '≥')
            ? (chain.Parts, chain.Relations)
            : ([.. chain.Parts.Reverse()], [.. chain.Relations.Reverse().Select(relation => relation switch
            {
                '>' => '<',
                '≥' => '≤',
                '<' => '>',
                '≤' => '≥',
                _ => relation,
            })]);

    private static bool IsText(ExpressionNode node) => node is WordsNode
        || (node is ApplyNode { Function: "*" } && node.Parts.All(part => part is WordsNode))
        || (node is SeriesNode && node.Parts.Any(IsText));

    // Letters and words as they read; empty for mathematics.
    private static string TextOf(ExpressionNode node)
    {
        string text = node switch
        {
            WordsNode words => words.Text,
            SymbolNode symbol => symbol.Name,
            ApplyNode { Function: "*" } or SeriesNode when node.Parts.All(part => part is WordsNode or SymbolNode) =>
                string.Join(node.Parts.All(part => part is SymbolNode) ? "" : " ", node.Parts.Select(TextOf)),
            _ => "",
        };
        string bare = text.Trim().Trim('(', ')', '[', ']', '.', ',', '"').Trim();
        return bare.Length == 1
            ? bare
            : string.Join(' ', bare.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // The words after a value, with their powers.
    private static bool IsUnitPart(ExpressionNode node) => (node is WordsNode words && NumberTail.IsUnitText(words.Text))
        || (node is ApplyNode { Function: "^" or "/" or "*" } && node.Parts[0] is var part && IsUnitPart(part));

    private static bool IsPrefix(ExpressionNode node) => node is WordsNode words
        && Prefixes.Contains(words.Text.Trim().TrimEnd('.', ':').ToLowerInvariant());

    private static string UnitOf(ExpressionNode node) =>
        node is ApplyNode { Function: "*" } && node.Parts.Where(IsUnitPart).ToArray() is [WordsNode only] ? only.Text : "";

    private static ExpressionNode WithoutUnit(ExpressionNode node)
    {
        switch (node)
        {
            case ApplyNode { Function: "*" }:
                // A unit follows its value; words before it may say anything.
                ExpressionNode[] factors = [.. node.Parts.Where((part, i) => i == 0 ? !IsPrefix(part) : !IsUnitPart(part))];
                return factors.Length == 0 || factors.Length == node.Parts.Count ? node
                    : factors.Length == 1 ? factors[0]
                    : new ApplyNode("*", factors);
            case ApplyNode { Function: "/", Parts: [var speed, var per] } when IsUnitPart(per):
                return WithoutUnit(speed);
            case ChainNode chain:
                return new ChainNode([.. chain.Parts.Select(WithoutUnit)], chain.Relations);
            default:
                return node;
        }
    }
}
