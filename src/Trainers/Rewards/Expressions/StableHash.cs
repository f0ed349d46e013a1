namespace RlCore.Trainers.Rewards;

/// <summary>Pseudo-random numbers by name: the same in every process, so that a score can be repeated.</summary>
internal static class StableHash
{
    /// <summary>64 bits of a text and a number. FNV-1a with the finalizer of SplitMix64.</summary>
    /// <param name="text">The text.</param>
    /// <param name="salt">The number.</param>
    public static ulong Of(string text, int salt)
    {
        ulong hash = 14695981039346656037UL + (ulong)salt;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }
}

/// <summary>Values for the variables of an expression.</summary>
/// <param name="index">Which of several.</param>
/// <param name="isWhole">Whether the values are whole numbers from 2 to 12, where factorials are defined.</param>
internal sealed class SamplePoint(int index, bool isWhole)
{
    /// <summary>A value that is a binary fraction of 24 bits, for exact arithmetic.</summary>
    /// <param name="name">The variable.</param>
    public Rational Exact(string name) => isWhole ? Whole(name) : Signed(name, 1 << 24);

    /// <summary>A value between −2 and 2 that is a binary fraction, for arithmetic in floating point.</summary>
    /// <param name="name">The variable.</param>
    public Rational Near(string name) => isWhole ? Whole(name) : Signed(name, 128);

    private Rational Whole(string name) => new((int)(StableHash.Of(name, index) % 11) + 2, 1);

    // An odd numerator, so that it is none of −1, 0 and 1.
    private Rational Signed(string name, int range)
    {
        ulong hash = StableHash.Of(name, index);
        long numerator = (long)((hash >> 1) % (ulong)range) | 1;
        return new Rational((hash & 1) == 0 ? numerator : -numerator, 64);
    }
}
