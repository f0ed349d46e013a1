using RlCore.Algebra;

namespace RlCore;

/// <summary>Checks of what callers pass: every message names both shapes.</summary>
internal static class Shapes
{
    /// <summary>One number per token of the mask.</summary>
    public static void CheckTokens(int length, SequenceMask mask, string name)
    {
        if (length != mask.Flags.Length)
        {
            throw new ArgumentException(
                $"{name} has {length} elements, but the mask is {mask.Rows} × {mask.Columns}: {mask.Flags.Length} are needed.", name);
        }
    }

    /// <summary>One number per row of the mask.</summary>
    public static void CheckRows(int length, SequenceMask mask, string name)
    {
        if (length != mask.Rows)
        {
            throw new ArgumentException(
                $"{name} has {length} elements, but the mask is {mask.Rows} × {mask.Columns}: one a row is needed.", name);
        }
    }

    /// <summary>One number per token of the mask, or one per row, which all of its tokens share.</summary>
    public static void CheckTokensOrRows(int length, SequenceMask mask, string name)
    {
        if (length != mask.Flags.Length && length != mask.Rows)
        {
            throw new ArgumentException(
                $"{name} has {length} elements, but the mask is {mask.Rows} × {mask.Columns}: one a token ({mask.Flags.Length}) or one a "
                    + $"row ({mask.Rows}) is needed.",
                name);
        }
    }

    /// <summary>As many as the other.</summary>
    public static void CheckSame(int length, int expected, string name, string other)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements, but {other} has {expected}: one of each is needed.", name);
        }
    }

    /// <summary>At least one.</summary>
    public static void CheckSome(int length, string name)
    {
        if (length == 0)
        {
            throw new ArgumentException($"{name} is empty: the mean of nothing is undefined.", name);
        }
    }
}
