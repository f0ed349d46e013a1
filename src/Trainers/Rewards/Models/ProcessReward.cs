using System.Runtime.CompilerServices;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rewards;

/// <summary>A reward that also scores the steps of completions.</summary>
internal interface IStepReward
{
    /// <summary>Scores the steps of a batch.</summary>
    /// <param name="batch">Completions with their questions.</param>
    /// <param name="stop">Stops before the batch.</param>
    /// <returns>For each sample, its steps.</returns>
    IReadOnlyList<RewardedSteps> ScoreSteps(IReadOnlyList<RewardSample> batch, CancellationToken stop);
}

/// <summary>The probabilities σ(s) of a completion's steps under a process reward model, put together to one number.</summary>
/// <param name="settings">How.</param>
/// <param name="scorer">Scores steps.</param>
/// <param name="reader">Finds them.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="model">The model, which is disposed of with the reward.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ProcessReward<T>(
    RewardSettings.Process settings,
    ProcessScorer<T> scorer,
    StepReader reader,
    ITokenizer tokenizer,
    ScalarModel<T> model) : ISharedReward, IStepReward, IDisposable
    where T : struct, ITensor<T>
{
    // What is scored as a whole and by steps is read once.
    private readonly ConditionalWeakTable<RewardSample, RewardedSteps> _known = [];

    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) =>
        [.. ScoreSteps(batch, stop).Select(steps => StepRewards.Aggregate(steps.Rewards, settings.Aggregate))];

    /// <inheritdoc/>
    public IReadOnlyList<RewardedSteps> ScoreSteps(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        RewardSample[] unknown = [.. batch.Where(sample => !_known.TryGetValue(sample, out _))];
        int[][] ends = [.. unknown.Select(sample => reader.Ends(tokenizer, sample.Sequence))];
        float[][] scores = scorer.Scores([.. unknown.Select(sample => sample.Sequence)], ends);
        foreach (var (i, sample) in unknown.Index())
        {
            _known.AddOrUpdate(sample, new RewardedSteps(ends[i], [.. scores[i].Select(score => Real.Sigmoid(score).Value)]));
        }

        return [.. batch.Select(sample => _known.GetValue(sample, _ => throw new InvalidOperationException("A sample has no steps.")))];
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
