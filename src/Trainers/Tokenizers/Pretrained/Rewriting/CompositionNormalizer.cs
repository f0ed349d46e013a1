using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Unicode normalization form C: each cluster is decomposed, its marks are sorted by their combining class, and what can be composed is
/// composed. Source: Unicode Standard Annex 15.
/// </summary>
internal sealed class CompositionNormalizer : Normalizer
{
    // No character below is changed by any other.
    private const char FirstActive = '\u0300';

    /// <inheritdoc/>
    public override void Apply(AlignedText text, bool prefixes, bool first)
    {
        if (IsNormal(text.Chars))
        {
            return;
        }

        ReadOnlySpan<char> old = text.Rewrite();
        var cluster = new List<Part>();
        for (int at = 0; at < old.Length;)
        {
            int end = ClusterEnd(old, at);
            if (end - at == 1 && UnicodeComposition.IsInert(old[at]))
            {
                text.Emit(old[at], at, end);
                at = end;
                continue;
            }

            cluster.Clear();
            for (int from = at, length; from < end; from += length)
            {
                Rune.DecodeFromUtf16(old[from..], out Rune rune, out length);
                Decompose(cluster, rune.Value, from, from + length);
            }

            if (Sort(cluster))
            {
                // Characters that have changed places stand for the whole cluster, so that spans keep the order of the text.
                Spread(cluster, at, end);
            }

            Compose(cluster);
            Emit(text, cluster);
            at = end;
        }
    }

    private static bool IsNormal(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyExceptInRange('\0', (char)(FirstActive - 1));
        for (int length; at >= 0 && at < text.Length; at += length)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
            if (!UnicodeComposition.IsInert(rune.Value))
            {
                return false;
            }
        }

        return true;
    }

    // A character, and those after it that may change it.
    private static int ClusterEnd(ReadOnlySpan<char> text, int start)
    {
        int at = start;
        Rune rune;
        do
        {
            Rune.DecodeFromUtf16(text[at..], out _, out int length);
            at += length;
        }
        while (at < text.Length && Rune.DecodeFromUtf16(text[at..], out rune, out _) == System.Buffers.OperationStatus.Done
            && !UnicodeComposition.IsInert(rune.Value));
        return at;
    }

    private static void Decompose(List<Part> cluster, int point, int from, int to)
    {
        if (!UnicodeComposition.TryDecompose(point, out (int First, int Second) parts))
        {
            cluster.Add(new Part(point, UnicodeComposition.Class(point), from, to));
            return;
        }

        Decompose(cluster, parts.First, from, to);
        if (parts.Second != 0)
        {
            Decompose(cluster, parts.Second, from, to);
        }
    }

    private static void Spread(List<Part> cluster, int from, int to)
    {
        for (int i = 0; i < cluster.Count; i++)
        {
            cluster[i] = cluster[i] with { From = from, To = to };
        }
    }

    // Marks between two characters of class 0 are sorted; equal classes keep their order. Returns whether a mark has changed places.
    private static bool Sort(List<Part> cluster)
    {
        bool changed = false;
        for (int start = 0; start < cluster.Count;)
        {
            int end = start + 1;
            while (end < cluster.Count && cluster[end].Class != 0)
            {
                end++;
            }

            int first = cluster[start].Class == 0 ? start + 1 : start;
            if (end - first > 1)
            {
                Part[] sorted = [.. cluster.GetRange(first, end - first).OrderBy(part => part.Class)];
                for (int i = 0; i < sorted.Length; i++)
                {
                    changed |= cluster[first + i] != sorted[i];
                    cluster[first + i] = sorted[i];
                }
            }

            start = end;
        }

        return changed;
    }

    private static void Compose(List<Part> cluster)
    {
        int starter = -1;
        int kept = 0;
        int lastClass = -1;
        for (int i = 0; i < cluster.Count; i++)
        {
            Part part = cluster[i];
            bool blocked = lastClass >= part.Class && lastClass >= 0;
            if (starter >= 0 && !blocked && UnicodeComposition.TryCompose(cluster[starter].Point, part.Point, out int whole))
            {
                Part before = cluster[starter];
                cluster[starter] = new Part(whole, 0, Math.Min(before.From, part.From), Math.Max(before.To, part.To));
                continue;
            }

            starter = part.Class == 0 ? kept : starter;
            lastClass = part.Class == 0 ? -1 : part.Class;
            cluster[kept++] = part;
        }

        cluster.RemoveRange(kept, cluster.Count - kept);
    }

    private static void Emit(AlignedText text, List<Part> cluster)
    {
        Span<char> units = stackalloc char[2];
        foreach (Part part in cluster)
        {
            int length = new Rune(part.Point).EncodeToUtf16(units);
            foreach (char unit in units[..length])
            {
                text.Emit(unit, part.From, part.To);
            }
        }
    }

    private readonly record struct Part(int Point, byte Class, int From, int To);
}
