using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>
/// Characters as tokens, with a chat template: '&lt;' begins every text, and '.' ends a turn besides the end of sequence.
/// </summary>
internal sealed class ChatTokenizer(string template) : ITokenizer
{
    public const string ChatMl =
        "{% if messages[0].role == 'assistant' %}{{ raise_exception('no user') }}{% endif %}"
        + "<{% for m in messages %}{{ m.role[0] }}:{{ m.content }}.\n{% endfor %}{% if add_generation_prompt %}a:{% endif %}";

    private readonly CharacterTokenizer _characters = new("<.\n :abcdefgstu|0123456789\"[]{}\\,ñ");

    public int VocabularySize => _characters.VocabularySize;

    public int EndOfSequence => _characters.EndOfSequence;

    public IReadOnlyList<int> Beginning => _characters.Encode("<");

    public IReadOnlyList<int> Ends => [EndOfSequence, .. _characters.Encode(".")];

    public ChatTemplate? Chat { get; } = template.Length == 0 ? null : ChatTemplate.Parse(template, "chat");

    public bool TryEncode(string text, out int[] tokens, out int firstUnknown) => _characters.TryEncode(text, out tokens, out firstUnknown);

    public string Decode(ReadOnlySpan<int> tokens) => _characters.Decode(tokens);

    public int[] Characters(string text) => _characters.Encode(text);

    public string Describe() => "tokenizer of a test";

    public string ToJson() => _characters.ToJson();
}
