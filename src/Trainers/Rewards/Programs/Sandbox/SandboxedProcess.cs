using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>A process in the sandbox, with an empty folder that is deleted with it.</summary>
internal sealed class SandboxedProcess : IDisposable
{
    private readonly string _folder = SandboxFolders.CreateNew();
    private readonly Process _process;
    private readonly BoundedReader _error;

    /// <summary>Starts a program.</summary>
    /// <param name="isolation">How it is isolated.</param>
    /// <param name="program">The program.</param>
    /// <param name="limits">Its limits.</param>
    public SandboxedProcess(Isolation isolation, SandboxProgram program, SandboxLimits limits)
    {
        foreach (string name in new[] { "root", "work" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            SandboxFolders.Share(Path.Combine(_folder, name));
        }

        IReadOnlyList<string> command = isolation.Command(_folder, program, limits);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = Path.Combine(_folder, "work"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Scrub(start.Environment, limits);
        try
        {
            _process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            SandboxFolders.Delete(_folder);
            throw;
        }

        _error = new BoundedReader(_process.StandardError.BaseStream);
    }

    /// <summary>Its standard input.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Its output.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>All streams between it and this process.</summary>
    internal IReadOnlyList<Stream> Streams => [Input, Output, _process.StandardError.BaseStream];

    /// <summary>Its standard error, as far as it was read.</summary>
    public string Error => Encoding.UTF8.GetString(_error.Finish());

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Its exit code; −1 while it runs.</summary>
    public int ExitCode => _process.HasExited ? _process.ExitCode : -1;

    /// <summary>Resident memory of all its processes together.</summary>
    public long ResidentBytes => ProcessTree.ResidentBytes(_process.Id);

    /// <summary>Writes its whole input.</summary>
    public void Send(byte[] input)
    {
        try
        {
            Input.Write(input);
            Input.Close();
        }
        catch (IOException)
        {
            // It ended before reading its input.
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="time">How long at most.</param>
    public bool WaitForExit(TimeSpan time) => _process.WaitForExit(time);

    /// <summary>Ends it. With its own namespaces, all child processes end with it.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();

        // A process leaves streams that somebody has asked for open: until they are collected, each would hold a handle.
        foreach (Stream stream in Streams)
        {
            stream.Dispose();
        }

        _process.Dispose();
        SandboxFolders.Delete(_folder);
    }

    private static void Scrub(IDictionary<string, string?> environment, SandboxLimits limits)
    {
        string? system = environment.TryGetValue("SystemRoot", out string? windows) ? windows : null;
        environment.Clear();
        if (system is not null)
        {
            // Windows cannot start a program without it.
            environment["SystemRoot"] = system;
        }

        environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        environment["HOME"] = "/tmp";
        environment["DOTNET_GCHeapHardLimit"] = ((long)limits.MemoryMegabytes << 20).ToString("x", CultureInfo.InvariantCulture);
        environment["DOTNET_gcServer"] = "0";
        environment["DOTNET_gcConcurrent"] = "0";
        environment["DOTNET_EnableDiagnostics"] = "0";
        environment["DOTNET_TieredPGO"] = "0";

        // The runtime's double mapping needs a file larger than the limit of files.
        environment["DOTNET_EnableWriteXorExecute"] = "0";
    }
}

/// <summary>Reads a stream on a thread of its own, and keeps its beginning.</summary>
internal sealed class BoundedReader
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Lock _lock = new();
    private readonly Thread _thread;

    /// <summary>Begins to read.</summary>
    public BoundedReader(Stream stream)
    {
        _thread = new Thread(() => Read(stream)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether there is more than is kept.</summary>
    public bool IsFull { get; private set; }

    /// <summary>What was read. Child processes may keep the stream open after the program has ended.</summary>
    public byte[] Finish()
    {
        _thread.Join(TimeSpan.FromSeconds(1));
        lock (_lock)
        {
            return _bytes.WrittenSpan.ToArray();
        }
    }

    // The rest is read too, as a process that cannot write would not end.
    private void Read(Stream stream)
    {
        var buffer = new byte[16384];
        try
        {
            for (int read = 1; read > 0;)
            {
                read = stream.Read(buffer);
                lock (_lock)
                {
                    IsFull |= _bytes.WrittenCount + read > SandboxLimits.OutputBytes;
                    if (!IsFull)
                    {
                        _bytes.Write(buffer.AsSpan(0, read));
                    }
                }
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The process has ended, and its stream is closed.
        }
    }
}
