using RlCore.Algebra;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>What a preference update saw: implicit rewards β·(log-ratio to the reference), their margin, and how often the chosen one leads.</summary>
/// <param name="loss">The loss; its β scales the rewards.</param>
/// <param name="reference">Log-probs of both completions of each pair of the step under the reference.</param>
internal sealed class PreferenceDiagnostics(PreferenceLoss loss, (double Chosen, double Rejected)[] reference)
{
    private double _chosen;
    private double _rejected;
    private double _chosenLogProb;
    private double _rejectedLogProb;
    private double _right;

    /// <summary>Adds a micro-batch.</summary>
    /// <param name="first">Its first pair.</param>
    /// <param name="sums">Sequence log-probs: all chosen, then all rejected.</param>
    public void Add(int first, ReadOnlySpan<float> sums)
    {
        int count = sums.Length / 2;
        for (int i = 0; i < count; i++)
        {
            double chosen = loss.ImplicitReward(sums[i] - reference[first + i].Chosen);
            double rejected = loss.ImplicitReward(sums[count + i] - reference[first + i].Rejected);
            _chosen += chosen;
            _rejected += rejected;
            _chosenLogProb += sums[i];
            _rejectedLogProb += sums[count + i];
            _right += chosen > rejected ? 1 : 0;
        }
    }

    /// <summary>The means over the step's pairs, by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        double pairs = reference.Length;
        yield return new(MetricNames.ChosenReward, _chosen / pairs);
        yield return new(MetricNames.RejectedReward, _rejected / pairs);
        yield return new(MetricNames.RewardMargin, (_chosen - _rejected) / pairs);
        yield return new(MetricNames.RewardAccuracy, _right / pairs);
        yield return new(MetricNames.ChosenLogProb, _chosenLogProb / pairs);
        yield return new(MetricNames.RejectedLogProb, _rejectedLogProb / pairs);
    }
}
