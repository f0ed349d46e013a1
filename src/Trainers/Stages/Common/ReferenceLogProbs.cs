using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>A source of log-probs under a reference: one sum over the completion's tokens per sequence.</summary>
public interface IReferenceLogProbs
{
    /// <summary>Σ_t log π_ref of each completion, in nats, at temperature 1.</summary>
    /// <param name="sequences">Sequences; they may be enumerated more than once.</param>
    float[] Sums(IEnumerable<TokenSequence> sequences);
}

/// <summary>Log-probs computed by a model.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class ReferenceModel<T> : IReferenceLogProbs
    where T : struct, ITensor<T>
{
    private readonly PolicyPass<T> _pass;

    /// <summary>Called with the number of sequences scored so far, after every few passes; null for nobody.</summary>
    /// <value>null.</value>
    public Action<int>? Scored { get; init; }

    /// <summary>Log-probs under a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="limits">What a pass may take.</param>
    public ReferenceModel(IEngine<T> engine, ILanguageModel<T> model, PassLimits limits) =>
        _pass = new PolicyPass<T>(engine, model, limits, temperature: 1);

    /// <inheritdoc/>
    public float[] Sums(IEnumerable<TokenSequence> sequences) => _pass.Sums(sequences, Scored);
}
