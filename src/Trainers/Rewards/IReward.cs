using RlCore.Trainers.Datasets;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rewards;

/// <summary>Scores completions, a batch at a time. A reward that uses a network or an engine receives the whole batch.</summary>
public interface IReward
{
    /// <summary>Name in metrics: <c>rewards/NAME/mean</c>.</summary>
    string Name { get; }

    /// <summary>Scores a batch.</summary>
    /// <param name="batch">Completions with their questions.</param>
    /// <param name="stop">Stops between samples.</param>
    /// <returns>A score for each sample, in the order of the batch; NaN means that a sample could not be scored.</returns>
    /// <exception cref="RewardBatchException">Some samples could not be scored; the exception has the reasons and the scores
    /// of the others.</exception>
    double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop);
}

/// <summary>A generated completion of a question, which rewards score and trainers learn from.</summary>
/// <param name="Question">The question that it answers.</param>
/// <param name="Completion">Its text, without the end of sequence.</param>
/// <param name="Drawn">Its tokens, with their log-probs under the sampler.</param>
public sealed record RewardSample(Question Question, string Completion, SampledCompletion Drawn)
{
    /// <summary>A completion that was not generated, to try a reward on.</summary>
    /// <param name="question">The question that it answers.</param>
    /// <param name="completion">Its text, without the end of sequence.</param>
    /// <param name="ended">Whether it ended with the end of sequence.</param>
    /// <param name="sequence">Prompt and completion as tokens.</param>
    public RewardSample(Question question, string completion, bool ended, TokenSequence sequence)
        : this(question, completion, new SampledCompletion(sequence, [], ended))
    {
    }

    /// <summary>Whether it ended with the end of sequence rather than at the maximum length.</summary>
    public bool Ended => Drawn.Ended;

    /// <summary>Prompt and completion as tokens.</summary>
    public TokenSequence Sequence => Drawn.Sequence;
}
