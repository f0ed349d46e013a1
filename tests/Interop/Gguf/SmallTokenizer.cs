using System.Globalization;
using System.Text.Json;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>A small byte-level byte-pair tokenizer.json, with merges for a few words.</summary>
internal static class SmallTokenizer
{
    public const string GptWords = "gpt-2";
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string End = "<|end_of_text|>";
    public const string Beginning = "<|begin_of_text|>";
    public const string Tool = "<tool>";

    private const string Words =
        "the quick brown fox jumps over lazy dog and then comes home again with 123 more stories they've told'll don't This IS Here";

    /// <summary>The text of tokenizer.json.</summary>
    /// <param name="expression">How words are cut: an expression, or <see cref="GptWords"/>.</param>
    /// <param name="begins">Whether encoded texts begin with <see cref="Beginning"/>.</param>
    public static string Create(string expression, bool begins)
    {
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(value => ByteText((byte)value))];
        var merges = new List<string[]>();
        foreach (string word in Words.Split(' ').SelectMany(word => new[] { word, " " + word }).Where(word => word.Length > 1))
        {
            string left = "";
            foreach (string character in System.Text.Encoding.UTF8.GetBytes(word).Select(ByteText))
            {
                if (left.Length > 0 && !tokens.Contains(left + character))
                {
                    merges.Add([left, character]);
                    tokens.Add(left + character);
                }

                left += character;
            }
        }

        int count = tokens.Count;
        var root = new Dictionary<string, object?>
        {
            ["version"] = "1.0",
            ["added_tokens"] = new[] { Added(count, Beginning, true), Added(count + 1, End, true), Added(count + 2, Tool, false) },
            ["normalizer"] = expression == Qwen2 ? Part("NFC") : null,
            ["pre_tokenizer"] = expression == GptWords ? ByteLevel(true) : Part(
                "Sequence",
                ("pretokenizers", new object[]
                {
                    Part("Split", ("pattern", Values(("Regex", expression))), ("behavior", "Isolated"), ("invert", false)),
                    ByteLevel(false),
                })),
            ["post_processor"] = begins ? Template(count) : ByteLevel(false),
            ["decoder"] = ByteLevel(true),
            ["model"] = Part(
                "BPE",
                ("unk_token", null),
                ("ignore_merges", expression == Llama3),
                ("vocab", tokens.Index().ToDictionary(token => token.Item, token => token.Index)),
                ("merges", merges)),
        };
        return JsonSerializer.Serialize(root);
    }

    private static Dictionary<string, object?> Template(int beginning) => Part(
        "TemplateProcessing",
        ("single", new[] { Token(Beginning), Sequence("A") }),
        ("pair", new[] { Token(Beginning), Sequence("A"), Token(Beginning), Sequence("B") }),
        ("special_tokens", Values((Beginning, Values(("id", Beginning), ("ids", new[] { beginning }), ("tokens", new[] { Beginning }))))));

    private static Dictionary<string, object?> Token(string id) => Values(("SpecialToken", Values(("id", id), ("type_id", 0))));

    private static Dictionary<string, object?> Sequence(string id) => Values(("Sequence", Values(("id", id), ("type_id", 0))));

    private static Dictionary<string, object?> ByteLevel(bool cutsWords) =>
        Part("ByteLevel", ("add_prefix_space", false), ("trim_offsets", true), ("use_regex", cutsWords));

    private static Dictionary<string, object?> Added(int id, string content, bool isSpecial) => Values(
        ("id", id), ("content", content), ("single_word", false), ("lstrip", false), ("rstrip", false), ("normalized", false),
        ("special", isSpecial));

    private static Dictionary<string, object?> Part(string type, params (string Key, object? Value)[] values) =>
        Values([("type", type), .. values]);

    private static Dictionary<string, object?> Values(params (string Key, object? Value)[] values) =>
        values.ToDictionary(value => value.Key, value => value.Value);

    // The visible character that stands for a byte: itself where it is visible in Latin-1, and one from U+0100 on for the others.
    private static string ByteText(byte value)
    {
        static bool IsVisible(int code) => code is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
        int hidden = Enumerable.Range(0, value).Count(code => !IsVisible(code));
        return ((char)(IsVisible(value) ? value : 256 + hidden)).ToString(CultureInfo.InvariantCulture);
    }
}
