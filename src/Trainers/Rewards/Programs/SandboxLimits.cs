namespace RlCore.Trainers.Rewards;

/// <summary>The limits of a program in the sandbox.</summary>
internal sealed record SandboxLimits
{
    /// <summary>Wall-clock time from the start of its process; processor time has the same limit.</summary>
    /// <value>10 s.</value>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The managed heap, in MiB; the resident memory of all its processes together may be 96 MiB more.</summary>
    /// <value>256.</value>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Processes and threads.</summary>
    internal const int Threads = 64;

    /// <summary>Bytes of one file, and of all files together.</summary>
    internal const int FileBytes = 16 << 20;

    /// <summary>Maximum number of characters of output; a program that writes more is stopped.</summary>
    internal const int OutputCharacters = 1 << 20;
}

/// <summary>How a program ended.</summary>
internal enum SandboxEnding
{
    /// <summary>It ended by itself, whatever its exit code.</summary>
    Exited,

    /// <summary>It was stopped at its time limit.</summary>
    OutOfTime,

    /// <summary>It was stopped at its memory limit.</summary>
    OutOfMemory,

    /// <summary>It was stopped because its output was too long.</summary>
    TooMuchOutput,
}

/// <summary>The result of a program.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="ExitCode">Its exit code; that of a signal if it was stopped.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error, as far as it was read.</param>
internal sealed record SandboxResult(SandboxEnding Ending, int ExitCode, string Output, string Error);
