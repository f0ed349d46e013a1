using System.Diagnostics;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Runs programs, each in a separate process that is isolated from the machine (<see cref="Isolation"/>), with limits, a
/// minimal environment and an empty folder that is deleted afterwards. A program can harm only itself.
/// </summary>
internal sealed class ProgramSandbox
{
    private static readonly Lazy<ProgramSandbox> Strongest = new(Probe);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private ProgramSandbox(Isolation isolation) => Isolation = isolation;

    /// <summary>The strongest sandbox that this machine allows, determined by trial on first use.</summary>
    public static ProgramSandbox Default => Strongest.Value;

    /// <summary>How programs are isolated.</summary>
    public Isolation Isolation { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="limits">Its limits.</param>
    public SandboxedProcess Start(SandboxProgram program, SandboxLimits limits) => new(Isolation, program, limits);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="stop">Stops it.</param>
    public SandboxResult Run(SandboxProgram program, byte[] input, SandboxLimits limits, CancellationToken stop)
    {
        using SandboxedProcess process = Start(program, limits);
        var output = new BoundedReader(process.Output);
        process.Send(input);
        SandboxEnding ending = Watch(process, output, limits, stop);
        return new SandboxResult(ending, process.ExitCode, output.Finish(), process.Error);
    }

    private static ProgramSandbox Probe()
    {
        byte[] word = Encoding.UTF8.GetBytes("hello");
        var limits = new SandboxLimits { Time = TimeSpan.FromSeconds(60) };
        foreach (Isolation isolation in Isolation.Candidates)
        {
            var sandbox = new ProgramSandbox(isolation);
            try
            {
                SandboxProgram echo = SandboxLauncher.Program(SandboxEntry.Echo, isolation);
                if (sandbox.Run(echo, word, limits, CancellationToken.None).Bytes.AsSpan().SequenceEqual(word))
                {
                    return sandbox;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // The system lacks one of the tools; the next kind of isolation needs fewer.
            }
        }

        throw new InvalidOperationException($"No program can be run with {Isolation.Host}.");
    }

    private static SandboxEnding Watch(SandboxedProcess process, BoundedReader output, SandboxLimits limits, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        while (!process.WaitForExit(Interval))
        {
            stop.ThrowIfCancellationRequested();
            SandboxEnding? ending = clock.Elapsed > limits.Time ? SandboxEnding.OutOfTime
                : output.IsFull ? SandboxEnding.TooMuchOutput
                : process.ResidentBytes > limits.ResidentBytes ? SandboxEnding.OutOfMemory
                : null;
            if (ending is { } found)
            {
                process.Kill();
                return found;
            }
        }

        return SandboxEnding.Exited;
    }
}
