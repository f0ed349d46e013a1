namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// Converts text to tokens and back. Padding is given by lengths, so there is no padding token; the end-of-sequence token stands for no
/// text, so no text encodes to it.
/// </summary>
public interface ITokenizer
{
    /// <summary>Number of tokens, the end-of-sequence token included. Ids are 0 … this − 1.</summary>
    int VocabularySize { get; }

    /// <summary>Id of the token that ends a completion.</summary>
    int EndOfSequence { get; }

    /// <summary>Encodes text, without an end-of-sequence token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens; empty on failure.</param>
    /// <param name="firstUnknown">Index in <paramref name="text"/> of the first character that has no token; −1 on success.</param>
    /// <returns>Whether every character has a token.</returns>
    bool TryEncode(string text, out int[] tokens, out int firstUnknown);

    /// <summary>Encodes text, without an end-of-sequence token.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    int[] Encode(string text) => TryEncode(text, out int[] tokens, out int unknown)
        ? tokens
        : throw new ArgumentException(
            $"What begins at character {unknown + 1} of \"{text}\" has no token: this is a {Describe()}.",
            nameof(text));

    /// <summary>The text of tokens; the end-of-sequence token reads as nothing.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside of the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> tokens);

    /// <summary>One phrase for display: kind, size and characters.</summary>
    string Describe();

    /// <summary>The whole tokenizer as JSON, the same bytes for equal tokenizers. <see cref="TokenizerFile"/> reads it back.</summary>
    string ToJson();
}
