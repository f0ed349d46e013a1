using System.Globalization;
using RlCore.Engines.Managed;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Files;

namespace RlCore.SideBySide.Measuring;

/// <summary>Takes many training steps of the embedded engine, and prints what they cost in managed memory, and the resident set.</summary>
/// <param name="steps">Steps.</param>
/// <param name="threads">Threads.</param>
internal sealed class SteadyRun(int steps, int threads)
{
    private const int Rows = 10;
    private const int Oldest = 2;

    /// <summary>Trains, and prints a table.</summary>
    /// <param name="place">Where models are written.</param>
    public void Execute(BenchPlace place)
    {
        string load = Machine.Load;
        var one = BenchCases.All(isQuick: false).OfType<BenchCase.Training>().First();
        place.Models.Folder(one.Model, NumberType.F32);
        Console.WriteLine($"{one.Title}, {steps} steps, {threads} threads");
        Console.WriteLine("| steps | managed allocation a step, KB | collections, generation 0, 1, 2 | resident set, MB |");
        Console.WriteLine("|--:|--:|--:|--:|");
        var engine = new ManagedEngine(new ManagedEngineOptions { Threads = threads });
        using var work = new OwnTraining<ManagedTensor>(engine, one, place);
        work.Check();
        GC.Collect();
        int[] before = Collections();
        for (int done = 0; done < steps;)
        {
            int end = Math.Min(done + Math.Max(1, steps / Rows), steps);
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            for (int step = done; step < end; step++)
            {
                work.Run();
            }

            double each = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1e3 / (end - done);
            string collections = string.Join(", ", Collections().Zip(before, (now, then) => now - then));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {end:N0} | {each:F1} | {collections} | {Environment.WorkingSet / 1e6:F0} |"));
            done = end;
        }

        Console.WriteLine();
        Console.WriteLine(Machine.Describe(load));
    }

    private static int[] Collections() => [.. Enumerable.Range(0, Oldest + 1).Select(GC.CollectionCount)];
}
