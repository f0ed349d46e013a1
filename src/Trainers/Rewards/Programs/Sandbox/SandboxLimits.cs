using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>A program that the sandbox runs with <c>dotnet exec</c>.</summary>
/// <param name="App">The folder with its assemblies, which it sees read-only as <c>/app</c>.</param>
/// <param name="File">The assembly with its entry point.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record SandboxProgram(string App, string File, params IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// Whether what it writes to descriptor 3 is its output, rather than what it prints. Code that may only print cannot write there.
    /// </summary>
    public bool HasOwnChannel { get; init; }
}

/// <summary>The limits of a program in the sandbox.</summary>
internal sealed record SandboxLimits
{
    /// <summary>Wall-clock time from the start of its process; processor time has the same limit.</summary>
    /// <value>10 s.</value>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The managed heap, in MiB; the resident memory of all its processes together may be 96 MiB more.</summary>
    /// <value>256.</value>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Whether it serves many requests and ends with its input: whoever asks watches the time of each.</summary>
    public bool IsLasting { get; init; }

    /// <summary>Most resident memory of all its processes together, in bytes.</summary>
    public long ResidentBytes => ((long)MemoryMegabytes + 96) << 20;

    /// <summary>Processes and threads.</summary>
    internal const int Threads = 64;

    /// <summary>Bytes of one file, and of all files together.</summary>
    internal const int FileBytes = 16 << 20;

    /// <summary>Maximum number of bytes of output; a program that writes more is stopped.</summary>
    internal const int OutputBytes = 8 << 20;
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
/// <param name="Bytes">Its output.</param>
/// <param name="Error">Its standard error, as far as it was read.</param>
internal sealed record SandboxResult(SandboxEnding Ending, int ExitCode, byte[] Bytes, string Error)
{
    /// <summary>Its output as text.</summary>
    public string Output => Encoding.UTF8.GetString(Bytes);

    /// <inheritdoc/>
    public bool Equals(SandboxResult? other) => other is not null && Ending == other.Ending && ExitCode == other.ExitCode
        && Error == other.Error && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Ending, ExitCode, Bytes.Length, Error);
}
