namespace RlCore.Trainers.Tokenizers;

/// <summary>A conversation as text, and which parts of it the assistant writes.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="Turns">
/// The parts that the assistant writes, in order: each begins after the prompt of its turn, and holds what ends the turn.
/// </param>
public sealed record ChatRendering(string Text, IReadOnlyList<TextSpan> Turns)
{
    /// <inheritdoc/>
    public bool Equals(ChatRendering? other) => other is not null && Text == other.Text && Turns.SequenceEqual(other.Turns);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Turns.Count);
}
