using System.Text;
using RlCore.Engines;

namespace RlCore.Trainers.Rewards;

/// <summary>A reward whose work the processes of a group share: each of them calls it.</summary>
internal interface ISharedReward : IReward
{
}

/// <summary>A failure to score a sample, as another process tells it.</summary>
/// <param name="kind">Name of the exception's type there.</param>
/// <param name="message">Its message.</param>
internal sealed class ToldFailure(string kind, string message) : Exception(message)
{
    /// <summary>Name of the exception's type there.</summary>
    public string Kind { get; } = kind;
}

/// <summary>What has come of scoring a batch with one reward.</summary>
/// <param name="Scores">A score for each sample; what failed has any.</param>
/// <param name="Failures">Why samples could not be scored, by their index.</param>
/// <param name="Undecided">Samples that passed the reward's limit of work.</param>
internal sealed record RewardAttempt(double[] Scores, IReadOnlyDictionary<int, Exception> Failures, int Undecided)
{
    /// <summary>
    /// An attempt that one process of a group makes for all: a judge is asked once, a program runs once, and what a reward remembers is in
    /// one place.
    /// </summary>
    /// <param name="parallel">The processes.</param>
    /// <param name="make">Scores the batch in one of them.</param>
    public static RewardAttempt Share(DataParallel parallel, Func<RewardAttempt> make) =>
        parallel.IsAlone ? make() : Read(parallel.FromRoot(() => Write(make())));

    private static byte[] Write(RewardAttempt attempt)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(attempt.Scores.Length);
        Array.ForEach(attempt.Scores, writer.Write);
        writer.Write(attempt.Failures.Count);
        foreach (var (sample, failure) in attempt.Failures)
        {
            writer.Write(sample);
            writer.Write(KindOf(failure));
            writer.Write(failure.Message);
        }

        writer.Write(attempt.Undecided);
        writer.Flush();
        return bytes.ToArray();
    }

    private static RewardAttempt Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        double[] scores = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble())];
        var failures = new Dictionary<int, Exception>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            int sample = reader.ReadInt32();
            string kind = reader.ReadString();
            failures[sample] = new ToldFailure(kind, reader.ReadString());
        }

        return new RewardAttempt(scores, failures, reader.ReadInt32());
    }

    /// <summary>Name of a failure's type, in the process where it was thrown.</summary>
    /// <param name="failure">The failure.</param>
    public static string KindOf(Exception failure) => failure is ToldFailure told ? told.Kind : failure.GetType().Name;
}
