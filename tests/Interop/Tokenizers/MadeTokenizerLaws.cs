using System.Text.Json.Nodes;
using RlCore.Trainers.Tokenizers.Training;

namespace RlCore.Interop.Tests.Tokenizers;

/// <summary>Small tokenizers with each component that is supported do what Hugging Face's own library does.</summary>
public class MadeTokenizerLaws
{
    private const int RandomTexts = 400;

    private static readonly string[] Training =
        [.. Corpus.Fixed.Where(text => text.Length < 100), "the theory of the other", "and there they are 12 1212 ▁the ▁▁the", "12 and 12"];

    public static TheoryData<string, string> Variants { get; } = new()
    {
        { "as trained", "{}" },
        {
            "prefix space",
            """{ "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true } }"""
        },
        {
            "digits before bytes",
            """
            { "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
                { "type": "Digits", "individual_digits": true },
                { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true } ] } }
            """
        },
        {
            "runs of digits before bytes",
            """
            { "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
                { "type": "Digits", "individual_digits": false },
                { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true } ] } }
            """
        },
        { "composition", """{ "normalizer": { "type": "NFC" } }""" },
        { "whole words first", """{ "model": { "ignore_merges": true } }""" },
        {
            "replacement of another length",
            """{ "normalizer": { "type": "Replace", "pattern": { "String": "th" }, "content": "T" } }"""
        },
        {
            "prefix and replacement",
            """
            { "normalizer": { "type": "Sequence", "normalizers": [
                { "type": "Prepend", "prepend": "_x" }, { "type": "Replace", "pattern": { "String": " " }, "content": "__" } ] } }
            """
        },
        { "words stripped of space", Added("""{ "lstrip": true, "rstrip": true }""") },
        { "single words", Added("""{ "single_word": true }""") },
        { "normalized", Added("""{ "normalized": true, "special": false }""") },
        {
            "normalized and replaced",
            Merged(
                Added("""{ "normalized": true, "lstrip": true, "special": false }"""),
                """{ "normalizer": { "type": "Replace", "pattern": { "String": "nd" }, "content": "ND" } }""")
        },
        { "split, isolated", Split("Isolated") },
        { "split, removed", Split("Removed") },
        { "split, with what is before", Split("MergedWithPrevious") },
        { "split, with what is after", Split("MergedWithNext") },
    };

    public static TheoryData<string, string> CharacterVariants { get; } = new()
    {
        { "as Llama 2", "{}" },
        { "unknown characters fused", """{ "model": { "byte_fallback": false, "fuse_unk": true } }""" },
        { "unknown characters apart", """{ "model": { "byte_fallback": false, "fuse_unk": false } }""" },
        { "marker always", Metaspace("always", split: true) },
        { "marker first", Metaspace("first", split: false) },
        { "marker never", Metaspace("never", split: true) },
        { "no marker", """{ "normalizer": null }""" },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Bytes(string name, string changes)
    {
        var training = new BytePairTraining();
        foreach (string text in Training)
        {
            training.Add(text);
        }

        IReadOnlyDictionary<string, string> files = BytePairFiles.Write(
            training.Learn(400, null, CancellationToken.None), ["<|endoftext|>", "<s>", "and", "de"]);
        Compare(files, changes, name);
    }

    [Theory]
    [MemberData(nameof(CharacterVariants))]
    public void Characters(string name, string changes)
    {
        string[] tokens =
        [
            "<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), "▁",
            .. "abcdefghijklmnopqrstuvwxyz0123日".Select(letter => letter.ToString()),
            "▁▁", "▁t", "he", "▁the", "er", "an", "and", "▁and", "x▁", "12",
        ];
        string[] merges = ["▁ ▁", "▁ t", "h e", "▁t he", "e r", "a n", "an d", "▁ and", "x ▁", "1 2"];
        var model = new JsonObject
        {
            ["type"] = "BPE",
            ["unk_token"] = "<unk>",
            ["fuse_unk"] = true,
            ["byte_fallback"] = true,
            ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id))),
            ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
        };
        JsonNode tokenizer = JsonNode.Parse("""
            { "version": "1.0", "truncation": null, "padding": null,
              "added_tokens": [ ],
              "normalizer": { "type": "Sequence", "normalizers": [
                { "type": "Prepend", "prepend": "▁" }, { "type": "Replace", "pattern": { "String": " " }, "content": "▁" } ] },
              "pre_tokenizer": null,
              "post_processor": { "type": "TemplateProcessing",
                "single": [ { "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } } ],
                "pair": [ { "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } } ],
                "special_tokens": { "<s>": { "id": "<s>", "ids": [1], "tokens": ["<s>"] } } },
              "decoder": { "type": "Sequence", "decoders": [
                { "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "ByteFallback" }, { "type": "Fuse" },
                { "type": "Strip", "content": " ", "start": 1, "stop": 0 } ] } }
            """)!;
        tokenizer["model"] = model;
        tokenizer["added_tokens"] = new JsonArray([Special(0, "<unk>", false), Special(1, "<s>", false), Special(2, "</s>", true)]);
        Compare(
            new Dictionary<string, string>
            {
                ["tokenizer.json"] = tokenizer.ToJsonString(), ["tokenizer_config.json"] = """{ "eos_token": "</s>" }""",
            },
            changes,
            name);
    }

    private static JsonObject Special(int id, string content, bool normalized) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = normalized,
        ["special"] = true,
    };

    private static void Compare(IReadOnlyDictionary<string, string> files, string changes, string name)
    {
        JsonNode tokenizer = JsonNode.Parse(files["tokenizer.json"])!;
        Apply(tokenizer.AsObject(), JsonNode.Parse(changes)!.AsObject());
        string folder = Directory.CreateTempSubdirectory("rlcore-interop-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), files["tokenizer_config.json"]);
            Comparison.Run(name, folder, Cases.AtLeast(RandomTexts));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Apply(JsonObject target, JsonObject changes)
    {
        foreach ((string key, JsonNode? value) in changes)
        {
            if (key == "added_tokens")
            {
                foreach (JsonNode? token in target[key]!.AsArray().Skip(1))
                {
                    Apply(token!.AsObject(), value!.AsObject());
                }
            }
            else if (key == "model")
            {
                Apply(target[key]!.AsObject(), value!.AsObject());
            }
            else
            {
                target[key] = value?.DeepClone();
            }
        }
    }

    private static string Added(string flags) => $$"""{ "added_tokens": {{flags}} }""";

    private static string Merged(string first, string second)
    {
        JsonObject both = JsonNode.Parse(first)!.AsObject();
        Apply(both, JsonNode.Parse(second)!.AsObject());
        return both.ToJsonString();
    }

    private static string Split(string behavior) =>
        $$"""
        { "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
            { "type": "Split", "pattern": { "String": "th" }, "behavior": "{{behavior}}", "invert": false },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false } ] } }
        """;

    private static string Metaspace(string scheme, bool split)
    {
        string component =
            $$"""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{(split ? "true" : "false")}} }""";
        return $$"""{ "normalizer": null, "pre_tokenizer": {{component}}, "decoder": {{component}} }""";
    }
}
