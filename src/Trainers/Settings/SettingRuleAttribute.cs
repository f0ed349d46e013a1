using System.Text.RegularExpressions;

namespace RlCore.Trainers.Settings;

/// <summary>
/// The values that a setting may have, where it is declared. For ranges of numbers there is
/// <see cref="Algebra.WithinAttribute"/>.
/// </summary>
/// <param name="expected">The values, in words.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public abstract class SettingRuleAttribute(string expected) : Attribute
{
    /// <summary>The values, in words: "a whole number from 1 to 8".</summary>
    public string Expected => expected;

    /// <summary>Whether the setting may have a value.</summary>
    /// <param name="value">The value, of the setting's type.</param>
    public abstract bool Accepts(object value);
}

/// <summary>A text, or a list of texts, each of which matches a pattern.</summary>
/// <param name="pattern">A regular expression.</param>
/// <param name="expected">Such a text, in words.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MatchesAttribute(string pattern, string expected) : SettingRuleAttribute(expected)
{
    /// <summary>Letters, digits, '-' and '_'.</summary>
    internal const string Identifier = "^[A-Za-z0-9_-]+$";

    /// <summary>Any text but the empty one.</summary>
    internal const string Anything = "(?s).";

    /// <summary>Anything but white space alone.</summary>
    internal const string Something = @"\S";

    /// <summary>The pattern.</summary>
    public string Pattern => pattern;

    /// <inheritdoc/>
    public override bool Accepts(object value) => value is IEnumerable<string> texts
        ? texts.All(text => Regex.IsMatch(text, Pattern, RegexOptions.CultureInvariant))
        : Regex.IsMatch((string)value, Pattern, RegexOptions.CultureInvariant);
}
