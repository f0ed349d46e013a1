using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>What updates are made from: for each completion, one number an action in every array.</summary>
/// <param name="Completions">The completions with the log-probs that they were drawn with.</param>
/// <param name="Advantages">Advantages.</param>
/// <param name="Old">log π_old at the trainer's own temperature; null where the first update is also the last.</param>
/// <param name="Reference">log π_ref; null without a reference.</param>
/// <param name="Values">Values at the rollout and their targets; null without a value model.</param>
internal sealed record RolloutBatch(
    IReadOnlyList<SampledCompletion> Completions,
    float[][] Advantages,
    float[][]? Old,
    float[][]? Reference,
    ValueTargets? Values)
{
    /// <summary>The sequences.</summary>
    public IReadOnlyList<TokenSequence> Sequences { get; } = [.. Completions.Select(completion => completion.Sequence)];

    /// <summary>Some of the completions, in the order of the indices.</summary>
    public RolloutBatch Take(IReadOnlyList<int> indices) => new(
        [.. indices.Select(i => Completions[i])],
        Pick(Advantages, indices),
        Old is null ? null : Pick(Old, indices),
        Reference is null ? null : Pick(Reference, indices),
        Values is null ? null : new ValueTargets(Pick(Values.Old, indices), Pick(Values.Targets, indices)));

    private static float[][] Pick(float[][] rows, IReadOnlyList<int> indices) => [.. indices.Select(i => rows[i])];
}

/// <summary>What a value model is fitted to.</summary>
/// <param name="Old">Values at the rollout.</param>
/// <param name="Targets">Advantage (before whitening) plus value.</param>
internal sealed record ValueTargets(float[][] Old, float[][] Targets);
