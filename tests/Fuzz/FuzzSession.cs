using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace RlCore.Fuzz;

/// <summary>Runs parsers on mutated inputs.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="output">Receives the report.</param>
internal sealed class FuzzSession(FuzzOptions options, TextWriter output)
{
    /// <summary>Bytes that may be allocated for each byte of an input.</summary>
    public const int MostAllocated = 50;

    /// <summary>
    /// Bytes that a parser may allocate for any input: for tables, regular expressions and messages, and for the exact arithmetic of an
    /// expression, whose length has a limit of its own.
    /// </summary>
    public const long AllocationFloor = 64L << 20;

    /// <summary>The kind of a finding that took too long.</summary>
    public const string Slow = "slow";

    /// <summary>The longest that an input may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private const int MostKept = 20;
    private const int MostRepeated = 2;
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(string Parser, string Kind), int> _kinds = [];
    private readonly List<Finding> _findings = [];

    /// <summary>Runs the parsers that are asked for.</summary>
    /// <param name="parsers">All parsers.</param>
    /// <returns>The findings: of each kind, the first ones.</returns>
    /// <exception cref="ArgumentException">No parser has a name that is asked for.</exception>
    public IReadOnlyList<Finding> Run(IReadOnlyList<Parser> parsers)
    {
        string? unknown = options.Only.FirstOrDefault(name => !parsers.Any(parser => parser.Name == name));
        if (unknown is not null)
        {
            throw new ArgumentException($"no parser is called {unknown}; --list shows them", nameof(parsers));
        }

        Parser[] chosen = [.. parsers.Where(parser => options.Only.Count == 0 || options.Only.Contains(parser.Name))];
        output.WriteLine($"inputs and findings: {options.Folder}");
        output.WriteLine("parser                    inputs  typed errors  findings  longest ms  seconds");
        for (int i = 0; i < chosen.Length; i++)
        {
            long share = (options.Count / chosen.Length) + (i < options.Count % chosen.Length ? 1 : 0);
            RunParser(chosen[i], share, options.Seed + (ulong)parsers.ToList().IndexOf(chosen[i]));
        }

        return _findings;
    }

    private void RunParser(Parser parser, long count, ulong seed)
    {
        string folder = Path.Combine(options.Folder, parser.Name);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, parser.FileName);
        var mutator = new Mutator(seed);
        var clock = Stopwatch.StartNew();
        long typed = 0;
        int before = _kinds.Values.Sum();
        double longest = 0;
        using var watch = new Watch(file, Lost);

        // The first input of each kind compiles expressions and fills tables; it is not measured.
        foreach (byte[] good in parser.Seeds)
        {
            File.WriteAllBytes(file, good);
            if (Guarded(() => parser.Read(new FuzzInput(good, file))) is { } refused)
            {
                output.WriteLine($"note: {parser.Name} refuses a seed: {refused.Message}");
            }
        }

        for (long i = 0; i < count; i++)
        {
            // The seeds themselves come first.
            byte[] input = i < parser.Seeds.Count
                ? parser.Seeds[(int)i]
                : mutator.Change(mutator.Choose(parser.Seeds), mutator.Choose(parser.Seeds));
            File.WriteAllBytes(file, input);
            watch.Begin();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            Exception? failure = Guarded(() => parser.Read(new FuzzInput(input, file)));
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

            // On a busy machine any input may wait; one that is slow is slow each time.
            for (int again = 0; taken > Longest && again < MostRepeated; again++)
            {
                start = Stopwatch.GetTimestamp();
                Guarded(() => parser.Read(new FuzzInput(input, file)));
                taken = Stopwatch.GetElapsedTime(start) is var repeated && repeated < taken ? repeated : taken;
            }

            watch.End();
            longest = Math.Max(longest, taken.TotalMilliseconds);
            typed += failure is not null && Typed.Is(failure) ? 1 : 0;
            Judge(parser, input, failure, taken, allocated);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{parser.Name,-22}{count,10}{typed,14}{_kinds.Values.Sum() - before,10}{longest,12:F0}{clock.Elapsed.TotalSeconds,9:F0}"));
    }

    private void Judge(Parser parser, byte[] input, Exception? failure, TimeSpan taken, long allocated)
    {
        if (failure is not null && !Typed.Is(failure))
        {
            Keep(parser, input, failure.GetType().Name, $"{failure}");
        }

        if (taken > Longest)
        {
            Keep(parser, input, Slow, string.Create(CultureInfo.InvariantCulture, $"{taken.TotalSeconds:F1} s for {input.Length} bytes"));
        }

        if (allocated > AllocationFloor + ((long)MostAllocated * input.Length))
        {
            Keep(parser, input, "large", string.Create(CultureInfo.InvariantCulture, $"{allocated:#,0} bytes for {input.Length} bytes"));
        }
    }

    private void Keep(Parser parser, byte[] input, string kind, string message)
    {
        int seen = _kinds[(parser.Name, kind)] = _kinds.GetValueOrDefault((parser.Name, kind)) + 1;
        if (seen > MostKept)
        {
            return;
        }

        string kept = Path.Combine(
            options.Folder, "findings", string.Create(CultureInfo.InvariantCulture, $"{parser.Name}-{kind}-{seen}-{parser.FileName}"));
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.WriteAllBytes(kept, input);
        _findings.Add(new Finding(parser.Name, kind, message, kept));
        output.WriteLine($"found: {parser.Name}: {kind}: {message}\n  kept: {kept}");
    }

    private static Exception? Guarded(Action read)
    {
#pragma warning disable CA1031 // Every exception is what is looked for.
        try
        {
            read();
            return null;
        }
        catch (TargetInvocationException failure)
        {
            return failure.InnerException;
        }
        catch (Exception failure)
        {
            return failure;
        }
#pragma warning restore CA1031
    }
}
