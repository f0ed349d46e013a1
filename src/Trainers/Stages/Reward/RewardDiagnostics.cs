using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Diagnostics of the scores of rankings: over all ordered pairs, how often and by how much the better completion scores
/// higher.
/// </summary>
internal sealed class RewardDiagnostics
{
    private double _right;
    private double _margin;
    private double _loss;
    private double _sum;
    private double _least = double.PositiveInfinity;
    private double _most = double.NegativeInfinity;
    private long _pairs;
    private long _scores;

    /// <summary>Fraction of pairs whose better completion has the larger score; a tie counts as one half.</summary>
    public double Accuracy => _right / _pairs;

    /// <summary>Mean margin of the better completion.</summary>
    public double Margin => _margin / _pairs;

    /// <summary>Mean −log σ(r_w − r_l) over pairs.</summary>
    public double Loss => _loss / _pairs;

    /// <summary>Adds a ranking.</summary>
    /// <param name="scores">Scores from the best completion to the worst.</param>
    public void Add(ReadOnlySpan<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            _sum += scores[i];
            _least = Math.Min(_least, scores[i]);
            _most = Math.Max(_most, scores[i]);
            for (int j = i + 1; j < scores.Length; j++)
            {
                double lead = (double)scores[i] - scores[j];
                _right += lead > 0 ? 1 : lead == 0 ? 0.5 : 0;
                _margin += lead;
                _loss += RewardModelLosses.BradleyTerry(new Real(scores[i]), new Real(scores[j]), new Real(0)).Value;
                _pairs++;
            }
        }

        _scores += scores.Length;
    }

    /// <summary>The measures of a step, by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
    [
        new(MetricNames.Accuracy, Accuracy),
        new(MetricNames.Margin, Margin),
        new(MetricNames.MinReward, _least),
        new(MetricNames.MeanReward, _sum / _scores),
        new(MetricNames.MaxReward, _most),
    ];

    /// <summary>The measures on held-out pairs.</summary>
    public IEnumerable<KeyValuePair<string, double>> HeldOutMetrics() =>
        [new(MetricNames.HeldOutLoss, Loss), new(MetricNames.HeldOutAccuracy, Accuracy), new(MetricNames.HeldOutMargin, Margin)];
}
