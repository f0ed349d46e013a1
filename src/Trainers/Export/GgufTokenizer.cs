using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Export;

/// <summary>What the metadata of a GGUF file says of a tokenizer.</summary>
internal static class GgufTokenizer
{
    private const string Space = "▁";

    /// <summary>Adds the tokenizer of a model's folder to the metadata.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="vocabularySize">Rows of the embedding.</param>
    /// <exception cref="InputException">A file is missing or damaged, or llama.cpp has no such tokenizer.</exception>
    public static void Add(GgufMetadata metadata, string folder, int vocabularySize)
    {
        TokenizerSource source = TokenizerSource.Read(Path.Combine(folder, TokenizerFile.FileName));
        JsonPart tokenizer = JsonPart.ReadIfThere(
            Path.Combine(folder, ChatTemplateFiles.Configuration),
            "the configuration of a tokenizer");
        JsonPart generation = JsonPart.ReadIfThere(Path.Combine(folder, PretrainedFiles.Generation), "the configuration of generation");
        JsonPart config = JsonPart.Read(Path.Combine(folder, PretrainedConfig.FileName), "the configuration of a model");
        GgufTokens table = GgufTokens.Create(source, vocabularySize);
        if (source.FallsBackToBytes)
        {
            AddSentencePiece(metadata, source, table);
        }
        else
        {
            AddByteLevel(metadata, source, table);
        }

        SpecialTokens.Read(source, tokenizer, generation, config, vocabularySize).AddTo(metadata);
        ChatTemplates.Add(metadata, folder, tokenizer);
    }

    private static void AddSentencePiece(GgufMetadata metadata, TokenizerSource source, GgufTokens table)
    {
        metadata.Add("tokenizer.ggml.model", "llama");
        metadata.Add("tokenizer.ggml.pre", "default");
        AddTokens(metadata, table);
        metadata.Add("tokenizer.ggml.scores", SentencePieceScores.Create(source, table));
        metadata.Add("tokenizer.ggml.add_space_prefix", AddsSpace(source.Root));
        if (source.Model["unk_token"] is { Exists: true } unknown && source.TryFind(unknown.Text(), out int id))
        {
            metadata.Add("tokenizer.ggml.unknown_token_id", id);
        }
    }

    private static void AddByteLevel(GgufMetadata metadata, TokenizerSource source, GgufTokens table)
    {
        // llama.cpp does not compose characters; text that is composed already, as nearly all is, comes out equal.
        JsonPart normalizer = source.Root["normalizer"];
        if (normalizer.Exists && normalizer["type"].Text() != "NFC")
        {
            throw normalizer["type"].Refuse("none or NFC, as llama.cpp changes no text before byte-level tokenizers");
        }

        metadata.Add("tokenizer.ggml.model", "gpt2");
        metadata.Add("tokenizer.ggml.pre", PreTokenizers.NameOf(source));
        AddTokens(metadata, table);
        metadata.Add("tokenizer.ggml.merges", [.. source.Merges.Select(merge => $"{merge.Left} {merge.Right}")]);
    }

    private static void AddTokens(GgufMetadata metadata, GgufTokens table)
    {
        metadata.Add("tokenizer.ggml.tokens", table.Texts);
        metadata.Add("tokenizer.ggml.token_type", table.Kinds);
    }

    // Spaces are written as ▁ by the normalizer or the pre-tokenizer; either may put one before the text.
    private static bool AddsSpace(JsonPart root)
    {
        bool prepends = false;
        bool replaces = false;
        foreach (JsonPart step in StepsOf(root["normalizer"], "normalizers"))
        {
            switch (step["type"].Text())
            {
                case "Prepend" when step["prepend"].Text() == Space && !replaces:
                    prepends = true;
                    break;
                case "Replace" when step["pattern"]["String"].Text() == " " && step["content"].Text() == Space:
                    replaces = true;
                    break;
                default:
                    throw step["type"].Refuse($"{Space} before the text, and {Space} for each space, as llama.cpp does nothing else");
            }
        }

        foreach (JsonPart step in StepsOf(root["pre_tokenizer"], "pretokenizers"))
        {
            bool isKnown = step["type"].Text() == "Metaspace" && step["replacement"].Text() == Space && !step["split"].Flag(true);
            if (!isKnown)
            {
                throw step["type"].Refuse($"Metaspace with {Space} that does not split, as llama.cpp cuts no text before SentencePiece");
            }

            replaces = true;
            prepends |= step["prepend_scheme"].Text() != "never";
        }

        return replaces ? prepends : throw root["normalizer"].Refuse($"{Space} for each space");
    }

    private static IReadOnlyList<JsonPart> StepsOf(JsonPart part, string list) =>
        !part.Exists ? [] : part["type"].Text() == "Sequence" ? part[list].Items() : [part];
}
