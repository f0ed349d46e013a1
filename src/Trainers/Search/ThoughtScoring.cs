using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Search;

/// <summary>What says how good the thoughts of a search are, in [0, 1].</summary>
public abstract record ThoughtScoring
{
    private ThoughtScoring()
    {
    }

    /// <summary>The rewards: a complete thought whose reward reaches the mark scores 1, every other one 0.</summary>
    public sealed record Verifier : ThoughtScoring;

    /// <summary>
    /// The policy itself: exp(1/n · Σ log π) of the n tokens that it has drawn, the geometric mean of their probabilities, which costs no
    /// tokens.
    /// </summary>
    public sealed record Policy : ThoughtScoring;

    /// <summary>A reward model: of the steps of a thought, or of what is written so far.</summary>
    /// <param name="From">
    /// The name of an earlier stage that trains a reward model or, if it contains a slash, the folder of a checkpoint or of a run that
    /// contains one.
    /// </param>
    /// <param name="Aggregate">What the scores of a thought's steps say of it.</param>
    public sealed record Model(
        [Matches(MatchesAttribute.Something, "the name of an earlier stage, or the folder (with a slash) of a reward model")]
        string From = "",
        StepAggregate Aggregate = StepAggregate.Last) : ThoughtScoring;
}
