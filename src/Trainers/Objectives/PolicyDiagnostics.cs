using RlCore.Algebra;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>
/// What a policy update did, over action tokens only: entropy, KL to the reference, approximate KL to the old policy, and how
/// much of the surrogate was clipped.
/// </summary>
/// <param name="clipLow">The ratio is clipped below at 1 − this.</param>
/// <param name="clipHigh">The ratio is clipped above at 1 + this.</param>
public sealed class PolicyDiagnostics(double clipLow, double clipHigh)
{
    private double _tokens;
    private double _entropy;
    private double _kl;
    private double _oldKl;
    private double _clippedLow;
    private double _clippedHigh;
    private bool _hasReference;

    /// <summary>Adds a micro-batch. All grids are row-major of the mask's shape.</summary>
    /// <param name="mask">Action mask.</param>
    /// <param name="current">log π.</param>
    /// <param name="old">log π_old.</param>
    /// <param name="reference">log π_ref, or null.</param>
    /// <param name="advantages">Advantages.</param>
    /// <param name="entropy">Entropies in nats.</param>
    public void Add(SequenceMask mask, ReadOnlySpan<float> current, ReadOnlySpan<float> old, float[]? reference, ReadOnlySpan<float> advantages, ReadOnlySpan<float> entropy)
    {
        for (int i = 0; i < mask.Flags.Length; i++)
        {
            if (!mask.Flags[i])
            {
                continue;
            }

            double logRatio = (double)current[i] - old[i];
            double ratio = Math.Exp(logRatio);
            _tokens++;
            _entropy += entropy[i];
            _oldKl += Real.ExpM1MinusX(logRatio).Value;
            _clippedLow += ratio < 1 - clipLow && advantages[i] < 0 ? 1 : 0;
            _clippedHigh += ratio > 1 + clipHigh && advantages[i] > 0 ? 1 : 0;
            if (reference is not null)
            {
                _hasReference = true;
                _kl += Real.ExpM1MinusX((double)reference[i] - current[i]).Value;
            }
        }
    }

    /// <summary>The metrics by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        double tokens = Math.Max(1, _tokens);
        if (_hasReference)
        {
            yield return new(MetricNames.Kl, _kl / tokens);
        }

        yield return new(MetricNames.ApproximateKl, _oldKl / tokens);
        yield return new(MetricNames.Entropy, _entropy / tokens);
        yield return new(MetricNames.ClipLow, _clippedLow / tokens);
        yield return new(MetricNames.ClipHigh, _clippedHigh / tokens);
        yield return new(MetricNames.ClipRegion, (_clippedLow + _clippedHigh) / tokens);
    }
}
