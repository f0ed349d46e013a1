using System.Diagnostics;
using System.Globalization;

namespace RlCore.Bench;

/// <summary>
/// Losses with their gradients, and advantages, beside the same in PyTorch: the fastest of many runs of each, PyTorch on one and
/// on two threads (the better counts); RlCore on as many as the machine has.
/// </summary>
internal static class LossTable
{
    private const int Rounds = 2;

    /// <summary>Measures both sides and prints the table; PyTorch's is left out where there is none.</summary>
    public static void Print(string python, string script)
    {
        var inputs = new LossInputs<float>();
        var wide = new LossInputs<double>();
        (string Name, string Title, Action Run)[] cases =
        [
            ("grpo", "GRPO loss and gradient, k3, 1024 × 1024 tokens", () => inputs.Grpo()),
            ("grpo_double", "the same in doubles", () => wide.Grpo()),
            ("dpo", "DPO loss and gradients, 2^18 pairs", () => inputs.Dpo()),
            ("dpo_trainer", "DPO as a trainer calls it: losses, gradients, accuracy, margin, 2^18 pairs", () => inputs.DpoAsTrainer()),
            ("dpo_record", "the same into a record of new arrays", () => inputs.DpoRecord()),
            ("copy", "the memory traffic of DPO alone: four arrays subtracted into two, one thread", inputs.Traffic),
            ("gae", "GAE and returns, 512 × 1024, in doubles", wide.Gae),
        ];

        // Both sides by turns: on a busy machine each gets more than one stretch of time.
        var ours = cases.ToDictionary(one => one.Name, _ => double.PositiveInfinity);
        Dictionary<string, double>[] peers = [[], []];
        for (int round = 0; round < Rounds; round++)
        {
            foreach (var (name, _, run) in cases)
            {
                ours[name] = Math.Min(ours[name], Measure.Of(run).Wall * 1e3);
            }

            for (int threads = 1; threads <= peers.Length; threads++)
            {
                foreach (var (name, time) in Peer(python, script, threads))
                {
                    peers[threads - 1][name] = Math.Min(time, peers[threads - 1].GetValueOrDefault(name, double.PositiveInfinity));
                }
            }
        }

        Console.WriteLine("| case | RlCore, ms | PyTorch, 1 thread, ms | PyTorch, 2 threads, ms | times faster |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, title, _) in cases)
        {
            double[] theirs = [.. peers.Where(peer => peer.ContainsKey(name)).Select(peer => peer[name])];
            string others = theirs.Length == 0
                ? "| | | |"
                : $"| {string.Join(" | ", theirs.Select(time => $"{time:F3}"))} | {theirs.Min() / ours[name]:F1} |";
            Console.WriteLine($"| {title} | {ours[name]:F3} {others}");
        }
    }

    private static Dictionary<string, double> Peer(string python, string script, int threads)
    {
        try
        {
            string[] arguments = [script, threads.ToString(CultureInfo.InvariantCulture)];
            using Process process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true })!;
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
