using System.Runtime.InteropServices;

namespace RlCore.Trainers.Tokenizers.Training;

/// <summary>How often each pair of neighbouring symbols occurs in a list of words, kept exact while pairs are merged.</summary>
internal sealed class PairCounts
{
    private readonly List<(int[] Symbols, long Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];

    // The highest count first; of equals the lower ids. An entry may be out of date: the count tells.
    private readonly PriorityQueue<(int Left, int Right), (long Negative, int Left, int Right)> _queue = new();

    /// <summary>Counts the pairs of words.</summary>
    /// <param name="words">Symbols of each word, and how often it occurs.</param>
    public PairCounts(IEnumerable<(int[] Symbols, long Count)> words)
    {
        foreach ((int[] symbols, long count) in words)
        {
            _words.Add((symbols, count));
            Count(_words.Count - 1, +1);
        }

        foreach ((int, int) pair in _counts.Keys)
        {
            Enqueue(pair);
        }
    }

    /// <summary>The most frequent pair.</summary>
    /// <param name="fewest">The lowest count that matters.</param>
    /// <param name="pair">The pair.</param>
    public bool TryTop(long fewest, out (int Left, int Right) pair)
    {
        while (_queue.TryDequeue(out pair, out (long Negative, int, int) priority))
        {
            long count = _counts.GetValueOrDefault(pair);
            if (count == -priority.Negative)
            {
                return count >= fewest;
            }

            if (count > 0)
            {
                Enqueue(pair);
            }
        }

        return false;
    }

    /// <summary>Writes one symbol for each occurrence of a pair, from the left.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="symbol">The symbol.</param>
    public void Merge((int Left, int Right) pair, int symbol)
    {
        var grown = new HashSet<(int, int)>();
        _places.Remove(pair, out HashSet<int>? places);
        foreach (int word in places ?? [])
        {
            Count(word, -1);
            int[] merged = Merge(_words[word].Symbols, pair, symbol);
            _words[word] = _words[word] with { Symbols = merged };
            Count(word, +1);
            for (int i = 1; i < merged.Length; i++)
            {
                if (merged[i - 1] == symbol || merged[i] == symbol)
                {
                    grown.Add((merged[i - 1], merged[i]));
                }
            }
        }

        _counts.Remove(pair);
        foreach ((int, int) next in grown)
        {
            Enqueue(next);
        }
    }

    private static int[] Merge(int[] symbols, (int Left, int Right) pair, int symbol)
    {
        var merged = new List<int>(symbols.Length);
        for (int i = 0; i < symbols.Length; i++)
        {
            bool match = i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            merged.Add(match ? symbol : symbols[i]);
            i += match ? 1 : 0;
        }

        return [.. merged];
    }

    private void Count(int word, int sign)
    {
        (int[] symbols, long count) = _words[word];
        for (int i = 1; i < symbols.Length; i++)
        {
            var pair = (symbols[i - 1], symbols[i]);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
            if (sign > 0)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _) ??= []).Add(word);
            }
        }
    }

    private void Enqueue((int Left, int Right) pair) => _queue.Enqueue(pair, (-_counts[pair], pair.Left, pair.Right));
}
