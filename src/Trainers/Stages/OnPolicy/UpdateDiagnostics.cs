using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Diagnostics of a step's policy updates, over action tokens only: entropy, KL to the reference, approximate KL to the policy of
/// the rollout, its ratio to it, and how much the surrogate clipped. The sums are computed on the policy's device, and read once per
/// update.
/// </summary>
/// <param name="engine">The policy's engine.</param>
/// <param name="surrogate">The surrogate, which defines clipping.</param>
/// <param name="served">Whether servers have drawn, so that it is looked at how.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class UpdateDiagnostics<T>(IEngine<T> engine, Surrogate surrogate, bool served = false) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly UpdateSums<T> _sums = new(engine, (int)Quantity.Surprise + 1);
    private double _sampled;
    private bool _hasReference;

    private enum Quantity
    {
        Entropy,
        OldKl,
        Ratio,
        ClippedLow,
        ClippedHigh,
        RefKl,
        SamplerDifference,
        Surprise,
    }

    /// <summary>Approximate KL to the policy of the rollout in the last update, in nats per token.</summary>
    public double LastApproximateKl { get; private set; }

    /// <summary>Begins an update.</summary>
    /// <param name="microBatches">Number of micro-batches that will be added, here and in other processes.</param>
    /// <param name="hasReference">Whether there is a reference.</param>
    /// <param name="sampled">Number of actions that are compared with the sampler.</param>
    public void Begin(int microBatches, bool hasReference, int sampled)
    {
        _sums.Begin(microBatches);
        _hasReference |= hasReference;
        _sampled += sampled;
    }

    /// <summary>Adds a micro-batch. Grids are [rows, columns] of its mask.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="inputs">Log-probs and advantages.</param>
    /// <param name="entropy">Entropies in nats.</param>
    /// <param name="hasReference">Whether there is a reference.</param>
    /// <param name="sampler">log μ, before the first update; null later, or if filters change the distribution.</param>
    public void Add(TokenBatch batch, PolicyInputs<T> inputs, T entropy, bool hasReference, T? sampler)
    {
        using var noGradient = engine.NoGradient();
        T current = T.StopGradient(inputs.LogProb);
        var detached = inputs with { LogProb = current };
        (T low, T high) = surrogate.ClipRegion(detached, batch.Mask);
        T zero = T.Constant(current, 0);
        _sums.Add(
            batch,
            [
                T.StopGradient(entropy),
                KlEstimators.K3(inputs.OldLogProb, current),
                LogRatios.Ratio(current, inputs.OldLogProb),
                low,
                high,
                hasReference ? KlEstimators.K3(current, inputs.RefLogProb) : zero,
                sampler is { } drawn ? T.Abs(current - drawn) : zero,
                served && sampler is not null ? -current - T.StopGradient(entropy) : zero,
            ]);
    }

    /// <summary>Ends an update: reads the sums over its micro-batches.</summary>
    /// <param name="tokens">Number of actions of the update.</param>
    public void End(int tokens) => LastApproximateKl = _sums.End(tokens)[(int)Quantity.OldKl] / Math.Max(1, tokens);

    /// <summary>Discards an unfinished update.</summary>
    public void Dispose() => _sums.Dispose();

    /// <summary>The metrics, by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        double Mean(Quantity quantity) => _sums.Mean((int)quantity);
        if (_hasReference)
        {
            yield return new(MetricNames.Kl, Mean(Quantity.RefKl));
        }

        yield return new(MetricNames.ApproximateKl, Mean(Quantity.OldKl));
        yield return new(MetricNames.Ratio, Mean(Quantity.Ratio));
        if (_sampled > 0)
        {
            yield return new(MetricNames.SamplerDifference, _sums.Total((int)Quantity.SamplerDifference) / _sampled);
            if (served)
            {
                yield return new(MetricNames.Surprise, _sums.Total((int)Quantity.Surprise) / _sampled);
            }
        }

        yield return new(MetricNames.Entropy, Mean(Quantity.Entropy));
        if (surrogate.Clips)
        {
            yield return new(MetricNames.ClipLow, Mean(Quantity.ClippedLow));
            yield return new(MetricNames.ClipHigh, Mean(Quantity.ClippedHigh));
            yield return new(MetricNames.ClipRegion, Mean(Quantity.ClippedLow) + Mean(Quantity.ClippedHigh));
        }
    }
}
