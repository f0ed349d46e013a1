using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rewards;

/// <summary>Scores of the steps of completions under a process reward model, without gradient.</summary>
/// <param name="engine">The model's engine.</param>
/// <param name="model">The process reward model; <see cref="Scores"/> uses its current weights.</param>
/// <param name="limits">What a pass may take.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ProcessScorer<T>(IEngine<T> engine, ScalarModel<T> model, PassLimits limits)
    where T : struct, ITensor<T>
{
    /// <summary>
    /// The score s of each step, whose probability of being good is σ(s). It depends on nothing after the step, so that the steps of a
    /// completion that is still being drawn have their final scores.
    /// </summary>
    /// <param name="sequences">Prompts with their completions, finished or not.</param>
    /// <param name="ends">For each, the number of tokens of the completion up to the end of each step; none for no step.</param>
    /// <returns>For each sequence, a score for each step.</returns>
    /// <exception cref="ArgumentException">The numbers of sequences and ends differ.</exception>
    public float[][] Scores(IReadOnlyList<TokenSequence> sequences, IReadOnlyList<IReadOnlyList<int>> ends)
    {
        if (sequences.Count != ends.Count)
        {
            throw new ArgumentException($"{sequences.Count} sequences were given with the steps of {ends.Count}.", nameof(ends));
        }

        int[] starts = Starts(ends);
        var all = new float[ends.Sum(steps => steps.Count)];
        int[] some = [.. Enumerable.Range(0, ends.Count).Where(i => ends[i].Count > 0)];
        TokenSequence[] scored = [.. some.Select(i => sequences[i])];
        using var noGradient = engine.NoGradient();
        foreach (MicroBatch part in PassPlan.Of(engine.Parallel, scored, limits).Mine)
        {
            using var scope = engine.Scope();
            int[] rows = part.Of(some);
            ReadOnlySpan<float> read = engine.Read(model.StepScores(part.Of(scored), [.. rows.Select(i => ends[i])]));
            foreach (int row in rows)
            {
                read[..ends[row].Count].CopyTo(all.AsSpan(starts[row]));
                read = read[ends[row].Count..];
            }
        }

        engine.Parallel.Unite(all);
        return [.. ends.Select((steps, i) => all[starts[i]..(starts[i] + steps.Count)])];
    }

    private static int[] Starts(IReadOnlyList<IReadOnlyList<int>> ends)
    {
        var starts = new int[ends.Count];
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + ends[i - 1].Count;
        }

        return starts;
    }
}
