using System.Text.RegularExpressions;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>1 if a regular expression matches, otherwise 0.</summary>
/// <param name="settings">The pattern and its options.</param>
internal sealed class PatternMatch(RewardSettings.Regex settings) : SampleReward(settings.Name)
{
    // Matching takes linear time whatever the pattern, so that no completion can stall it.
    internal const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _pattern = new(settings.Full ? $@"\A(?:{settings.Pattern})\z" : settings.Pattern, Options);

    /// <inheritdoc/>
    public override double Score(RewardSample sample)
    {
        VerifierWork.Spend(sample.Completion.Length);
        return _pattern.IsMatch(sample.Completion) ? 1 : 0;
    }

    /// <summary>Checks a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problem">The problem; empty if there is none.</param>
    /// <returns>Whether there is a problem.</returns>
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
    /// <summary>1 if a regular expression matches.</summary>
    public sealed record Regex : Verifier
    {
        /// <summary>The pattern in .NET syntax, without look-around and back-references, which cannot be matched in linear time.</summary>
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
                add(
                    "pattern",
                    $"a pattern that cannot be used ({problem})",
                    "a regular expression without look-around and back-references");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new PatternMatch(this);
    }
}
