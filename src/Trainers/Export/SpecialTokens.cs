using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Export;

/// <summary>The tokens that begin, end and fill sequences.</summary>
/// <param name="Beginning">Begins a sequence.</param>
/// <param name="Ends">End a completion; one or more, the tokenizer's own first.</param>
/// <param name="Padding">Fills a batch; null for none.</param>
/// <param name="AddsBeginning">Whether encoding a text begins with <paramref name="Beginning"/>.</param>
/// <param name="AddsEnd">Whether encoding a text ends with the first of <paramref name="Ends"/>.</param>
internal sealed record SpecialTokens(int Beginning, IReadOnlyList<int> Ends, int? Padding, bool AddsBeginning, bool AddsEnd)
{
    // Beside the end of a sequence there are keys for the end of a turn and of a message.
    private const int MostEnds = 3;

    // Tokens that llama.cpp takes for the end of a completion by their text, in any file.
    private static readonly string[] KnownEnds =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "<|end_of_text|>",
    ];

    /// <summary>Reads the special tokens of a model.</summary>
    /// <param name="source">tokenizer.json.</param>
    /// <param name="tokenizer">tokenizer_config.json, which may not exist.</param>
    /// <param name="generation">generation_config.json, which may not exist.</param>
    /// <param name="config">config.json.</param>
    /// <param name="size">Number of tokens.</param>
    /// <exception cref="InputException">There is no end, or llama.cpp cannot represent what there is.</exception>
    public static SpecialTokens Read(TokenizerSource source, JsonPart tokenizer, JsonPart generation, JsonPart config, int size)
    {
        (int? template, int? after) = Template(source.Root["post_processor"], source);
        int? before = Begins(template, source, tokenizer);
        int? own = Named(source, tokenizer["eos_token"]);
        JsonPart stating = generation[ConfigKey.EosTokenId].Exists ? generation : config;
        int[] stated = [.. Ids(stating[ConfigKey.EosTokenId], size)];
        int[] ends = stated.Length == 0 ? [.. new[] { own ?? after }.OfType<int>()]
            : [.. stated.OrderByDescending(id => id == own)];
        if (ends.Length == 0)
        {
            throw tokenizer["eos_token"].Refuse("a token that ends a completion, here or as eos_token_id in generation_config.json");
        }

        if (after is not null && after != ends[0])
        {
            throw source.Root["post_processor"].Refuse("no token at the end of a text, or the one that ends a completion");
        }

        int beginning = before
            ?? Named(source, tokenizer["bos_token"])
            ?? Id(generation[ConfigKey.BosTokenId], size)
            ?? Id(config[ConfigKey.BosTokenId], size)
            ?? ends[0];
        int? padding = Named(source, tokenizer["pad_token"])
            ?? Id(generation[ConfigKey.PadTokenId], size)
            ?? Id(config[ConfigKey.PadTokenId], size);
        return new SpecialTokens(beginning, Distinct(ends, source, generation), padding, before is not null, after is not null);
    }

    /// <summary>Adds the tokens to the metadata.</summary>
    /// <param name="metadata">The metadata.</param>
    public void AddTo(GgufMetadata metadata)
    {
        metadata.Add("tokenizer.ggml.bos_token_id", Beginning);
        metadata.Add("tokenizer.ggml.eos_token_id", Ends[0]);
        if (Ends.Count > 1)
        {
            metadata.Add("tokenizer.ggml.eot_token_id", Ends[1]);
        }

        if (Ends.Count > 2)
        {
            metadata.Add("tokenizer.ggml.eom_token_id", Ends[2]);
        }

        if (Padding is { } padding)
        {
            metadata.Add("tokenizer.ggml.padding_token_id", padding);
        }

        metadata.Add("tokenizer.ggml.add_bos_token", AddsBeginning);
        metadata.Add("tokenizer.ggml.add_eos_token", AddsEnd);
    }

    // Those beside the first that llama.cpp knows by their text need no key.
    private static int[] Distinct(int[] ends, TokenizerSource source, JsonPart generation)
    {
        var known = KnownEnds.Select(text => source.TryFind(text, out int id) ? id : -1).ToHashSet();
        int[] left = [ends[0], .. ends.Skip(1).Where(id => !known.Contains(id)).Distinct().Except([ends[0]])];
        return left.Length <= MostEnds
            ? left
            : throw generation[ConfigKey.EosTokenId].Refuse("at most three tokens that llama.cpp does not know as ends by their text");
    }

    // llama.cpp takes another token, without an error, where an id has no token.
    private static IEnumerable<int> Ids(JsonPart part, int size) =>
        (part.IsList ? part.Items() : part.Exists ? [part] : []).Select(item => item.Number() < size
            ? item.Number()
            : throw item.Refuse(string.Create(CultureInfo.InvariantCulture, $"an id below {size}, the number of tokens")));

    // Some configurations write −1 for none.
    private static int? Id(JsonPart part, int size) =>
        part.IsNegative ? null : Ids(part, size).Select(id => (int?)id).FirstOrDefault();

    // A token's text, or an object with its content.
    private static int? Named(TokenizerSource source, JsonPart part)
    {
        JsonPart text = part.IsObject ? part["content"] : part;
        return !text.Exists ? null
            : source.TryFind(text.Text(), out int id) ? id
            : throw text.Refuse("a token of tokenizer.json");
    }

    // transformers' classes for Llama make the template anew from this setting; others keep what it has.
    private static int? Begins(int? template, TokenizerSource source, JsonPart tokenizer)
    {
        JsonPart adds = tokenizer["add_bos_token"];
        JsonPart type = tokenizer["tokenizer_class"];
        bool isMadeAnew = type.IsText && type.Text().StartsWith("Llama", StringComparison.Ordinal);
        return isMadeAnew && !adds.Flag(true) ? null : template ?? (adds.Flag(false) ? Named(source, tokenizer["bos_token"]) : null);
    }

    // The tokens before and after a single text.
    private static (int? Before, int? After) Template(JsonPart part, TokenizerSource source)
    {
        switch (part.Exists ? part["type"].Text() : "ByteLevel")
        {
            case "ByteLevel":
                return (null, null);
            case "Sequence":
                (int? Before, int? After)[] parts =
                    [.. part["processors"].Items().Select(item => Template(item, source)).Where(item => item != (null, null))];
                return parts.Length <= 1 ? parts.FirstOrDefault() : throw part.Refuse("one template");
            case "TemplateProcessing":
                return Around(part["single"], source);
            default:
                throw part["type"].Refuse("TemplateProcessing or ByteLevel");
        }
    }

    private static (int? Before, int? After) Around(JsonPart template, TokenizerSource source)
    {
        string[] items = [.. template.Items().Select(item => item["Sequence"].Exists ? "" : item["SpecialToken"]["id"].Text())];
        int text = Array.IndexOf(items, "");
        return text is 0 or 1 && items.Length - text <= 2
            ? (text == 1 ? TokenOf(items[0]) : null, text + 1 < items.Length ? TokenOf(items[^1]) : null)
            : throw template.Refuse("at most one token before the text and one after it");

        int TokenOf(string token) => source.TryFind(token, out int id) ? id : throw template.Refuse("tokens of the tokenizer");
    }
}
