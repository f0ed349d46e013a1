using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

/// <summary>The items of an n-gram.</summary>
public enum RepetitionUnit
{
    /// <summary>Words: runs of characters that are not white space.</summary>
    Words,

    /// <summary>The model's tokens.</summary>
    Tokens,
}

/// <summary>
/// Minus the fraction of n-grams that repeat an earlier one: distinct / all − 1, from 0 (no repetition) towards −1 (all the same). A
/// completion shorter than one n-gram scores 0.
/// </summary>
/// <param name="settings">n and its unit.</param>
internal sealed class RepetitionPenalty(RewardSettings.Repetition settings) : SampleReward(settings.Name)
{
    /// <summary>distinct n-grams / all n-grams − 1.</summary>
    /// <param name="items">The items of the n-grams.</param>
    /// <param name="size">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is not positive.</exception>
    public static double Of(ReadOnlySpan<int> items, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        int count = items.Length - size + 1;
        if (count < 1)
        {
            return 0;
        }

        VerifierWork.Spend((long)items.Length * size);

        // An n-gram has a number, built pairwise from the number of its first n − 1 items and its last item.
        int[] numbers = items.ToArray();
        for (int length = 2; length <= size; length++)
        {
            var pairs = new Dictionary<(int, int), int>();
            for (int i = 0; i + length <= items.Length; i++)
            {
                (int, int) pair = (numbers[i], items[i + length - 1]);
                pairs.TryAdd(pair, pairs.Count);
                numbers[i] = pairs[pair];
            }
        }

        return ((double)numbers.Take(count).Distinct().Count() / count) - 1;
    }

    /// <inheritdoc/>
    public override double Score(RewardSample sample)
    {
        if (settings.Unit == RepetitionUnit.Tokens)
        {
            return Of(sample.Sequence.Completion, settings.Size);
        }

        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        string[] words = sample.Completion.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        foreach (string word in words)
        {
            known.TryAdd(word, known.Count);
        }

        return Of([.. words.Select(word => known[word])], settings.Size);
    }
}

public abstract partial record RewardSettings
{
    /// <summary>Minus the fraction of n-grams that repeat an earlier one.</summary>
    public sealed record Repetition : RewardSettings
    {
        /// <summary>n: words or tokens per n-gram.</summary>
        /// <value>3.</value>
        [Within(1)]
        public int Size { get; init; } = 3;

        /// <summary>The items of an n-gram.</summary>
        /// <value>Words.</value>
        public RepetitionUnit Unit { get; init; } = RepetitionUnit.Words;

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => new RepetitionPenalty(this);
    }
}
