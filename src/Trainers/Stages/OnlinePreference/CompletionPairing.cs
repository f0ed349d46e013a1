using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Which two completions of a prompt make a pair.</summary>
public enum PairingKind
{
    /// <summary>The best and the worst by reward; the earlier one of equal completions.</summary>
    BestWorst,

    /// <summary>Two random ones, the better first.</summary>
    Random,
}

/// <summary>Pairs of completions by their rewards, as pure functions.</summary>
internal static class CompletionPairing
{
    /// <summary>
    /// The better and the worse completion of one prompt. Two equally good or identical completions
    /// make no pair.
    /// </summary>
    /// <param name="kind">Which two completions.</param>
    /// <param name="sequences">The prompt's completions, at least two.</param>
    /// <param name="rewards">One reward a completion.</param>
    /// <param name="uniform">A number in [0, 1), which selects the two if they are random.</param>
    /// <param name="pair">Indices of the better and the worse.</param>
    /// <exception cref="ArgumentException">There are fewer than two completions, or the number of rewards differs.</exception>
    public static bool TryFind(
        PairingKind kind,
        IReadOnlyList<TokenSequence> sequences,
        ReadOnlySpan<double> rewards,
        double uniform,
        out (int Better, int Worse) pair)
    {
        if (sequences.Count < 2 || sequences.Count != rewards.Length)
        {
            throw new ArgumentException(
                $"A pair needs at least two completions with a reward each, but there are {sequences.Count} with {rewards.Length}.",
                nameof(rewards));
        }

        pair = kind == PairingKind.Random
            ? Two(rewards.Length, uniform)
            : (IndexOfLargest(rewards, sign: 1), IndexOfLargest(rewards, sign: -1));
        if (rewards[pair.Better] < rewards[pair.Worse])
        {
            pair = (pair.Worse, pair.Better);
        }

        return rewards[pair.Better] > rewards[pair.Worse] && !sequences[pair.Better].Equals(sequences[pair.Worse]);
    }

    // One of the n(n − 1) ordered pairs of different indices.
    private static (int First, int Second) Two(int count, double uniform)
    {
        int drawn = (int)(uniform * count * (count - 1));
        int first = drawn / (count - 1);
        int second = drawn % (count - 1);
        return (first, second >= first ? second + 1 : second);
    }

    private static int IndexOfLargest(ReadOnlySpan<double> values, int sign)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            largest = sign * values[i] > sign * values[largest] ? i : largest;
        }

        return largest;
    }
}
