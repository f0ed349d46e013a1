namespace RlCore.Trainers.Inputs;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Names
{
    /// <summary>The known name closest to what was typed, ignoring case.</summary>
    /// <param name="typed">The arguments as typed.</param>
    /// <param name="known">Known names.</param>
    /// <param name="nearest">The closest known name, the first of several; empty if none is close.</param>
    /// <param name="anyStart">Whether it may begin in another way, as names of files do.</param>
    /// <returns>
    /// Whether one is close: it begins in the same way, or with the first two letters exchanged, and its distance is at most a third of the
    /// longer name; 1 in names of three letters, 2 in longer ones. Another first letter often makes another name: ppo and dpo.
    /// </returns>
    public static bool TryNearest(string typed, IEnumerable<string> known, out string nearest, bool anyStart = false)
    {
        nearest = "";
        int best = int.MaxValue;
        foreach (string name in known)
        {
            int longest = Math.Max(typed.Length, name.Length);
            int most = Math.Min(best - 1, Math.Max(longest <= 3 ? 1 : 2, longest / 3));

            // What is much longer is not compared: a key may be as long as its file.
            if (Math.Abs(typed.Length - name.Length) <= most && Distance(typed, name) is var distance && distance <= most
                && (anyStart || BeginAlike(typed, name)))
            {
                (best, nearest) = (distance, name);
            }
        }

        return best < int.MaxValue;
    }

    private static bool BeginAlike(string typed, string name)
    {
        string a = typed.ToUpperInvariant(), b = name.ToUpperInvariant();
        return a.Length > 0 && b.Length > 0 && (a[0] == b[0] || (a.Length > 1 && b.Length > 1 && a[0] == b[1] && a[1] == b[0]));
    }

    /// <summary>
    /// Edit distance between two names, ignoring case: insertions, deletions, substitutions and transpositions
    /// (optimal string alignment).
    /// </summary>
    /// <param name="first">A name.</param>
    /// <param name="second">A name.</param>
    public static int Distance(string first, string second)
    {
        string a = first.ToUpperInvariant();
        string b = second.ToUpperInvariant();
        var edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0 ? i + j : Cell(edits, a, b, i, j);
            }
        }

        return edits[a.Length, b.Length];
    }

    private static int Cell(int[,] edits, string a, string b, int i, int j)
    {
        int replace = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        int least = Math.Min(replace, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
        bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        return swapped ? Math.Min(least, edits[i - 2, j - 2] + 1) : least;
    }
}
