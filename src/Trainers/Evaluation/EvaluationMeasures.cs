using System.Globalization;
using RlCore.Algebra;

namespace RlCore.Trainers.Evaluation;

/// <summary>
/// The measures of an evaluation: <c>greedy</c>, <c>mean@n</c> (the mean over n samples), <c>pass@k</c> (one of k samples is
/// right), <c>maj@k</c> (the most frequent answer of k samples is right; ties are broken at random) and, with a ranking,
/// <c>best@k</c> (the best-ranked of k samples is right). k takes the powers of two up to n, and n; each measure is the mean over
/// all subsets of k of the n samples, and is therefore unbiased. With second attempts, <c>second_greedy</c> and
/// <c>second_mean@n</c> are <c>greedy</c> and <c>mean@n</c> of these, each of which has read a completion.
/// </summary>
internal static class EvaluationMeasures
{
    internal const string Greedy = "greedy";

    /// <summary>The names of the measures of an evaluation.</summary>
    /// <param name="samples">Samples a prompt.</param>
    /// <param name="ranked">Whether samples are ranked.</param>
    /// <param name="twice">Whether there are second attempts.</param>
    public static IReadOnlyList<string> Names(int samples, bool ranked, bool twice = false) =>
        [.. Definitions(samples, ranked, twice).Select(definition => definition.Name)];

    /// <summary>The measures over some prompts, each with its 95 % interval.</summary>
    /// <param name="prompts">The outcome of each prompt, all with the same number of samples; at least one.</param>
    /// <param name="ranked">Whether samples are ranked.</param>
    /// <exception cref="ArgumentException">There is no prompt, or the prompts differ in their number of samples.</exception>
    public static IReadOnlyList<Measure> Of(IReadOnlyList<PromptOutcome> prompts, bool ranked)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        int samples = prompts.Count > 0 ? prompts[0].Samples.Count : 0;
        if (prompts.Count == 0 || prompts.Any(prompt => prompt.Samples.Count != samples))
        {
            throw new ArgumentException("Measures need prompts, all with the same number of samples.", nameof(prompts));
        }

        return [.. Definitions(samples, ranked, twice: prompts[0].Greedy.Second is not null).Select(definition =>
        {
            // Sums of many subsets may leave [0, 1] by rounding.
            double[] values = [.. prompts.Select(prompt => Math.Clamp(definition.Of(prompt), 0, 1))];
            Interval interval = Proportions.Clustered(values, Math.Max(1, definition.Samples));
            return new Measure(definition.Name, Moments.Of(values).Mean, interval.Low, interval.High);
        })];
    }

    /// <summary>The probability that the majority of k of a prompt's samples is right, with ties broken at random.</summary>
    /// <param name="prompt">The outcome of the prompt.</param>
    /// <param name="k">From 1 to the number of samples.</param>
    public static double MajorityRight(PromptOutcome prompt, int k)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var opinions = prompt.Samples.Where(sample => sample.Vote.Length > 0).GroupBy(sample => sample.Vote).ToArray();
        int[] votes = [.. opinions.Select(opinion => opinion.Count())];
        int silent = prompt.Samples.Count - votes.Sum();

        // If a reward requires more than the answer (a form, a length), samples with the same answer may be right or wrong.
        return Enumerable.Range(0, opinions.Length)
            .Select(i => (Answer: i, Right: opinions[i].Average(sample => sample.Right ? 1.0 : 0)))
            .Where(opinion => opinion.Right > 0)
            .Sum(opinion => opinion.Right * TestTimeCompute.MajorityAtK(votes, opinion.Answer, silent, k));
    }

    internal static string Mean(int samples) => At("mean", samples);

    private static IEnumerable<Definition> Definitions(int samples, bool ranked, bool twice) =>
        [.. OfCompletions(samples, ranked), .. twice ? OfSecondAttempts(samples) : []];

    private static IEnumerable<Definition> OfSecondAttempts(int samples)
    {
        yield return new Definition($"second_{Greedy}", 1, prompt => prompt.Greedy.Second!.Right ? 1 : 0);
        if (samples > 0)
        {
            yield return new Definition(
                $"second_{Mean(samples)}",
                samples,
                prompt => (double)prompt.Samples.Count(sample => sample.Second!.Right) / samples);
        }
    }

    private static IEnumerable<Definition> OfCompletions(int samples, bool ranked)
    {
        yield return new Definition(Greedy, 1, prompt => prompt.Greedy.Right ? 1 : 0);
        if (samples == 0)
        {
            yield break;
        }

        int[] sizes =
        [
            .. Enumerable.Range(1, 31).Select(power => 1L << power).TakeWhile(k => k < samples).Select(k => (int)k),
            .. samples > 1 ? [samples] : Array.Empty<int>(),
        ];
        yield return new Definition(Mean(samples), samples, prompt => (double)CountRight(prompt) / samples);
        foreach (int k in sizes)
        {
            yield return new Definition(At("pass", k), samples, prompt => TestTimeCompute.PassAtK(samples, CountRight(prompt), k));
        }

        // Two votes decide no more than one does.
        foreach (int k in sizes.Where(k => k > 2))
        {
            yield return new Definition(At("maj", k), samples, prompt => MajorityRight(prompt, k));
        }

        foreach (int k in ranked ? sizes : [])
        {
            yield return new Definition(At("best", k), samples, prompt => TestTimeCompute.BestAtK(
                [.. prompt.Samples.Select(sample => sample.Rank)], [.. prompt.Samples.Select(sample => sample.Right ? 1.0 : 0)], k));
        }
    }

    private static int CountRight(PromptOutcome prompt) => prompt.Samples.Count(sample => sample.Right);

    private static string At(string name, int k) => string.Create(CultureInfo.InvariantCulture, $"{name}@{k}");

    private sealed record Definition(string Name, int Samples, Func<PromptOutcome, double> Of);
}
