using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Decodes tokens as they come. A piece of text never ends within a character; all pieces together, with what <see cref="Finish"/>
/// returns, are the text of all tokens.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly TextAssembler _assembler;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    internal StreamingDecoder(TextAssembler assembler) => _assembler = assembler;

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The text that is known now; empty while a character is incomplete.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside of the vocabulary.</exception>
    public string Append(int id)
    {
        _assembler.Add(id);
        return Read(last: false);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back: an incomplete character reads as U+FFFD.</returns>
    public string Finish()
    {
        _assembler.Release();
        return Read(last: true);
    }

    private string Read(bool last)
    {
        ReadOnlySpan<byte> bytes = _assembler.Bytes;
        if (bytes.IsEmpty && !last)
        {
            return "";
        }

        var chars = new char[_decoder.GetCharCount(bytes, last)];
        _decoder.GetChars(bytes, chars, last);
        _assembler.Take();
        return new string(chars);
    }
}
