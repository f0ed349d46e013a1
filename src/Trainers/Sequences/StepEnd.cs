using System.Text.RegularExpressions;
using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Sequences;

/// <summary>
/// Where a step of a completion ends. A step is made of whole tokens: it ends with the token in which what ends it is complete. White
/// space alone is no step, but belongs to the step that follows, and at the end of the completion to the last one, as does the end of
/// sequence.
/// </summary>
public abstract record StepEnd
{
    private StepEnd()
    {
    }

    /// <summary>Whether a step is complete: given its text and its number of tokens so far.</summary>
    /// <exception cref="ArgumentException">The pattern cannot be used.</exception>
    internal abstract Func<string, int, bool> Completeness();

    /// <summary>The whole completion is one step.</summary>
    public sealed record Whole : StepEnd
    {
        internal override Func<string, int, bool> Completeness() => static (_, _) => false;
    }

    /// <summary>A text that ends each step.</summary>
    /// <param name="StepSeparator">The text that ends a step, such as a line feed or &lt;/step&gt;.</param>
    public sealed record Separator(
        [Matches(MatchesAttribute.Anything, "a text that is not empty")] string StepSeparator = "\n") : StepEnd
    {
        internal override Func<string, int, bool> Completeness() => StepSeparator.Length > 0
            ? (text, _) => text.IndexOf(StepSeparator, Math.Max(0, Blanks(text) - StepSeparator.Length + 1), StringComparison.Ordinal) >= 0
            : throw new ArgumentException("A separator of steps must not be empty.");
    }

    /// <summary>A pattern whose match ends each step.</summary>
    /// <param name="StepPattern">The regular expression that ends a step, without look-around and back-references.</param>
    public sealed record Pattern([StepPattern] string StepPattern = @"[.!?]\s") : StepEnd
    {
        // Matching takes linear time whatever the pattern, so that no completion can stall it.
        internal const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

        internal override Func<string, int, bool> Completeness()
        {
            if (!StepPatternAttribute.IsUsable(StepPattern))
            {
                throw new ArgumentException($"\"{StepPattern}\" cannot end steps; expected {StepPatternAttribute.Words}.");
            }

            var pattern = new Regex(StepPattern, Options);
            return (text, _) =>
            {
                int blanks = Blanks(text);
                foreach (ValueMatch match in pattern.EnumerateMatches(text))
                {
                    if (match.Length > 0 && match.Index + match.Length > blanks)
                    {
                        return true;
                    }
                }

                return false;
            };
        }
    }

    /// <summary>Every step but the last has the same number of tokens.</summary>
    /// <param name="StepTokens">Tokens per step.</param>
    public sealed record Tokens([Within(1)] int StepTokens = 32) : StepEnd
    {
        internal override Func<string, int, bool> Completeness() => StepTokens > 0
            ? (_, tokens) => tokens >= StepTokens
            : throw new ArgumentException($"A step has at least 1 token, but {StepTokens} were given.");
    }

    // White space at the start of a step.
    private static int Blanks(string text) => text.Length - text.AsSpan().TrimStart().Length;
}

/// <summary>A regular expression that can end steps.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class StepPatternAttribute() : SettingRuleAttribute(Words)
{
    /// <summary>Such an expression, in words.</summary>
    internal const string Words =
        "a regular expression without look-around and back-references that does not match the empty text";

    /// <inheritdoc/>
    public override bool Accepts(object value) => IsUsable((string)value);

    /// <summary>Whether a text is such an expression.</summary>
    /// <param name="pattern">The text.</param>
    internal static bool IsUsable(string pattern)
    {
        try
        {
            return !Regex.IsMatch("", pattern, StepEnd.Pattern.Options);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
