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
    private readonly PassLimits _limits;

    /// <summary>A scorer over a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The reward model; <see cref="Scores"/> uses its current weights.</param>
    /// <param name="limits">What a pass may take.</param>
    public RewardScorer(IEngine<T> engine, ScalarModel<T> model, PassLimits limits)
    {
        _engine = engine;
        _model = model;
        _limits = limits;
    }

    /// <summary>The score of each sequence.</summary>
    /// <param name="sequences">Sequences, none empty.</param>
    public float[] Scores(IReadOnlyList<TokenSequence> sequences)
    {
        var scores = new float[sequences.Count];
        using var noGradient = _engine.NoGradient();
        foreach (MicroBatch part in PassPlan.Of(_engine.Parallel, sequences, _limits).Mine)
        {
            using var scope = _engine.Scope();
            _engine.Read(_model.Scores(part.Of(sequences)), scores.AsSpan(part.First, part.Count));
        }

        _engine.Parallel.Unite(scores);
        return scores;
    }
}
