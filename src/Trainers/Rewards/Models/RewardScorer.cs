using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rewards;

/// <summary>Scores of whole sequences under a reward model, without gradient.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RewardScorer<T>
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScalarModel<T> _model;
    private readonly int _microBatchSize;

    /// <summary>A scorer over a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The reward model; <see cref="Scores"/> uses its current weights.</param>
    /// <param name="microBatchSize">Sequences of one pass, at least 1.</param>
    public RewardScorer(IEngine<T> engine, ScalarModel<T> model, int microBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatchSize, 1);
        _engine = engine;
        _model = model;
        _microBatchSize = microBatchSize;
    }

    /// <summary>The score of each sequence.</summary>
    /// <param name="sequences">Sequences, none empty.</param>
    public float[] Scores(IReadOnlyList<TokenSequence> sequences)
    {
        var scores = new float[sequences.Count];
        using var noGradient = _engine.NoGradient();
        for (int first = 0; first < scores.Length; first += _microBatchSize)
        {
            using var scope = _engine.Scope();
            int count = Math.Min(_microBatchSize, scores.Length - first);
            _engine.Read(_model.Scores([.. Enumerable.Range(first, count).Select(row => sequences[row])]), scores.AsSpan(first, count));
        }

        return scores;
    }
}
