using RlCore.Algebra;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Diagnostics of a preference update: implicit rewards β·(log-ratio to the reference), their margin, and how often the chosen
/// one is higher.
/// </summary>
/// <param name="loss">The loss; its β scales the rewards.</param>
/// <param name="reference">Log-probs of both completions of each pair of the step under the reference.</param>
internal sealed class PreferenceDiagnostics(PreferenceLoss loss, PairLogProbs[] reference)
{
    private readonly double[] _chosen = new double[reference.Length];
    private readonly double[] _rejected = new double[reference.Length];
    private double _chosenLogProb;
    private double _rejectedLogProb;

    /// <summary>Adds the log-probs of an update.</summary>
    /// <param name="sums">Σ log π of each completion: all chosen ones, then all rejected ones.</param>
    /// <param name="matching">The pairs.</param>
    public void Add(ReadOnlySpan<float> sums, PairMatching matching)
    {
        int pairs = matching.Pairs.Length;
        for (int i = 0; i < pairs; i++)
        {
            Add(matching, i, sums[i], sums[pairs + i]);
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

    private void Add(PairMatching matching, int pair, float chosenSum, float rejectedSum)
    {
        int chosen = matching.Chosen[pair];
        int rejected = matching.Rejected[pair];
        _chosen[chosen] = Reward((double)chosenSum - reference[chosen].Chosen, matching.Pairs[pair].Chosen.CompletionLength);
        _rejected[rejected] = Reward((double)rejectedSum - reference[rejected].Rejected, matching.Pairs[pair].Rejected.CompletionLength);
        _chosenLogProb += chosenSum;
        _rejectedLogProb += rejectedSum;
    }

    private double Reward(double logRatio, int length) => loss.ImplicitReward(loss.LengthNormalized ? logRatio / length : logRatio);
}
