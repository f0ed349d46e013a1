
namespace RlCore.Trainers.Models;

/// <summary>
/// The rows of a table over all prefixes of a small language: the tokens of a prefix are digits, and shorter prefixes come
/// first.
/// </summary>
internal static class PrefixTable
{
    private const int MostCells = 1 << 24;

    /// <summary>The number of prefixes that the next token may depend on: V + V² + … + V^(context − 1).</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="context">Maximum tokens per sequence, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many to store.</exception>
    public static int Count(int vocabularySize, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        long prefixes = 0;
        for (int length = 1; length < context; length++)
        {
            prefixes = (prefixes * vocabularySize) + vocabularySize;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixes * vocabularySize, MostCells, nameof(context));
        }

        return (int)prefixes;
    }

    /// <summary>The row of a prefix.</summary>
    /// <param name="prefix">At least one token.</param>
    /// <param name="vocabularySize">V.</param>
    public static int RowOf(ReadOnlySpan<int> prefix, int vocabularySize)
    {
        int row = -1;
        foreach (int token in prefix)
        {
            row = Next(row, token, vocabularySize);
        }

        return row;
    }

    /// <summary>The row at each position of right-padded sequences; row 0 at padding, which is never read.</summary>
    /// <param name="tokens">batch · time tokens.</param>
    /// <param name="lengths">Number of tokens of each sequence, without padding.</param>
    /// <param name="time">Padded width.</param>
    /// <param name="vocabularySize">V.</param>
    public static int[] RowsOf(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, int vocabularySize)
    {
        var rows = new int[tokens.Length];
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            int row = -1;
            for (int i = sequence * time; i < (sequence * time) + lengths[sequence]; i++)
            {
                row = Next(row, tokens[i], vocabularySize);
                rows[i] = row;
            }
        }

        return rows;
    }

    /// <summary>The row of a prefix with one more token; −1 stands for the empty prefix.</summary>
    internal static int Next(int row, int token, int vocabularySize) => ((row + 1) * vocabularySize) + token;
}
