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

    /// <summary>Adds a micro-batch. A loss that is normalised by length has its implicit rewards normalised too.</summary>
    /// <param name="first">Its first pair.</param>
    /// <param name="sums">Sequence log-probs: all chosen, then all rejected.</param>
    /// <param name="mask">Their action mask.</param>
    public void Add(int first, ReadOnlySpan<float> sums, SequenceMask mask)
    {
        int count = sums.Length / 2;
        for (int i = 0; i < count; i++)
        {
            double chosen = Reward(sums[i] - reference[first + i].Chosen, mask.CountInRow(i));
            double rejected = Reward(sums[count + i] - reference[first + i].Rejected, mask.CountInRow(count + i));
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

    private double Reward(double logRatio, int length) => loss.ImplicitReward(loss.LengthNormalized ? logRatio / length : logRatio);
}
