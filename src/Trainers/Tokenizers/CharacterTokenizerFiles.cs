using System.Text.Json;
using System.Text.Json.Nodes;

namespace RlCore.Trainers.Tokenizers;

/// <summary>A tokenizer of characters as the files that other programs read: byte-pair encoding without any merge.</summary>
internal static class CharacterTokenizerFiles
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>The files: text by file name.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public static IReadOnlyDictionary<string, string> Of(CharacterTokenizer tokenizer)
    {
        string end = CharacterTokenizer.EndOfSequenceName;
        var vocabulary = new JsonObject { [end] = tokenizer.EndOfSequence };
        foreach (var (index, rune) in tokenizer.Characters.EnumerateRunes().Index())
        {
            vocabulary[rune.ToString()] = index + 1;
        }

        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(new JsonObject
            {
                ["id"] = tokenizer.EndOfSequence,
                ["content"] = end,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        return new Dictionary<string, string>
        {
            [TokenizerFile.FileName] = root.ToJsonString(Options) + "\n",
            [ChatTemplateFiles.Configuration] = new JsonObject
            {
                ["clean_up_tokenization_spaces"] = false,
                ["eos_token"] = end,
                ["tokenizer_class"] = "PreTrainedTokenizerFast",
            }.ToJsonString(Options) + "\n",
        };
    }
}
