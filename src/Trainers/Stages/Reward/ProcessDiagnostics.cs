using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Diagnostics of the scores of steps. A step counts as good from a label, or a probability σ(s), of one half on. A completion's first
/// wrong step is the first that is not good; finding it is what ProcessBench measures (Zheng et al. 2024, arXiv:2412.06559): the
/// harmonic mean (F1) of the accuracy on completions with a wrong step and of that on completions without one.
/// </summary>
internal sealed class ProcessDiagnostics
{
    private const double Threshold = 0.5;
    private const int None = -1;

    private double _loss;
    private double _score;
    private long _steps;
    private long _right;
    private long _positive;
    private long _wrongCompletions;
    private long _wrongFound;
    private long _rightCompletions;
    private long _rightFound;

    /// <summary>Mean cross-entropy over steps.</summary>
    public double Loss => _loss / _steps;

    /// <summary>Fraction of steps on whose goodness score and label agree.</summary>
    public double Accuracy => (double)_right / _steps;

    /// <summary>Fraction of completions with a wrong step whose first one is found; NaN if there is none.</summary>
    public double WrongAccuracy => (double)_wrongFound / _wrongCompletions;

    /// <summary>Fraction of completions without a wrong step in which none is found; NaN if there is none.</summary>
    public double RightAccuracy => (double)_rightFound / _rightCompletions;

    /// <summary>The harmonic mean of the two; NaN if one of them is.</summary>
    public double F1 => WrongAccuracy + RightAccuracy == 0 ? 0 : 2 * WrongAccuracy * RightAccuracy / (WrongAccuracy + RightAccuracy);

    /// <summary>Adds a completion.</summary>
    /// <param name="scores">The score of each step.</param>
    /// <param name="labels">Its label.</param>
    public void Add(ReadOnlySpan<float> scores, IReadOnlyList<double> labels)
    {
        int found = None, first = None;
        for (int i = 0; i < scores.Length; i++)
        {
            double probability = Real.Sigmoid(scores[i]).Value;
            bool good = labels[i] >= Threshold, seemsGood = probability >= Threshold;
            _loss += RewardModelLosses.Step<Real>((double)scores[i], labels[i]).Value;
            _score += probability;
            _right += good == seemsGood ? 1 : 0;
            _positive += good ? 1 : 0;
            first = first == None && !good ? i : first;
            found = found == None && !seemsGood ? i : found;
        }

        _steps += scores.Length;
        if (first == None)
        {
            _rightCompletions++;
            _rightFound += found == None ? 1 : 0;
        }
        else
        {
            _wrongCompletions++;
            _wrongFound += found == first ? 1 : 0;
        }
    }

    /// <summary>The measures of a step of the optimizer.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
    [
        new(MetricNames.StepAccuracy, Accuracy),
        new(MetricNames.PositiveSteps, (double)_positive / _steps),
        new(MetricNames.StepScore, _score / _steps),
    ];

    /// <summary>The measures on held-out completions; those of kinds of completions that there are none of are left out.</summary>
    public IEnumerable<KeyValuePair<string, double>> HeldOutMetrics() => new KeyValuePair<string, double>[]
    {
        new(MetricNames.HeldOutLoss, Loss),
        new(MetricNames.HeldOutAccuracy, Accuracy),
        new(MetricNames.HeldOutWrongAccuracy, WrongAccuracy),
        new(MetricNames.HeldOutRightAccuracy, RightAccuracy),
        new(MetricNames.HeldOutF1, F1),
    }.Where(metric => !double.IsNaN(metric.Value));
}
