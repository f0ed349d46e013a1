using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>What a preference update saw: implicit rewards β·(log-ratio to the reference), their margin, and how often the chosen one leads.</summary>
/// <param name="loss">The loss; its β scales the rewards.</param>
/// <param name="reference">Log-probs of both completions of each pair of the step under the reference.</param>
internal sealed class PreferenceDiagnostics(PreferenceLoss loss, PairLogProbs[] reference)
{
    private readonly double[] _chosen = new double[reference.Length];
    private readonly double[] _rejected = new double[reference.Length];
    private double _chosenLogProb;
    private double _rejectedLogProb;

    /// <summary>Adds a micro-batch. A loss that is normalised by length has its implicit rewards normalised too.</summary>
    /// <param name="first">Its first pair.</param>
    /// <param name="sums">Sequence log-probs: all chosen, then all rejected.</param>
    /// <param name="mask">Their action mask.</param>
    /// <param name="matching">Where its completions come from.</param>
    public void Add(int first, ReadOnlySpan<float> sums, SequenceMask mask, PairMatching matching)
    {
        int count = sums.Length / 2;
        for (int i = 0; i < count; i++)
        {
            int chosen = matching.Chosen[first + i];
            int rejected = matching.Rejected[first + i];
            _chosen[chosen] = Reward((double)sums[i] - reference[chosen].Chosen, mask.CountInRow(i));
            _rejected[rejected] = Reward((double)sums[count + i] - reference[rejected].Rejected, mask.CountInRow(count + i));
            _chosenLogProb += sums[i];
            _rejectedLogProb += sums[count + i];
        }
    }

    /// <summary>The means over the step's pairs, by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        double pairs = reference.Length;
        yield return new(MetricNames.ChosenReward, _chosen.Sum() / pairs);
        yield return new(MetricNames.RejectedReward, _rejected.Sum() / pairs);
        yield return new(MetricNames.RewardMargin, (_chosen.Sum() - _rejected.Sum()) / pairs);
        yield return new(MetricNames.RewardAccuracy, _chosen.Zip(_rejected).Count(pair => pair.First > pair.Second) / pairs);
        yield return new(MetricNames.ChosenLogProb, _chosenLogProb / pairs);
        yield return new(MetricNames.RejectedLogProb, _rejectedLogProb / pairs);
    }

    private double Reward(double logRatio, int length) => loss.ImplicitReward(loss.LengthNormalized ? logRatio / length : logRatio);
}
