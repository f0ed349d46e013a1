using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>Names with a meaning.</summary>
internal static class ExpressionConstants
{
    /// <summary>Whether a symbol is a constant, rather than a variable.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsConstant(string name) => name is "π" or "e" or "i" or "∞" or "∅" or "ℝ" or "…";

    /// <summary>Whether a function is known by name only.</summary>
    /// <param name="node">The function.</param>
    public static bool IsOpaque(ApplyNode node) => node.Function.StartsWith("call ", StringComparison.Ordinal)
        || node.Function is "sum" or "prod" or "int" or "_" or ":" or "mod" or "such that" or "det" or "lim" or "sup" or "inf" or "arg"
            or "lcm";

    /// <summary>The value of a real constant.</summary>
    /// <param name="name">Its name.</param>
    public static double Real(string name) => name switch
    {
        "π" => Math.PI,
        "e" => Math.E,
        _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is no real constant."), nameof(name)),
    };
}
