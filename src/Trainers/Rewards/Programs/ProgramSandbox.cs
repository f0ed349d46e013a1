using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Runs compiled programs, each in a separate process that is isolated from the machine (<see cref="Isolation"/>), with limits, a
/// minimal environment and an empty folder that is deleted afterwards. A program can harm only itself.
/// </summary>
internal sealed class ProgramSandbox
{
    private const int OverheadMegabytes = 96;

    private static readonly Lazy<ProgramSandbox> Strongest = new(Probe);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private ProgramSandbox(Isolation isolation) => Isolation = isolation;

    /// <summary>The strongest sandbox that this machine allows, determined by trial on first use.</summary>
    public static ProgramSandbox Default => Strongest.Value;

    /// <summary>How programs are isolated.</summary>
    public Isolation Isolation { get; }

    /// <summary>Runs a program.</summary>
    /// <param name="program">Its assembly, with an entry point.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="stop">Stops it.</param>
    public SandboxResult Run(byte[] program, string input, SandboxLimits limits, CancellationToken stop)
    {
        using var folder = new ProgramFolder(program);
        IReadOnlyList<string> command = Isolation.Command(folder.Path, limits);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = Path.Combine(folder.Path, "work"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Scrub(start.Environment, limits);
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        var output = new BoundedReader(process.StandardOutput);
        var error = new BoundedReader(process.StandardError);
        try
        {
            Send(process, input);
            SandboxEnding ending = Watch(process, output, limits, stop);
            return new SandboxResult(ending, ExitCode(process), output.Finish(), error.Finish());
        }
        finally
        {
            Kill(process);
        }
    }

    private static ProgramSandbox Probe()
    {
        CompiledProgram program = ProgramCompiler.CompileAlone("System.Console.Write(System.Console.ReadLine());", ApiRules.None);
        var limits = new SandboxLimits { Time = TimeSpan.FromSeconds(30) };
        foreach (Isolation isolation in Isolation.Candidates)
        {
            var sandbox = new ProgramSandbox(isolation);
            try
            {
                if (sandbox.Run(program.Assembly, "hello\n", limits, CancellationToken.None).Output == "hello")
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
        environment["DOTNET_EnableDiagnostics"] = "0";
        environment["DOTNET_TieredPGO"] = "0";

        // The runtime's double mapping needs a file larger than the limit of files.
        environment["DOTNET_EnableWriteXorExecute"] = "0";
    }

    private static void Send(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before reading its input.
        }
    }

    private static SandboxEnding Watch(Process process, BoundedReader output, SandboxLimits limits, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        long most = ((long)limits.MemoryMegabytes + OverheadMegabytes) << 20;
        while (!process.WaitForExit(Interval))
        {
            stop.ThrowIfCancellationRequested();
            SandboxEnding? ending = clock.Elapsed > limits.Time ? SandboxEnding.OutOfTime
                : output.IsFull ? SandboxEnding.TooMuchOutput
                : ProcessTree.ResidentBytes(process.Id) > most ? SandboxEnding.OutOfMemory
                : null;
            if (ending is { } found)
            {
                Kill(process);
                return found;
            }
        }

        return SandboxEnding.Exited;
    }

    // With its own namespaces, all child processes end with the program.
    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    private static int ExitCode(Process process) => process.HasExited ? process.ExitCode : -1;

    /// <summary>A program's folder, deleted when the program ends.</summary>
    private sealed class ProgramFolder : IDisposable
    {
        private const string RuntimeConfiguration = """
            {
              "runtimeOptions": {
                "framework": { "name": "Microsoft.NETCore.App", "version": "VERSION" },
                "configProperties": { "System.Globalization.Invariant": true }
              }
            }
            """;

        private const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

        public ProgramFolder(byte[] program)
        {
            Path = Directory.CreateTempSubdirectory("rlcore-program-").FullName;
            foreach (string name in new[] { "app", "root", "work" })
            {
                Directory.CreateDirectory(In(name));
            }

            File.WriteAllBytes(In("app", "program.dll"), program);
            File.WriteAllText(
                In("app", "program.runtimeconfig.json"),
                RuntimeConfiguration.Replace("VERSION", Environment.Version.ToString(), StringComparison.Ordinal));
            if (!OperatingSystem.IsWindows())
            {
                // The program may run as another user.
                File.SetUnixFileMode(Path, ForAll);
                File.SetUnixFileMode(In("root"), ForAll);
            }
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);

        private string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);
    }

    /// <summary>Reads a stream on a thread of its own, up to a limit.</summary>
    private sealed class BoundedReader
    {
        private readonly StringBuilder _text = new();
        private readonly Task _reading;

        public BoundedReader(StreamReader stream) => _reading = Task.Run(() => ReadAsync(stream));

        public bool IsFull { get; private set; }

        // Child processes may keep the stream open after the program has ended.
        public string Finish()
        {
            _reading.Wait(TimeSpan.FromSeconds(1));
            lock (_text)
            {
                return _text.ToString();
            }
        }

        private async Task ReadAsync(StreamReader stream)
        {
            var buffer = new char[4096];
            try
            {
                for (int read = 1; read > 0 && !IsFull;)
                {
                    read = await stream.ReadAsync(buffer).ConfigureAwait(false);
                    lock (_text)
                    {
                        _text.Append(buffer, 0, read);
                        IsFull = _text.Length > SandboxLimits.OutputCharacters;
                    }
                }
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The process has ended, and its stream is closed.
            }
        }
    }
}
