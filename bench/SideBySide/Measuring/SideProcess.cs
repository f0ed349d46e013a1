using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RlCore.SideBySide.Sides;

namespace RlCore.SideBySide.Measuring;

/// <summary>
/// A process that does a case as one side does it. Between two requests it is stopped: threads of OpenMP that wait actively would take
/// the processor from the others.
/// </summary>
internal sealed class SideProcess : IDisposable
{
    private const int Continue = 18;
    private const int Stop = 19;

    private readonly Process _process;

    private SideProcess(SideSetting setting, Process process)
    {
        Setting = setting;
        _process = process;
    }

    /// <summary>What it was started with.</summary>
    public SideSetting Setting { get; }

    /// <summary>Starts a side and waits until it is ready.</summary>
    /// <param name="setting">The side.</param>
    /// <param name="arguments">The case and where files are.</param>
    /// <exception cref="SideFailedException">It ended.</exception>
    public static SideProcess Start(SideSetting setting, IReadOnlyList<string> arguments)
    {
        var how = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            how.ArgumentList.Add(typeof(SideProcess).Assembly.Location);
        }

        string threads = setting.Threads.ToString(CultureInfo.InvariantCulture);
        foreach (string argument in (string[])[SideHost.Command, setting.Side, threads, .. arguments])
        {
            how.ArgumentList.Add(argument);
        }

        how.Environment["OMP_NUM_THREADS"] = threads;
        if (setting.WaitPolicy.Length > 0)
        {
            how.Environment["OMP_WAIT_POLICY"] = setting.WaitPolicy;
        }

        var side = new SideProcess(setting, Process.Start(how)!);
        side.Answer();
        return side;
    }

    /// <summary>What the side computes.</summary>
    public double[] Check() => Numbers("check");

    /// <summary>Does what is measured.</summary>
    /// <param name="runs">How many times.</param>
    /// <returns>Seconds of one run.</returns>
    public Timing Run(int runs)
    {
        double[] seconds = Numbers(string.Create(CultureInfo.InvariantCulture, $"run {runs}"));
        return new Timing(seconds[0] / runs, seconds[1] / runs);
    }

    /// <summary>The peak of the resident set since the check, in bytes.</summary>
    public double PeakBytes() => Numbers("memory")[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private double[] Numbers(string request)
    {
        Signal(Continue);
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        string[] words = Answer().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. words.Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
    }

    private string Answer()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(SideHost.Mark, StringComparison.Ordinal))
            {
                Signal(Stop);
                return line[SideHost.Mark.Length..];
            }
        }

        _process.WaitForExit();
        throw new SideFailedException($"{Setting} ended with exit code {_process.ExitCode}.");
    }

    private void Signal(int signal) => _ = Kill(_process.Id, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

/// <summary>Seconds of one run.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Processor">Of all threads together.</param>
internal readonly record struct Timing(double Wall, double Processor);

/// <summary>A side's process has ended before it was done; its own message says why.</summary>
/// <param name="message">Which one.</param>
internal sealed class SideFailedException(string message) : Exception(message);
