namespace RlCore.Trainers.Tokenizers;

/// <summary>A part of a text, in UTF-16 units.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="Length">How many units it has.</param>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>The unit after the last.</summary>
    public int End => Start + Length;
}
