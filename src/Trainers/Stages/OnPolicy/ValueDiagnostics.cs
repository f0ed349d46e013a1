using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>How well a value model is fitted, over the action tokens of all updates of a step.</summary>
/// <param name="clipRange">Values may move by this from those of the rollout; 0 for no limit.</param>
internal sealed class ValueDiagnostics(double clipRange)
{
    private double _tokens;
    private double _loss;
    private double _clipped;

    /// <summary>Adds a micro-batch. All grids are row-major of the mask's shape.</summary>
    /// <param name="mask">Action mask.</param>
    /// <param name="values">V.</param>
    /// <param name="old">V at the rollout.</param>
    /// <param name="targets">R.</param>
    public void Add(SequenceMask mask, ReadOnlySpan<float> values, ReadOnlySpan<float> old, ReadOnlySpan<float> targets)
    {
        for (int i = 0; i < mask.Flags.Length; i++)
        {
            if (!mask.Flags[i])
            {
                continue;
            }

            Real plain = ValueLosses.Squared<Real>(values[i], targets[i]);
            Real clipped = clipRange > 0 ? ValueLosses.Clipped<Real>(values[i], old[i], targets[i], clipRange) : plain;
            _tokens++;
            _loss += clipped.Value;
            _clipped += clipped.Value > plain.Value ? 1 : 0;
        }
    }

    /// <summary>The metrics.</summary>
    /// <param name="old">Values at the rollout, row-major of the mask's shape.</param>
    /// <param name="targets">Their targets.</param>
    /// <param name="mask">Action mask of the step.</param>
    public IEnumerable<KeyValuePair<string, double>> Metrics(double[] old, double[] targets, SequenceMask mask)
    {
        double tokens = Math.Max(1, _tokens);
        yield return new(MetricNames.ValueLoss, _loss / tokens);
        if (clipRange > 0)
        {
            yield return new(MetricNames.ValueClip, _clipped / tokens);
        }

        yield return new(MetricNames.ValueMean, MaskedStatistics.Mean(old, mask));
        yield return new(MetricNames.ExplainedVariance, ExplainedVariance(old, targets, mask));
    }

    private static double ExplainedVariance(double[] old, double[] targets, SequenceMask mask)
    {
        var moments = new MomentOptions(Ddof: 0);
        double[] errors = [.. targets.Zip(old, (target, value) => target - value)];
        return 1 - (MaskedStatistics.Variance(errors, mask, moments) / MaskedStatistics.Variance(targets, mask, moments));
    }
}
