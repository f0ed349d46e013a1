using System.Text;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;
using RlCore.Trainers.Tokenizers.Training;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>
/// Small tokenizers as Hugging Face's libraries write them: one of bytes, and one of characters with a fall-back to bytes.
/// </summary>
internal static class MadeTokenizers
{
    public static IReadOnlyDictionary<string, string> OfBytes { get; } = MakeOfBytes();

    public static IReadOnlyDictionary<string, string> OfCharacters { get; } = new Dictionary<string, string>
    {
        [TokenizerFile.FileName] = MakeOfCharacters(),
        ["tokenizer_config.json"] = """{ "bos_token": "<s>", "eos_token": "</s>", "add_bos_token": true }""",
    };

    public static PretrainedTokenizer Bytes { get; } = PretrainedTokenizer.Parse(OfBytes, "bytes");

    public static PretrainedTokenizer Characters { get; } = PretrainedTokenizer.Parse(OfCharacters, "characters");

    public static IReadOnlyDictionary<string, string> With(
        this IReadOnlyDictionary<string, string> files,
        string name,
        string text) => new Dictionary<string, string>(files) { [name] = text };

    private static IReadOnlyDictionary<string, string> MakeOfBytes()
    {
        var training = new BytePairTraining();
        for (int i = 0; i < 2; i++)
        {
            training.Add("the theory of the other and there they are 日本語と日本 don't 1212 12\n\n  x");
        }

        return BytePairFiles.Write(training.Learn(320, null, CancellationToken.None), ["<|endoftext|>", "<|im_end|>"]);
    }

    private static string MakeOfCharacters()
    {
        string[] tokens =
        [
            "<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), "▁",
            .. "abcdefghijklmnopqrstuvwxyz".Select(letter => letter.ToString()), "▁▁", "▁t", "he", "▁the", "an", "and", "▁and",
        ];
        string vocabulary = string.Join(", ", tokens.Select((token, id) => $"\"{token}\": {id}"));
        var merges = new StringBuilder("\"▁ ▁\", \"▁ t\", \"h e\", \"▁t he\", \"a n\", \"an d\", \"▁ and\"");
        return $$"""
            { "version": "1.0", "truncation": null, "padding": null,
              "added_tokens": [ {{Special(0, "<unk>")}}, {{Special(1, "<s>")}}, {{Special(2, "</s>")}} ],
              "normalizer": { "type": "Sequence", "normalizers": [
                { "type": "Prepend", "prepend": "▁" }, { "type": "Replace", "pattern": { "String": " " }, "content": "▁" } ] },
              "pre_tokenizer": null,
              "post_processor": { "type": "TemplateProcessing",
                "single": [ { "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
                            { "SpecialToken": { "id": "</s>", "type_id": 0 } } ],
                "pair": [],
                "special_tokens": { "<s>": { "id": "<s>", "ids": [1], "tokens": ["<s>"] },
                                    "</s>": { "id": "</s>", "ids": [2], "tokens": ["</s>"] } } },
              "decoder": { "type": "Sequence", "decoders": [
                { "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "ByteFallback" }, { "type": "Fuse" },
                { "type": "Strip", "content": " ", "start": 1, "stop": 0 } ] },
              "model": { "type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
                "vocab": { {{vocabulary}} }, "merges": [ {{merges}} ] } }
            """;
    }

    private static string Special(int id, string content) =>
        $$"""
        { "id": {{id}}, "content": "{{content}}", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true }
        """;
}
