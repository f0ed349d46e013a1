using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Growth;
using RlCore.SideBySide.Measuring;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Files;

namespace RlCore.SideBySide;

/// <summary>Checks and measures all cases, and prints the table.</summary>
internal static class BenchRun
{
    private static readonly string[] Sides =
    [
        SideNames.RlCore,
#if PEERS
        SideNames.TorchSharp,
        SideNames.RlCoreTorch,
        SideNames.LlamaCpp,
#endif
    ];

    /// <summary>Does what the options ask for.</summary>
    /// <param name="options">The options.</param>
    /// <returns>1 if two sides compute different things.</returns>
    public static int Execute(BenchOptions options)
    {
        bool isTemporary = options.Folder.Length == 0;
        string folder = isTemporary ? Directory.CreateTempSubdirectory("side-by-side").FullName : Path.GetFullPath(options.Folder);
        try
        {
            if (options.Growth.Length > 0)
            {
                new GrowthRun(options.Rounds, options.Threads[^1]).Execute(new BenchPlace(folder), options.Growth);
                return 0;
            }

            if (options.Steady > 0)
            {
                new SteadyRun(options.Steady, options.Threads[^1]).Execute(new BenchPlace(folder));
                return 0;
            }

            return Measure(options, new BenchPlace(folder));
        }
        finally
        {
            if (isTemporary)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static int Measure(BenchOptions options, BenchPlace place)
    {
        string load = Machine.Load;
        if (Sides.Length == 1)
        {
            Console.WriteLine("This build has no peers: add -p:Peers=true to dotnet run, before --.");
        }

        var comparison = new Comparison(options.Rounds, [place.Folder, $"{options.IsQuick}"]);
        var peaks = new Dictionary<int, double>();
        foreach (int threads in options.Threads.Distinct())
        {
            SideResult product = comparison.Run(BenchCases.Product, threads, Sides)[0];
            peaks[threads] = BenchCases.Product.Flops / product.Best;
            Console.WriteLine($"{BenchCases.Product.Title}, {threads} threads: {peaks[threads] / 1e9:F1} GFLOP/s");
        }

        var best = new List<SideResult>();
        foreach (BenchCase one in BenchCases.All(options.IsQuick).Where(one => options.Cases.Any(one.IsNamed)))
        {
            Prepare(one, place);
            foreach (int threads in peaks.Keys)
            {
                Console.WriteLine($"{one.Title}, {threads} threads, load average {Machine.Load}");
                IReadOnlyList<SideResult> results = comparison.Run(one, threads, Sides);
                results.ToList().ForEach(result => Console.WriteLine(ResultTable.Line(result)));
                best.AddRange(ResultTable.BestOfEachSide(results));
            }
        }

        Console.WriteLine();
        new ResultTable(peaks).Markdown(best).ToList().ForEach(Console.WriteLine);
        Console.WriteLine();
        Console.WriteLine(Machine.Describe(load));
        comparison.Differences.ForEach(difference => Console.WriteLine($"Not the same: {difference}"));
        return comparison.Differences.Count == 0 ? 0 : 1;
    }

    // Files that the sides read are there before they start.
    private static void Prepare(BenchCase one, BenchPlace place)
    {
        switch (one)
        {
            case BenchCase.Training training:
                place.Models.Folder(training.Model, NumberType.F32);
                break;
            case BenchCase.Grpo:
                place.Quickstart.Train();
                break;
            case BenchCase.Decoding decoding:
                place.Models.Folder(decoding.Model, decoding.Storage);
                if (decoding.Sides.Contains(SideNames.LlamaCpp))
                {
                    place.Models.Gguf(decoding.Model, decoding.Storage);
                }

                break;
        }
    }
}
