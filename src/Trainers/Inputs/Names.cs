namespace RlCore.Trainers.Inputs;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Names
{
    /// <summary>The known name closest to what was typed, ignoring case.</summary>
    /// <param name="typed">The arguments as typed.</param>
    /// <param name="known">Known names.</param>
    /// <param name="nearest">The closest known name, the first of several; empty if none is close.</param>
    /// <returns>Whether one is close: its distance is at most a third of the longer name, or 2.</returns>
    public static bool TryNearest(string typed, IEnumerable<string> known, out string nearest)
    {
        nearest = "";
        int best = int.MaxValue;
        foreach (string name in known)
        {
            int distance = Distance(typed, name);
            if (distance < best && distance <= Math.Max(2, Math.Max(typed.Length, name.Length) / 3))
            {
                (best, nearest) = (distance, name);
            }
        }

        return best < int.MaxValue;
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
