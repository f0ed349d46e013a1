using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>The process of a <see cref="CompilerServer"/> has ended at a request.</summary>
internal sealed class CompilerEndedException(string message, bool isExplained) : Exception(message)
{
    /// <summary>Whether it is known that the request ended it; if not, something else may have killed it.</summary>
    public bool IsExplained { get; } = isExplained;
}

/// <summary>A warm process that compiles and computes verdicts.</summary>
internal sealed class CompilerProcess : IDisposable
{
    // Whatever a compiler keeps of earlier samples is not counted against a later one for long.
    private const int MostRequests = 2000;

    private static readonly SandboxLimits Limits = new() { MemoryMegabytes = 768, IsLasting = true };
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Wall-clock time for each second of processor time that a request may take, on a busy machine.
    private const int Slowest = 20;

    private readonly SandboxedProcess _process;
    private int _requests;

    /// <summary>Starts one, and waits until it is warm.</summary>
    public CompilerProcess(ProgramSandbox sandbox)
    {
        _process = sandbox.Start(SandboxLauncher.Program(SandboxEntry.Compile, sandbox.Isolation), Limits);
        try
        {
            Ask(CompilerRequest.Warm, _ => { }, StartTime, CancellationToken.None);
        }
        catch (CompilerEndedException ended)
        {
            _process.Dispose();
            throw new InvalidOperationException($"The process that compiles programs does not start: {ended.Message}", ended);
        }
    }

    /// <summary>Whether it has ended, or has served enough.</summary>
    public bool HasEnded => _process.HasEnded || _requests > MostRequests;

    /// <summary>Compiles a completion with its tests.</summary>
    /// <param name="completion">The completion.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="rules">What it may refer to.</param>
    /// <param name="time">Most processor time.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="CompilerEndedException">The source ended the process.</exception>
    public CompiledProgram Compile(string completion, IReadOnlyList<string> tests, ApiRules rules, TimeSpan time, CancellationToken stop)
    {
        byte[] reply = Ask(
            CompilerRequest.Compile,
            writer =>
            {
                writer.Write(rules.AllowsFiles);
                writer.Write(completion.Length);
                foreach (char one in completion)
                {
                    writer.Write((ushort)one);
                }

                writer.Write(tests.Count);
                foreach (string test in tests)
                {
                    writer.Write(test);
                }
            },
            time,
            stop);
        using var reader = new BinaryReader(new MemoryStream(reply), Encoding.Unicode);
        string problem = reader.ReadString();
        string verdicts = reader.ReadString();
        return new CompiledProgram(reply[(int)reader.BaseStream.Position..], verdicts, problem);
    }

    /// <summary>Computes verdicts.</summary>
    /// <param name="verdicts">Their source.</param>
    /// <param name="values">The output of the program under test.</param>
    /// <param name="time">Most processor time.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>Whether each test holds.</returns>
    /// <exception cref="CompilerEndedException">The values ended the process.</exception>
    public bool[] Judge(string verdicts, byte[] values, TimeSpan time, CancellationToken stop)
    {
        byte[] reply = Ask(
            CompilerRequest.Judge,
            writer =>
            {
                writer.Write(verdicts);
                writer.Write(values);
            },
            time,
            stop);
        return [.. reply.Select(holds => holds != 0)];
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private byte[] Ask(CompilerRequest kind, Action<BinaryWriter> write, TimeSpan time, CancellationToken stop)
    {
        using var request = new MemoryStream();
        using var writer = new BinaryWriter(request, Encoding.Unicode);
        writer.Write(0);
        writer.Write((byte)kind);
        writer.Write(time.TotalSeconds);
        write(writer);
        writer.Flush();
        byte[] bytes = request.ToArray();
        BitConverter.TryWriteBytes(bytes, bytes.Length - 4);
        _requests++;
        Task<byte[]> reply = Task.Factory.StartNew(
            () => Exchange(bytes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var clock = Stopwatch.StartNew();
        string ended = "";
        while (!IsDone(reply))
        {
            if (stop.IsCancellationRequested)
            {
                _process.Kill();
                stop.ThrowIfCancellationRequested();
            }

            ended = clock.Elapsed > time * Slowest ? OutOfTime(time)
                : _process.ResidentBytes > Limits.ResidentBytes ? OutOfMemory
                : "";
            if (ended.Length > 0)
            {
                _process.Kill();
                break;
            }
        }

        return ended.Length == 0 && reply.IsCompletedSuccessfully ? reply.Result
            : throw (ended.Length > 0 ? new CompilerEndedException(ended, true) : Explain(time));
    }

    private static string OutOfMemory { get; } =
        string.Create(CultureInfo.InvariantCulture, $"compiling it takes more than {Limits.MemoryMegabytes} MiB");

    private static string OutOfTime(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"compiling it takes more than {time.TotalSeconds} s of processor time");

    private static bool IsDone(Task reply)
    {
        try
        {
            return reply.Wait(Interval);
        }
        catch (AggregateException)
        {
            return true;
        }
    }

    private byte[] Exchange(byte[] request)
    {
        _process.Input.Write(request);
        _process.Input.Flush();
        var length = new byte[4];
        _process.Output.ReadExactly(length);
        var reply = new byte[BitConverter.ToInt32(length)];
        _process.Output.ReadExactly(reply);
        return reply;
    }

    private CompilerEndedException Explain(TimeSpan time)
    {
        _process.WaitForExit(TimeSpan.FromSeconds(5));
        string error = _process.Error;
        string cause = _process.ExitCode switch
        {
            CompilerServer.OutOfTime => OutOfTime(time),
            CompilerServer.OutOfMemory => OutOfMemory,
            _ when error.Contains("Stack overflow", StringComparison.Ordinal) => "compiling it overflows the stack",
            _ when error.Contains("Out of memory", StringComparison.OrdinalIgnoreCase) => OutOfMemory,
            _ => "",
        };
        return cause.Length > 0
            ? new CompilerEndedException(cause, true)
            : new CompilerEndedException(
                string.Create(
                    CultureInfo.InvariantCulture, $"the compiler ended with exit code {_process.ExitCode}: {error.Split('\n')[0]}"),
                false);
    }
}
