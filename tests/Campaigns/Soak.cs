using System.Diagnostics;
using System.Globalization;

namespace RlCore.Campaigns;

/// <summary>Watches a long run from outside: what it holds must not grow with its steps.</summary>
/// <param name="folder">Where runs lie.</param>
internal sealed class Soak(string folder)
{
    // What is held after warming up may grow by this share, and by this much, until the end.
    private const double Slack = 1.1;
    private const long SlackBytes = 16L << 20;
    private const int SlackHandles = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Watches a run of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="write">Writes a line.</param>
    /// <exception cref="CampaignException">Something grows, or the run failed.</exception>
    public async Task RunAsync(Scenario scenario, int steps, Action<string> write)
    {
        string own = Path.Combine(folder, scenario.Name);
        string temporary = Path.Combine(own, "temporary");
        Directory.CreateDirectory(temporary);
        string output = Path.Combine(own, "run");
        string recipe = scenario.Write(own, steps, Math.Max(1, steps / 20), judge: "");
        Environment.SetEnvironmentVariable("TMPDIR", temporary);
        using Process process = WorkerProcess.Train(recipe, output, resumes: false);
        Task<string> text = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        var samples = new List<Held>();
        while (!process.HasExited)
        {
            if (Held.TryRead(process.Id, temporary, output, out Held held))
            {
                samples.Add(held);
            }

            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(Interval));
        }

        await text;
        WorkerProcess.RequireDone(process, await error);
        write($"{scenario.Name}: {steps.ToString("#,0", CultureInfo.InvariantCulture)} steps");
        write("     step   resident MB   handles   threads   processes   temporary files");
        foreach (double share in (double[])[0.1, 0.25, 0.5, 0.75, 1])
        {
            write(samples.LastOrDefault(sample => sample.Step <= share * steps, samples[0]).ToString());
        }

        Require(scenario, steps, samples);
        int left = Directory.EnumerateFileSystemEntries(temporary).Count();
        if (left > 0)
        {
            throw new CampaignException($"{scenario.Name} leaves {left} temporary files");
        }
    }

    private static void Require(Scenario scenario, int steps, List<Held> samples)
    {
        Held[] early = [.. samples.Where(sample => sample.Step >= 0.1 * steps && sample.Step < 0.5 * steps)];
        Held[] late = [.. samples.Where(sample => sample.Step >= 0.5 * steps)];
        if (early.Length == 0 || late.Length == 0)
        {
            throw new CampaignException($"{scenario.Name} was over before anything could be seen; ask for more --steps");
        }

        void Check(string what, Func<Held, long> of, long slack)
        {
            long before = early.Max(of), after = late.Max(of);
            if (after > (before * Slack) + slack)
            {
                throw new CampaignException($"{scenario.Name}: {what} grew from {before:#,0} to {after:#,0}");
            }
        }

        Check("the resident set", held => held.ResidentBytes, SlackBytes);
        Check("the number of handles", held => held.Handles, SlackHandles);
        Check("the number of threads", held => held.Threads, SlackHandles);
        Check("the number of processes", held => held.Processes, SlackHandles);
        Check("the number of temporary files", held => held.TemporaryFiles, SlackHandles);
    }
}

/// <summary>What a run holds at a moment.</summary>
/// <param name="Step">Its step.</param>
/// <param name="ResidentBytes">Resident set of the process.</param>
/// <param name="Handles">Open files.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Processes">The process and its descendants.</param>
/// <param name="TemporaryFiles">Entries of its temporary folder, at any depth.</param>
internal sealed record Held(int Step, long ResidentBytes, int Handles, int Threads, int Processes, int TemporaryFiles)
{
    /// <summary>Reads it from /proc.</summary>
    /// <param name="process">The process's number.</param>
    /// <param name="temporary">Its temporary folder.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="held">What it holds.</param>
    /// <returns>Whether the process is there, and has begun.</returns>
    public static bool TryRead(int process, string temporary, string run, out Held held)
    {
        held = new Held(0, 0, 0, 0, 0, 0);
        try
        {
            string[] status = File.ReadAllLines($"/proc/{process}/status");
            long Number(string name) => long.Parse(
                status.Single(line => line.StartsWith($"{name}:", StringComparison.Ordinal))[(name.Length + 1)..]
                    .Replace("kB", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture);
            held = new Held(
                StepOf(Path.Combine(run, "metrics.csv")),
                Number("VmRSS") * 1024,
                Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count(),
                (int)Number("Threads"),
                1 + Descendants(process),
                Directory.EnumerateFileSystemEntries(temporary, "*", SearchOption.AllDirectories).Count());
            return held.Step > 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Step,9:#,0}   {ResidentBytes / 1e6,11:0.0}   {Handles,7}   {Threads,7}   {Processes,9}   {TemporaryFiles,15}");

    // The first number of the last whole row.
    private static int StepOf(string metrics)
    {
        using var stream = new FileStream(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(-Math.Min(stream.Length, 4096), SeekOrigin.End);
        string[] rows = new StreamReader(stream).ReadToEnd().Split('\n');
        return rows.Length > 2 && int.TryParse(rows[^2].Split(',')[0], CultureInfo.InvariantCulture, out int step) ? step : 0;
    }

    private static int Descendants(int process)
    {
        int[] direct =
        [
            .. Directory.EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
        ];
        return direct.Length + direct.Sum(child => Directory.Exists($"/proc/{child}") ? Descendants(child) : 0);
    }
}
