using System.Text;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads what begins and ends a sequence from the files beside tokenizer.json.</summary>
/// <param name="files">The files.</param>
/// <param name="folder">Their folder, in messages.</param>
/// <param name="parts">The tokenizer.</param>
internal sealed class SpecialSettings(PretrainedFiles files, string folder, TokenizerParts parts)
{
    // A list of end tokens is a handful; what is longer is not one.
    private const int MostEnds = 64;

    private readonly Dictionary<string, Dictionary<string, JsonElement>> _read = [];

    /// <summary>The tokens that begin and end a sequence.</summary>
    /// <exception cref="InputException">Nothing says what ends a text, or a file is not what it should be.</exception>
    public SequenceTokens Read()
    {
        IReadOnlyList<int> generation = GenerationEnds();
        int named = Named("eos_token");
        bool first = named >= 0 && (generation.Count == 0 || generation.Contains(named));
        int[] ends = [.. (first ? generation.Prepend(named) : generation).Distinct()];
        if (ends.Length == 0)
        {
            throw new InputException(new InputProblem(
                Path.Combine(folder, PretrainedFiles.Configuration),
                0,
                "eos_token",
                "nothing",
                $"the token that ends a text, here or as \"eos_token_id\" in {PretrainedFiles.Generation}"));
        }

        return new SequenceTokens(Beginning(), ends);
    }

    // transformers' classes for Llama and Gemma make the template anew from this setting; others keep it.
    private IReadOnlyList<int> Beginning()
    {
        JsonElement? adds = Setting(PretrainedFiles.Configuration, "add_bos_token");
        string type = Setting(PretrainedFiles.Configuration, "tokenizer_class") is { ValueKind: JsonValueKind.String } name
            ? new JsonParts(Path.Combine(folder, PretrainedFiles.Configuration)).Text(name, "tokenizer_class")
            : "";
        bool own = type.StartsWith("Llama", StringComparison.Ordinal) || type.StartsWith("Gemma", StringComparison.Ordinal);
        if (own && adds is { ValueKind: JsonValueKind.False })
        {
            return [];
        }

        int begin = adds is { ValueKind: JsonValueKind.True } ? Named("bos_token") : -1;
        return parts.Beginning.Count > 0 || begin < 0 ? parts.Beginning : [begin];
    }

    private IReadOnlyList<int> GenerationEnds()
    {
        var json = new JsonParts(Path.Combine(folder, PretrainedFiles.Generation));
        if (Setting(PretrainedFiles.Generation, "eos_token_id") is not { } ends)
        {
            return [];
        }

        JsonElement[] values = ends.ValueKind == JsonValueKind.Array ? [.. ends.EnumerateArray().Take(MostEnds + 1)] : [ends];
        return values.Length > MostEnds
            ? throw json.Error("eos_token_id", "a very long list", "the ids of the tokens that end a text")
            : [.. values.Select(value => json.Number(value, "eos_token_id", int.MaxValue)).Select(id => parts.Has(id)
                ? id
                : throw json.Error("eos_token_id", $"{id}", "ids of tokens"))];
    }

    // A token by its role: its text, or an object with its text.
    private int Named(string role)
    {
        foreach (string name in (string[])[PretrainedFiles.Configuration, PretrainedFiles.SpecialTokens])
        {
            if (Setting(name, role) is { } value)
            {
                var json = new JsonParts(Path.Combine(folder, name));
                string text = json.Text(value.ValueKind == JsonValueKind.Object ? json.Member(value, "content", role) : value, role);
                return parts.TryFind(text, out int id)
                    ? id
                    : throw json.Error(role, Characters.Quote(JsonParts.Short(text)), "a token of tokenizer.json");
            }
        }

        return -1;
    }

    private JsonElement? Setting(string name, string key)
    {
        if (!_read.TryGetValue(name, out Dictionary<string, JsonElement>? settings))
        {
            string path = Path.Combine(folder, name);
            settings = files.Others.TryGetValue(name, out string? text) ? PretrainedReader.Guard(path, () => Roles(text, path)) : [];
            _read.Add(name, settings);
        }

        return settings.TryGetValue(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static Dictionary<string, JsonElement> Roles(string text, string path)
    {
        // As bytes: the parser of texts takes three for each character of a file that may be a megabyte long.
        using JsonDocument document = WholeJson.Parse(Encoding.UTF8.GetBytes(text), WholeJson.Foreign);
        JsonElement root = new JsonParts(path).Object(document.RootElement, "");
        return ((string[])["eos_token", "bos_token", "add_bos_token", "tokenizer_class", "eos_token_id"])
            .Where(key => root.TryGetProperty(key, out _)).ToDictionary(key => key, key => root.GetProperty(key).Clone());
    }
}
