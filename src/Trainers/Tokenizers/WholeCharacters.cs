using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// The text of a completion while it is drawn. A token may end within a character, whose bytes the next tokens complete: only whole
/// characters are told.
/// </summary>
internal sealed class WholeCharacters
{
    private const char Replacement = '\uFFFD';

    private readonly ITokenizer _tokenizer;
    private readonly StreamingDecoder? _decoder;
    private readonly List<int> _tokens;
    private readonly int _start;
    private string _told = "";

    /// <summary>The text of a completion.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">The tokens that it follows.</param>
    public WholeCharacters(ITokenizer tokenizer, IReadOnlyList<int> prompt)
    {
        _tokenizer = tokenizer;
        _tokens = [.. prompt];
        _start = prompt.Count;
        _decoder = (tokenizer as PretrainedTokenizer)?.StartDecoding();
        foreach (int token in prompt)
        {
            _decoder?.Append(token);
        }
    }

    /// <summary>Prompt and completion so far.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Adds a token.</summary>
    /// <param name="token">The token.</param>
    /// <returns>The text that can be told now.</returns>
    public string Append(int token)
    {
        _tokens.Add(token);
        return _decoder?.Append(token) ?? Next();
    }

    /// <summary>Ends the completion.</summary>
    /// <returns>What is left, bytes that have become no character included.</returns>
    public string Finish() => _decoder?.Finish() ?? Tell(Text);

    private string Text => _tokenizer.DecodeFrom([.. _tokens], _start);

    // A tokenizer of a program's own is asked for the whole text each time; bytes that are no character yet read as replacements.
    private string Next()
    {
        string text = Text.TrimEnd(Replacement);
        text = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
        return text.StartsWith(_told, StringComparison.Ordinal) ? Tell(text) : "";
    }

    private string Tell(string text)
    {
        int known = text.AsSpan().CommonPrefixLength(_told);
        _told = text;
        return text[known..];
    }
}
