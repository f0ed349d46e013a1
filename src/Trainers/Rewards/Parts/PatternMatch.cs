using System.Text.RegularExpressions;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>1 when a regular expression matches, else 0.</summary>
/// <param name="settings">The pattern, and how it is matched.</param>
public sealed class PatternMatch(RewardSettings.Regex settings) : SampleReward(settings.Name)
{
    // Linear in the text, whatever the pattern: no completion can make it run away.
    internal const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _pattern = new(settings.Full ? $@"\A(?:{settings.Pattern})\z" : settings.Pattern, Options);

    /// <inheritdoc/>
    public override double Score(RewardSample sample) => _pattern.IsMatch(sample.Completion) ? 1 : 0;

    /// <summary>What is wrong with a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problem">What is wrong; empty when nothing is.</param>
    /// <returns>Whether something is.</returns>
    internal static bool IsBad(string pattern, out string problem)
    {
        try
        {
            _ = new Regex(pattern, Options);
            problem = "";
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            problem = error.Message.TrimEnd('.');
        }

        return problem.Length > 0;
    }
}

public abstract partial record RewardSettings
{
    /// <summary>1 when a regular expression matches.</summary>
    public sealed record Regex : Verifier
    {
        /// <summary>The pattern, as .NET writes it; without look-around and back-references, as these cannot be matched in linear time.</summary>
        [Matches(MatchesAttribute.Anything, "a regular expression")]
        public string Pattern { get; init; } = "";

        /// <summary>Whether the whole text must match, rather than some part of it.</summary>
        /// <value>false.</value>
        public bool Full { get; init; }

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (PatternMatch.IsBad(Pattern, out string problem))
            {
                add("pattern", $"a pattern that cannot be used ({problem})", "a regular expression without look-around and back-references");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new PatternMatch(this);
    }
}
