using System.Diagnostics;
using System.Globalization;
using RlCore.Algebra;

namespace RlCore.Bench;

/// <summary>
/// Losses with their gradients, and advantages, beside the same in PyTorch: the fastest of many runs of each, PyTorch on one and
/// on two threads (the better counts).
/// </summary>
internal static class LossTable
{
    private const int Pairs = 1 << 18;

    /// <summary>Measures both sides and prints the table; PyTorch's is left out where there is none.</summary>
    public static void Print(string python, string script)
    {
        (string Name, string Title, Action Run)[] cases =
        [
            ("grpo", "GRPO loss and gradient, k3, 1024 × 1024 tokens", Grpo()),
            ("dpo", "DPO loss and gradients, 2^18 pairs", Dpo()),
            ("dpo_trainer", "DPO as a trainer calls it: losses, gradients, accuracy, margin, 2^18 pairs", DpoRecord()),
            ("gae", "GAE and returns, 512 × 1024", Gae()),
        ];
        var ours = cases.ToDictionary(one => one.Name, one => Measure.Of(one.Run).Wall * 1e3);
        Dictionary<string, double>[] peers = [Peer(python, script, 1), Peer(python, script, 2)];
        foreach (var (name, _, run) in cases)
        {
            // Again after the peer: on a busy machine both sides get more than one stretch of time.
            ours[name] = Math.Min(ours[name], Measure.Of(run).Wall * 1e3);
        }

        Console.WriteLine("| case | RlCore, ms | PyTorch, 1 thread, ms | PyTorch, 2 threads, ms | times faster |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, title, _) in cases)
        {
            double[] theirs = [.. peers.Select(peer => peer.GetValueOrDefault(name, double.NaN))];
            Console.WriteLine($"| {title} | {ours[name]:F3} | {theirs[0]:F3} | {theirs[1]:F3} | {theirs.Min() / ours[name]:F1} |");
        }
    }

    private static Action Grpo()
    {
        const int Rows = 1024, Columns = 1024;
        var random = new Random(1);
        float[] old = Numbers(random, Rows * Columns, -3, 0);
        float[] current = [.. old.Select(l => l + (float)(random.NextDouble() - 0.5))];
        float[] reference = [.. old.Select(l => l + (float)(random.NextDouble() - 0.5))];
        float[] advantages = Numbers(random, Rows, -2, 2);
        float[] gradient = new float[Rows * Columns];
        SequenceMask mask = SequenceMask.Full(Rows, Columns);
        return () => Losses.Grpo<float>(current, old, reference, advantages, mask, 0.04, gradient);
    }

    private static Action Dpo()
    {
        float[][] pairs = PairLogProbs();
        float[] toChosen = new float[Pairs], toRejected = new float[Pairs];
        return () => Losses.Dpo<float>(pairs[0], pairs[1], pairs[2], pairs[3], 0.1, toChosen, toRejected);
    }

    private static Action DpoRecord()
    {
        float[][] pairs = PairLogProbs();
        float[] losses = new float[Pairs], toChosen = new float[Pairs], toRejected = new float[Pairs];
        return () => Losses.Dpo<float>(pairs[0], pairs[1], pairs[2], pairs[3], 0.1, losses, toChosen, toRejected);
    }

    private static float[][] PairLogProbs()
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, 4).Select(_ => Numbers(random, Pairs, -50, 0))];
    }

    private static Action Gae()
    {
        const int Rows = 512, Columns = 1024;
        var random = new Random(3);
        double[] rewards = [.. Numbers(random, Rows * Columns, -1, 1).Select(r => (double)r)];
        double[] values = [.. Numbers(random, Rows * Columns, -1, 1).Select(v => (double)v)];
        double[] advantages = new double[rewards.Length], returns = new double[rewards.Length];
        SequenceMask mask = SequenceMask.Full(Rows, Columns);
        return () => Advantages.Gae<double>(rewards, values, mask, advantages, returns);
    }

    private static float[] Numbers(Random random, int count, double low, double high) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(low + ((high - low) * random.NextDouble())))];

    private static Dictionary<string, double> Peer(string python, string script, int threads)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(python, [script, threads.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .ToDictionary(fields => fields[0], fields => double.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine($"There is no {python}: PyTorch is left out.");
            return [];
        }
    }
}
