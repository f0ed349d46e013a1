using System.Text;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Tests.Serving;

/// <summary>A token for each byte of UTF-8, one that ends a completion, and one that is a whole text.</summary>
internal sealed class ByteTokenizer(string whole = "") : ITokenizer
{
    public const int End = 256;
    public const int Whole = 257;

    public int VocabularySize => 258;

    public int EndOfSequence => End;

    public ChatTemplate Chat { get; } = ChatTemplate.Parse(
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}", "chat");

    public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
    {
        (tokens, firstUnknown) = ([.. Encoding.UTF8.GetBytes(text).Select(one => (int)one)], -1);
        return true;
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        foreach (int token in tokens)
        {
            if (token < End)
            {
                bytes.Add((byte)token);
                continue;
            }

            text.Append(Encoding.UTF8.GetString([.. bytes])).Append(token == Whole ? whole : "");
            bytes.Clear();
        }

        return text.Append(Encoding.UTF8.GetString([.. bytes])).ToString();
    }

    public string Describe() => "tokenizer of bytes";

    public string ToJson() => "{}";
}
