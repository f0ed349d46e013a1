using RlCore.Trainers.Tokenizers.Pretrained;

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

    /// <summary>Tokens that begin every sequence, such as a beginning-of-sequence token; empty for none.</summary>
    IReadOnlyList<int> Beginning => [];

    /// <summary>The tokens that end a completion: <see cref="EndOfSequence"/>, and others such as the end of a turn.</summary>
    IReadOnlyList<int> Ends => [EndOfSequence];

    /// <summary>How the model wants conversations as text; null where it has no chat template.</summary>
    /// <exception cref="Inputs.InputException">The template uses what is not supported.</exception>
    ChatTemplate? Chat => null;

    /// <summary>The files that a model's folder keeps of the tokenizer: text by file name.</summary>
    IReadOnlyDictionary<string, string> Files => new Dictionary<string, string> { [TokenizerFile.FileName] = ToJson() };

    /// <summary>
    /// Encodes a text that begins a sequence: <see cref="Beginning"/>, then the text. A text that begins with these tokens already gets
    /// no second copy.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens; empty on failure.</param>
    /// <param name="firstUnknown">Index in <paramref name="text"/> of the first character that has no token; −1 on success.</param>
    /// <returns>Whether every character has a token.</returns>
    bool TryEncodePrompt(string text, out int[] tokens, out int firstUnknown)
    {
        bool known = TryEncode(text, out tokens, out firstUnknown);
        tokens = known && !HasBeginning(tokens) ? [.. Beginning, .. tokens] : tokens;
        return known;
    }

    /// <summary>Whether a sequence begins with <see cref="Beginning"/>; any does where that is empty.</summary>
    /// <param name="tokens">The sequence.</param>
    internal bool HasBeginning(IEnumerable<int> tokens) => tokens.Take(Beginning.Count).SequenceEqual(Beginning);

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

    /// <summary>Encodes a text, and says where each token lies in it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spans">For each token, the characters (UTF-16 units) that it stands for.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    /// <exception cref="NotSupportedException">
    /// The texts of single tokens do not make up the text, and the tokenizer has no such method of its own.
    /// </exception>
    int[] Encode(string text, out TokenSpan[] spans)
    {
        int[] tokens = Encode(text);
        spans = new TokenSpan[tokens.Length];
        int at = 0;
        bool follows = true;
        for (int i = 0; i < tokens.Length && follows; i++)
        {
            string piece = Decode([tokens[i]]);
            follows = text.AsSpan(at).StartsWith(piece);
            spans[i] = new TokenSpan(at, at + piece.Length);
            at += piece.Length;
        }

        return follows && at == text.Length
            ? tokens
            : throw new NotSupportedException($"The {Describe()} does not say where the tokens of a text lie in it.");
    }

    /// <summary>
    /// Encodes text that follows other tokens, such as a completion: what a tokenizer puts before the first word of a text is left out.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    int[] EncodeContinuation(string text) => Encode(text);

    /// <summary>Encodes text that follows other tokens: see <see cref="EncodeContinuation"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens; empty on failure.</param>
    /// <param name="firstUnknown">Index in <paramref name="text"/> of the first character that has no token; −1 on success.</param>
    /// <returns>Whether every character has a token.</returns>
    internal bool TryEncodeContinuation(string text, out int[] tokens, out int firstUnknown)
    {
        bool known = TryEncode(text, out tokens, out firstUnknown);
        tokens = known ? EncodeContinuation(text) : [];
        return known;
    }

    /// <summary>The text of a sequence's tokens from a position on, as it reads after the tokens before it.</summary>
    /// <param name="tokens">Prompt and completion.</param>
    /// <param name="start">The first token to read.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside of the vocabulary.</exception>
    string DecodeFrom(ReadOnlySpan<int> tokens, int start) => Decode(tokens[start..]);

    /// <summary>Encodes a text that begins a sequence: see <see cref="TryEncodePrompt"/>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    int[] EncodePrompt(string text) => TryEncodePrompt(text, out int[] tokens, out _) ? tokens : Encode(text);

    /// <summary>The text of tokens; the end-of-sequence token reads as nothing.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside of the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> tokens);

    /// <summary>One phrase for display: kind, size and characters.</summary>
    string Describe();

    /// <summary>The whole tokenizer as JSON, the same bytes for equal tokenizers. <see cref="TokenizerFile"/> reads it back.</summary>
    string ToJson();
}
