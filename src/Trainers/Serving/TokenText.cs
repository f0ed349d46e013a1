using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Serving;

/// <summary>The text of tokens that follow a prompt, as they come: whole characters only.</summary>
internal sealed class TokenText
{
    private readonly ITokenizer _tokenizer;
    private readonly StreamingDecoder? _decoder;

    /// <summary>Begins after a prompt.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">The prompt's tokens.</param>
    public TokenText(ITokenizer tokenizer, IEnumerable<int> prompt)
    {
        _tokenizer = tokenizer;
        _decoder = (tokenizer as PretrainedTokenizer)?.StartDecoding();
        foreach (int token in prompt)
        {
            _decoder?.Append(token);
        }
    }

    /// <summary>Adds a token.</summary>
    /// <param name="token">Its id.</param>
    /// <returns>The text that is known now.</returns>
    public string Append(int token) => _decoder is null ? _tokenizer.Decode([token]) : _decoder.Append(token);

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back.</returns>
    public string Finish() => _decoder?.Finish() ?? "";
}
