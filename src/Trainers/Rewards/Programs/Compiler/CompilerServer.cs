using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>What is asked of a process that compiles.</summary>
internal enum CompilerRequest
{
    /// <summary>To compile something small, so that the first sample does not pay for the start.</summary>
    Warm,

    /// <summary>To compile a completion with its tests.</summary>
    Compile,

    /// <summary>To compute verdicts from values.</summary>
    Judge,
}

/// <summary>
/// The process that compiles, and computes verdicts: it reads sources of completions, but never loads what it has made of them. It serves
/// requests one after the other, each a length and its bytes, until its input ends. One that takes too much ends it.
/// </summary>
internal sealed class CompilerServer
{
    /// <summary>The exit code of a process that ended as a request took too long.</summary>
    public const int OutOfTime = 124;

    /// <summary>The exit code of a process that ended as a request took too much memory.</summary>
    public const int OutOfMemory = 125;

    // Syntax is a tree as deep as its brackets; where the compiler does not look at its stack, the depth is the source's.
    private const int Stack = 64 << 20;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly ProgramCompiler _compiler = new();
    private readonly Lock _lock = new();
    private TimeSpan _end = TimeSpan.MaxValue;

    /// <summary>Serves requests to the end of the input.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(Stream input, Stream output)
    {
        var server = new CompilerServer();
        using var watch = new Timer(_ => server.Watch(), null, Tick, Tick);
        int code = 0;
        var thread = new Thread(() => code = server.Serve(new BinaryReader(input), new BinaryWriter(output)), Stack);
        thread.Start();
        thread.Join();
        return code;
    }

    private int Serve(BinaryReader input, BinaryWriter output)
    {
        try
        {
            while (true)
            {
                byte[] request = input.ReadBytes(input.ReadInt32());
                byte[] reply = Reply(request);
                output.Write(reply.Length);
                output.Write(reply);
                output.Flush();
            }
        }
        catch (OutOfMemoryException)
        {
            return OutOfMemory;
        }
        catch (IOException)
        {
            // Nobody asks any more.
            return 0;
        }
    }

    private byte[] Reply(byte[] request)
    {
        using var reader = new BinaryReader(new MemoryStream(request), Encoding.Unicode);
        using var reply = new MemoryStream();
        using var writer = new BinaryWriter(reply, Encoding.Unicode);
        var kind = (CompilerRequest)reader.ReadByte();
        Limit(TimeSpan.FromSeconds(reader.ReadDouble()));
        switch (kind)
        {
            case CompilerRequest.Warm:
                Warm();
                break;
            case CompilerRequest.Compile:
                ApiRules rules = reader.ReadBoolean() ? ApiRules.WithFiles : ApiRules.WithoutFiles;
                string completion = ReadText(reader);
                string[] tests = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
                CompiledProgram program = _compiler.Compile(completion, tests, rules);
                writer.Write(program.Problem);
                writer.Write(program.Verdicts);
                writer.Write(program.Assembly);
                break;
            case CompilerRequest.Judge:
                string verdicts = reader.ReadString();
                foreach (bool holds in _compiler.Verdicts.Of(verdicts, TestValues.Read(request.AsSpan((int)reader.BaseStream.Position))))
                {
                    writer.Write(holds);
                }

                break;
            default:
                throw new InvalidDataException("no such request");
        }

        Limit(TimeSpan.MaxValue);
        writer.Flush();
        return reply.ToArray();
    }

    // Text of a model may hold halves of surrogate pairs, which no encoding writes.
    private static string ReadText(BinaryReader reader) =>
        new([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => (char)reader.ReadUInt16())]);

    private void Warm()
    {
        const string Sample = """
            using System.Collections.Generic;
            record Point(int X, int Y);
            class Solution
            {
                public static List<int> Twice(IEnumerable<int> all)
                {
                    var found = new List<int>();
                    foreach (int a in all) found.Add(2 * a);
                    return found;
                }

                public static string Name(string s) => string.Join(",", s.Split(' ').Where(w => w.Length > 0).Select(w => $"{w}!"));
            }
            int Add(int a, int b) { for (int i = 0; i < b; i++) a++; return a; }
            """;
        CompiledProgram program = _compiler.Compile(
            Sample,
            ["Add(1, 2) == 3", "Twice([1]).SequenceEqual(new[] { 2 })", "Name(\"a\") == \"a!\" && new Point(1, 2) == new Point(1, 2)"],
            ApiRules.WithFiles);
        if (!program.IsGood)
        {
            throw new InvalidOperationException(program.Problem);
        }

        _compiler.Verdicts.Of(program.Verdicts, TestValues.Read([]));
    }

    private void Limit(TimeSpan time)
    {
        lock (_lock)
        {
            _end = time == TimeSpan.MaxValue ? time : Environment.CpuUsage.TotalTime + time;
        }
    }

    // Processor time, so that a busy machine refuses no program.
    private void Watch()
    {
        TimeSpan end;
        lock (_lock)
        {
            end = _end;
        }

        if (Environment.CpuUsage.TotalTime > end)
        {
            Environment.Exit(OutOfTime);
        }
    }
}
