using System.Runtime.InteropServices;
using System.Text;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tokenizers.Training;

/// <summary>
/// Learns byte-level byte-pair encoding from texts: words as GPT-2's expression cuts them, and among their pairs always the most frequent,
/// of equals the one whose left token, then right token, has the lower id. Counts are exact, so that equal texts give equal merges in
/// whatever order they come. Source: Sennrich et al. 2016, algorithm 1; Radford et al. 2019, section 2.2.
/// </summary>
internal sealed class BytePairTraining
{
    // A pair seen once says nothing about the next text.
    private const long FewestCount = 2;

    private readonly Dictionary<string, long> _counts = [];
    private readonly Splitter _splitter = new Gpt2Splitter();

    /// <summary>Number of different words.</summary>
    public int Words => _counts.Count;

    /// <summary>Counts the words of a text.</summary>
    /// <param name="text">The text; half of a surrogate pair counts as U+FFFD.</param>
    public void Add(string text)
    {
        ReadOnlySpan<char> chars = text;
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int start = 0; start < chars.Length;)
        {
            int end = _splitter.End(chars, start);
            CollectionsMarshal.GetValueRefOrAddDefault(lookup, chars[start..end], out _)++;
            start = end;
        }
    }

    /// <summary>Learns merges.</summary>
    /// <param name="size">Number of tokens wanted, the 256 bytes included.</param>
    /// <param name="progress">Told how many tokens there are; null for nobody.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>The merges in their order, each of two tokens as bytes. Fewer than asked where no pair occurs twice.</returns>
    public IReadOnlyList<(byte[] Left, byte[] Right)> Learn(int size, Action<int>? progress, CancellationToken stop)
    {
        var learner = new PairCounts(_counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
            (Symbols: Encoding.UTF8.GetBytes(pair.Key).Select(value => (int)value).ToArray(), pair.Value)));
        var tokens = new List<byte[]>(Enumerable.Range(0, 256).Select(value => (byte[])[(byte)value]));
        var merges = new List<(byte[], byte[])>();
        while (tokens.Count < size && learner.TryTop(FewestCount, out (int Left, int Right) best))
        {
            stop.ThrowIfCancellationRequested();
            merges.Add((tokens[best.Left], tokens[best.Right]));
            learner.Merge(best, tokens.Count);
            tokens.Add([.. tokens[best.Left], .. tokens[best.Right]]);
            progress?.Invoke(tokens.Count);
        }

        return merges;
    }
}
