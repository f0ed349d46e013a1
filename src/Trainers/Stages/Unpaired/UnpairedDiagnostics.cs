using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>Diagnostics of an update on labelled completions: implicit rewards of the good ones and of the bad ones.</summary>
/// <param name="beta">β, the scale of the rewards.</param>
internal sealed class UnpairedDiagnostics(double beta)
{
    private readonly Side _chosen = new();
    private readonly Side _rejected = new();

    /// <summary>Adds a completion.</summary>
    /// <param name="logProb">Its log-prob.</param>
    /// <param name="reference">Its log-prob under the reference.</param>
    /// <param name="desirable">Its label.</param>
    public void Add(double logProb, double reference, bool desirable)
    {
        Side side = desirable ? _chosen : _rejected;
        side.Reward += beta * (logProb - reference);
        side.LogProb += logProb;
        side.Count++;
    }

    /// <summary>Means over each label, by TRL's names; a step without one of the labels has no mean for it.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        if (_chosen.Count > 0)
        {
            yield return new(MetricNames.ChosenReward, _chosen.Reward / _chosen.Count);
            yield return new(MetricNames.ChosenLogProb, _chosen.LogProb / _chosen.Count);
        }

        if (_rejected.Count > 0)
        {
            yield return new(MetricNames.RejectedReward, _rejected.Reward / _rejected.Count);
            yield return new(MetricNames.RejectedLogProb, _rejected.LogProb / _rejected.Count);
        }

        if (_chosen.Count > 0 && _rejected.Count > 0)
        {
            yield return new(MetricNames.RewardMargin, (_chosen.Reward / _chosen.Count) - (_rejected.Reward / _rejected.Count));
        }
    }

    private sealed class Side
    {
        public double Reward { get; set; }

        public double LogProb { get; set; }

        public int Count { get; set; }
    }
}
