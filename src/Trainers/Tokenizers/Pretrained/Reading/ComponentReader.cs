using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads the normalizers and pre-tokenizers of a tokenizer.json.</summary>
/// <param name="json">Reads the file's parts.</param>
internal sealed class ComponentReader(JsonParts json)
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Lower = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string Upper = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string Spaces = @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Dictionary<string, Func<Splitter>> Expressions = new()
    {
        [@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = () => new Gpt2Splitter(),
        [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Spaces] = () => new Gpt4Splitter(3),
        [Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Spaces] = () => new Gpt4Splitter(1),
        [$"{Lower}{Contractions}?|{Upper}{Contractions}?" + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Spaces] =
            () => new Gpt4oSplitter(3, contractions: true),
        [$"{Lower}|{Upper}" + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Spaces] = () => new Gpt4oSplitter(1, contractions: false),
    };

    private readonly List<Normalizer> _normalizers = [];
    private readonly List<Normalizer> _rewriters = [];
    private readonly List<Splitter> _splitters = [];

    /// <summary>The normalizers that were read.</summary>
    public IReadOnlyList<Normalizer> Normalizers => _normalizers;

    /// <summary>What the pre-tokenizers that were read write.</summary>
    public IReadOnlyList<Normalizer> Rewriters => _rewriters;

    /// <summary>How the pre-tokenizers that were read cut.</summary>
    public IReadOnlyList<Splitter> Splitters => _splitters;

    /// <summary>Whether a pre-tokenizer writes words as bytes.</summary>
    public bool OfBytes { get; private set; }

    /// <summary>Reads a normalizer.</summary>
    /// <param name="part">The component.</param>
    /// <param name="path">Its place.</param>
    public void ReadNormalizer(JsonElement part, string path)
    {
        string type = json.Type(part, path);
        switch (type)
        {
            case "Sequence":
                json.Only(part, path, "type", "normalizers");
                Each(json.Member(part, "normalizers", path), path + ".normalizers", ReadNormalizer);
                break;
            case "Prepend":
                json.Only(part, path, "type", "prepend");
                _normalizers.Add(new PrependNormalizer(json.Text(json.Member(part, "prepend", path), path + ".prepend")));
                break;
            case "Replace":
                json.Only(part, path, "type", "pattern", "content");
                _normalizers.Add(new ReplaceNormalizer(
                    json.Literal(part, path), json.Text(json.Member(part, "content", path), path + ".content")));
                break;
            case "NFC":
                json.Only(part, path, "type");
                _normalizers.Add(new CompositionNormalizer());
                break;
            default:
                throw Unknown(type, path, "Sequence, Prepend, Replace or NFC");
        }
    }

    /// <summary>Reads a pre-tokenizer.</summary>
    /// <param name="part">The component.</param>
    /// <param name="path">Its place.</param>
    public void ReadPreTokenizer(JsonElement part, string path)
    {
        string type = json.Type(part, path);
        switch (type)
        {
            case "Sequence":
                json.Only(part, path, "type", "pretokenizers");
                Each(json.Member(part, "pretokenizers", path), path + ".pretokenizers", ReadPreTokenizer);
                break;
            case "Split":
                ReadSplit(part, path);
                break;
            case "ByteLevel":
                ReadByteLevel(part, path);
                break;
            case "Digits":
                json.Only(part, path, "type", "individual_digits");
                Cut(new DigitSplitter(json.Flag(part, "individual_digits", path)), path);
                break;
            case "Metaspace":
                ReadMetaspace(part, path);
                break;
            default:
                throw Unknown(type, path, "Sequence, Split, ByteLevel, Digits or Metaspace");
        }
    }

    private void ReadSplit(JsonElement part, string path)
    {
        json.Only(part, path, "type", "pattern", "behavior", "invert");
        string behavior = json.Text(json.Member(part, "behavior", path), path + ".behavior");
        if (json.Flag(part, "invert", path))
        {
            throw json.Error(path + ".invert", "true", "false: a split that is inverted is not supported");
        }

        JsonElement pattern = json.Object(json.Member(part, "pattern", path), path + ".pattern");
        if (pattern.TryGetProperty("Regex", out JsonElement regex))
        {
            string expression = json.Text(regex, path + ".pattern.Regex");
            Cut(
                Expressions.TryGetValue(expression, out Func<Splitter>? splitter) && behavior == "Isolated" ? splitter()
                    : behavior == "Isolated" || splitter is null ? throw json.Error(
                        path + ".pattern.Regex",
                        Characters.Quote(JsonParts.Short(expression)),
                        "the expression of GPT-2, GPT-4, GPT-4o, Llama 3, Qwen 2 or 3, or Mistral's Tekken: others are not supported")
                    : throw json.Error(path + ".behavior", Characters.Quote(behavior), "\"Isolated\" with an expression"),
                path);
            return;
        }

        Cut(
            new LiteralSplitter(
                json.Literal(part, path),
                behavior != "Contiguous" && Enum.TryParse(behavior, out SplitBehavior known) && behavior.All(char.IsAsciiLetter)
                    ? known
                    : throw json.Error(
                        path + ".behavior",
                        Characters.Quote(JsonParts.Short(behavior)),
                        string.Join(", ", Enum.GetNames<SplitBehavior>()))),
            path);
    }

    private void ReadByteLevel(JsonElement part, string path)
    {
        json.Only(part, path, "type", "add_prefix_space", "trim_offsets", "use_regex");
        if (json.Flag(part, "add_prefix_space", path, missing: true))
        {
            Rewrite(new LeadNormalizer(" ", firstOnly: false), path + ".add_prefix_space");
        }

        if (json.Flag(part, "use_regex", path, missing: true))
        {
            Cut(new Gpt2Splitter(), path);
        }

        OfBytes = true;
    }

    private void ReadMetaspace(JsonElement part, string path)
    {
        json.Only(part, path, "type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep");
        char marker = Marker(part, path);
        string scheme = Scheme(part, path);
        Rewrite(new ReplaceNormalizer(" ", marker.ToString()), path);
        if (scheme != "never")
        {
            Rewrite(new LeadNormalizer(marker.ToString(), scheme == "first"), path);
        }

        if (json.Flag(part, "split", path, missing: true))
        {
            Cut(new LiteralSplitter(marker.ToString(), SplitBehavior.MergedWithNext), path);
        }
    }

    /// <summary>The character that stands for a space.</summary>
    /// <param name="part">A Metaspace component.</param>
    /// <param name="path">Its place.</param>
    public char Marker(JsonElement part, string path)
    {
        string marker = json.Text(json.Member(part, "replacement", path), path + ".replacement");
        return marker.Length == 1
            ? marker[0]
            : throw json.Error(path + ".replacement", Characters.Quote(JsonParts.Short(marker)), "one character");
    }

    /// <summary>Before which texts the marker is put: always, first or never.</summary>
    /// <param name="part">A Metaspace component.</param>
    /// <param name="path">Its place.</param>
    public string Scheme(JsonElement part, string path)
    {
        string scheme = JsonParts.TryMember(part, "prepend_scheme", out JsonElement value) ? json.Text(value, path + ".prepend_scheme")
            : json.Flag(part, "add_prefix_space", path, missing: true) ? "always"
            : "never";
        return scheme is "always" or "first" or "never" ? scheme
            : throw json.Error(path + ".prepend_scheme", Characters.Quote(JsonParts.Short(scheme)), "\"always\", \"first\" or \"never\"");
    }

    /// <summary>Reads each component of a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="path">Its place.</param>
    /// <param name="read">Reads one.</param>
    public void Each(JsonElement list, string path, Action<JsonElement, string> read)
    {
        int index = 0;
        foreach (JsonElement part in json.List(list, path))
        {
            read(part, $"{path}[{index++}]");
        }
    }

    /// <summary>The error of a component that is not known.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="path">Its place.</param>
    /// <param name="known">The types that are known.</param>
    public InputException Unknown(string type, string path, string known) =>
        json.Error(path + ".type", Characters.Quote(JsonParts.Short(type)), known + ": others are not supported");

    private void Cut(Splitter splitter, string path)
    {
        if (OfBytes)
        {
            throw json.Error(path, "a split of bytes", "ByteLevel as the last of the pre-tokenizers");
        }

        _splitters.Add(splitter);
    }

    private void Rewrite(Normalizer rewriter, string path)
    {
        if (_splitters.Count > 0)
        {
            throw json.Error(path, "a space before each piece of a split", "such a pre-tokenizer before those that split");
        }

        _rewriters.Add(rewriter);
    }
}
