using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>
/// What the policy updates of a step did, over action tokens only: entropy, KL to the reference, approximate KL to the policy of
/// the rollout, its ratio to it, and how much the surrogate clipped.
/// </summary>
/// <param name="algorithm">The algorithm, whose surrogate decides what clipping is.</param>
internal sealed class UpdateDiagnostics(OnPolicyAlgorithm algorithm)
{
    private double _tokens;
    private double _entropy;
    private double _kl;
    private double _oldKl;
    private double _ratio;
    private double _clippedLow;
    private double _clippedHigh;
    private double _sampled;
    private double _samplerDifference;
    private bool _hasReference;

    /// <summary>What was added so far, for <see cref="ApproximateKlSince"/>.</summary>
    public (double Tokens, double Kl) Mark => (_tokens, _oldKl);

    /// <summary>Adds a micro-batch. All grids are row-major of the mask's shape.</summary>
    /// <param name="mask">Action mask.</param>
    /// <param name="current">log π.</param>
    /// <param name="old">log π_old.</param>
    /// <param name="reference">log π_ref, or null.</param>
    /// <param name="advantages">Advantages.</param>
    /// <param name="entropy">Entropies in nats.</param>
    public void Add(SequenceMask mask, float[] current, float[] old, float[]? reference, float[] advantages, float[] entropy)
    {
        for (int i = 0; i < mask.Flags.Length; i++)
        {
            if (!mask.Flags[i])
            {
                continue;
            }

            _tokens++;
            _entropy += entropy[i];
            _oldKl += KlEstimators.K3<Real>(old[i], current[i]).Value;
            _ratio += LogRatios.Ratio<Real>(current[i], old[i]).Value;
            if (reference is not null)
            {
                _hasReference = true;
                _kl += KlEstimators.K3<Real>(current[i], reference[i]).Value;
            }
        }

        if (SurrogateClipping.Measure(algorithm, mask, Widen(current), Widen(old), Widen(advantages)) is { } clipping)
        {
            _clippedLow += Math.Round(clipping.Low * mask.Count);
            _clippedHigh += Math.Round(clipping.High * mask.Count);
        }
    }

    /// <summary>Adds what the sampler said of a micro-batch before any update.</summary>
    /// <param name="mask">Action mask.</param>
    /// <param name="current">log π.</param>
    /// <param name="sampler">log-probs that the tokens were drawn with.</param>
    public void AddSampler(SequenceMask mask, float[] current, float[] sampler)
    {
        for (int i = 0; i < mask.Flags.Length; i++)
        {
            if (mask.Flags[i])
            {
                _sampled++;
                _samplerDifference += Math.Abs((double)current[i] - sampler[i]);
            }
        }
    }

    /// <summary>Approximate KL, in nats a token, of what was added since a mark.</summary>
    /// <param name="mark">Taken before.</param>
    public double ApproximateKlSince((double Tokens, double Kl) mark) => (_oldKl - mark.Kl) / Math.Max(1, _tokens - mark.Tokens);

    /// <summary>The metrics by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        double tokens = Math.Max(1, _tokens);
        if (_hasReference)
        {
            yield return new(MetricNames.Kl, _kl / tokens);
        }

        yield return new(MetricNames.ApproximateKl, _oldKl / tokens);
        yield return new(MetricNames.Ratio, _ratio / tokens);
        if (_sampled > 0)
        {
            yield return new(MetricNames.SamplerDifference, _samplerDifference / _sampled);
        }

        yield return new(MetricNames.Entropy, _entropy / tokens);
        if (SurrogateClipping.Clips(algorithm.Surrogate))
        {
            yield return new(MetricNames.ClipLow, _clippedLow / tokens);
            yield return new(MetricNames.ClipHigh, _clippedHigh / tokens);
            yield return new(MetricNames.ClipRegion, (_clippedLow + _clippedHigh) / tokens);
        }
    }

    private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];
}
