using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads a tokenizer.json of Hugging Face's tokenizers library.</summary>
internal sealed class PartsReader
{
    private readonly JsonParts _json;
    private readonly Dictionary<string, JsonElement> _parts = [];
    private readonly ComponentReader _components;
    private readonly ModelReader _model;

    private PartsReader(string source, int size)
    {
        _json = new JsonParts(source);
        _components = new ComponentReader(_json);
        _model = new ModelReader(_json, size);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="source">Its name in messages.</param>
    /// <exception cref="InputException">It is not a tokenizer, or one that is not supported.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> file, string source)
    {
        var reader = new PartsReader(source, file.Length);
        try
        {
            reader.ReadFile(file);
            return reader.Create();
        }
        catch (InvalidOperationException)
        {
            // How the JSON reader refuses such texts, whenever one is asked for.
            throw reader._json.Error("", "text that is not Unicode, such as half of a surrogate pair", "Unicode in UTF-8");
        }
    }

    private void ReadFile(ReadOnlySpan<byte> file)
    {
        var reader = new Utf8JsonReader(file);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw _json.Error("", "no object", "a tokenizer");
        }

        bool hasModel = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (_parts.ContainsKey(name) || (name == "model" && hasModel))
            {
                throw _json.Error(JsonParts.Short(name), "the key twice", "each key once");
            }

            reader.Read();
            if (name == "model")
            {
                hasModel = reader.TokenType == JsonTokenType.StartObject ? true : throw _json.Error("model", "no object", "a model");
                _model.Read(file, ref reader);
            }
            else
            {
                _parts[name] = JsonElement.ParseValue(ref reader);
            }
        }

        // Whatever follows the object is an error of its own.
        reader.Read();
        if (!hasModel)
        {
            throw _json.Error("model", "nothing", "a model");
        }
    }

    private TokenizerParts Create()
    {
        foreach (string name in _parts.Keys)
        {
            if (name is not ("version" or "truncation" or "padding" or "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor"
                or "decoder"))
            {
                throw _json.Error(JsonParts.Short(name), "a part", "no part of this name: it is not supported");
            }
        }

        if (Part("normalizer") is { } normalizer)
        {
            _components.ReadNormalizer(normalizer, "normalizer");
        }

        if (Part("pre_tokenizer") is { } preTokenizer)
        {
            _components.ReadPreTokenizer(preTokenizer, "pre_tokenizer");
        }

        BytePairModel model = _model.Create(_components.OfBytes);
        AddedToken[] added = Part("added_tokens") is { } list ? [.. ReadAdded(list, model)] : [];
        Splitter[] splitters = [.. _components.Splitters];
        return new TokenizerParts
        {
            Model = model,
            Added = added,
            InOriginal = Finder(added.Where(token => !token.Normalized).Select(token => (token, token.Content))),
            InNormalized = Finder(added.Where(token => token.Normalized).Select(token => (token, Normalize(token.Content)))),
            Normalizers = _components.Normalizers,
            Rewriters = _components.Rewriters,
            Splitters = model.MayCut ? [.. splitters, new JunctionSplitter(model.Junctions)] : splitters,
            Beginning = Part("post_processor") is { } processor
                ? new ProcessorReader(_json, model, added).Read(processor, "post_processor")
                : [],
            Decoder = new DecoderReader(_json, _components).Read(Part("decoder")),
        };
    }

    private JsonElement? Part(string name) =>
        _parts.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private IEnumerable<AddedToken> ReadAdded(JsonElement list, BytePairModel model)
    {
        var ids = new HashSet<int>();
        int index = 0;
        int most = model.Tokens.Size + (list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0);
        foreach (JsonElement part in _json.List(list, "added_tokens"))
        {
            string path = $"added_tokens[{index++}]";
            _json.Only(part, path, "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            string content = _json.Text(_json.Member(part, "content", path), path + ".content");
            int id = _json.Number(_json.Member(part, "id", path), path + ".id", most);
            if (content.Length == 0 || !ids.Add(id))
            {
                throw _json.Error(path, content.Length == 0 ? "an empty token" : $"the id {id} twice", "a token with an id of its own");
            }

            yield return new AddedToken(
                id,
                content,
                _json.Flag(part, "single_word", path),
                _json.Flag(part, "lstrip", path),
                _json.Flag(part, "rstrip", path),
                _json.Flag(part, "normalized", path),
                _json.Flag(part, "special", path));
        }
    }

    private string Normalize(string content)
    {
        var text = new AlignedText();
        text.Set(content, aligned: false);
        foreach (Normalizer normalizer in _components.Normalizers)
        {
            normalizer.Apply(text, prefixes: true, first: true);
        }

        return text.Chars.ToString();
    }

    private static AddedTokenFinder? Finder(IEnumerable<(AddedToken Token, string Text)> tokens)
    {
        (AddedToken, string Text)[] all = [.. tokens.Where(token => token.Text.Length > 0)];
        return all.Length > 0 ? new AddedTokenFinder(all) : null;
    }
}
