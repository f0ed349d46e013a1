namespace RlCore.Trainers.Rewards;

/// <summary>A reward that is a function of one sample: only that function has to be written.</summary>
public abstract class SampleReward : IReward
{
    /// <summary>Creates a reward with a name.</summary>
    /// <param name="name">Name in metrics.</param>
    protected SampleReward(string name) => Name = name;

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>A reward defined by a function.</summary>
    /// <param name="name">Name in metrics.</param>
    /// <param name="score">The function.</param>
    public static IReward Of(string name, Func<RewardSample, double> score) => new Function(name, score);

    /// <summary>Scores one sample.</summary>
    /// <param name="sample">The sample.</param>
    public abstract double Score(RewardSample sample);

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        var scores = new double[batch.Count];
        var failures = new Dictionary<int, Exception>();
        for (int i = 0; i < scores.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
#pragma warning disable CA1031 // An exception for one sample must not lose the scores of the others.
            try
            {
                scores[i] = Score(batch[i]);
            }
            catch (Exception failure)
            {
                failures.Add(i, failure);
            }
#pragma warning restore CA1031
        }

        return failures.Count == 0 ? scores : throw new RewardBatchException(scores, failures);
    }

    private sealed class Function(string name, Func<RewardSample, double> score) : SampleReward(name)
    {
        public override double Score(RewardSample sample) => score(sample);
    }
}
