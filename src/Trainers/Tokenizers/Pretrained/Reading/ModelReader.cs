using System.Text;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads the model of a tokenizer.json token by token, since its vocabulary and merges are nearly all of the file.</summary>
/// <param name="json">Reads the file's parts.</param>
/// <param name="size">Length of the file, which bounds the ids, so that a number in it cannot ask for memory.</param>
internal sealed class ModelReader(JsonParts json, int size)
{
    private const string VocabularyPath = "model.vocab";
    private const string MergesPath = "model.merges";

    // A token takes more bytes of a large file than this, in the vocabulary and among the merges.
    private const int FewestBytesOfToken = 16;
    private const int AlwaysAllowed = 1 << 16;

    private static readonly string[] Known =
    [
        "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges",
        "vocab", "merges",
    ];

    private readonly Dictionary<string, JsonElement> _settings = [];
    private TokenTable _tokens = new(0, 0);
    private MergeTable _merges = new(0);
    private JunctionSet _junctions = new(0);
    private byte[] _scratch = new byte[256];
    private bool[] _merged = [];
    private int _mergesAt = -1;
    private int _mergeCount;

    /// <summary>Reads the model.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="reader">At the beginning of the object; moved to its end.</param>
    public void Read(ReadOnlySpan<byte> file, ref Utf8JsonReader reader)
    {
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!Known.Contains(name))
            {
                throw json.Error("model." + JsonParts.Short(name), "a setting", "no setting of this name: it is not supported");
            }

            if (!seen.Add(name))
            {
                throw json.Error("model." + name, "the key twice", "each key once");
            }

            reader.Read();
            switch (name)
            {
                case "vocab":
                    ReadVocabulary(ref reader);
                    break;
                case "merges":
                    Expect(ref reader, JsonTokenType.StartArray, MergesPath, "a list");
                    _mergesAt = (int)reader.TokenStartIndex;
                    _mergeCount = Measure(ref reader).Count;
                    break;
                default:
                    _settings[name] = JsonElement.ParseValue(ref reader);
                    break;
            }
        }

        if (_mergesAt < 0)
        {
            throw json.Error(MergesPath, "nothing", "a list of merges");
        }

        // Merges name tokens, and so wait for the vocabulary, wherever it stands.
        var merges = new Utf8JsonReader(file[_mergesAt..]);
        ReadMerges(ref merges);
    }

    /// <summary>The model that was read.</summary>
    /// <param name="ofBytes">Whether words are written as bytes.</param>
    public BytePairModel Create(bool ofBytes)
    {
        string type = Setting("type") is { } value ? json.Text(value, "model.type") : "BPE";
        if (type != "BPE")
        {
            throw json.Error("model.type", Characters.Quote(JsonParts.Short(type)), "\"BPE\": other models are not supported");
        }

        RefuseSettings();
        bool fallback = Flag("byte_fallback");
        int[] bytes = [.. Enumerable.Range(0, 256).Select(value => ofBytes ? AlphabetId((byte)value) : fallback ? FallbackId(value) : -1)];
        _junctions.Exact = ofBytes || !fallback || !bytes.Any(id => id >= 0 && _merged[id]);
        return new BytePairModel
        {
            Tokens = _tokens,
            Merges = _merges,
            Junctions = _junctions,
            OfBytes = ofBytes,
            Unknown = Setting("unk_token") is { } unknown ? UnknownId(json.Text(unknown, "model.unk_token")) : -1,
            FuseUnknown = Flag("fuse_unk"),
            IgnoreMerges = Flag("ignore_merges"),
            ByteFallback = fallback && !ofBytes,
            Bytes = bytes,
        };
    }

    private void RefuseSettings()
    {
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (Setting(name) is { } affix && json.Text(affix, "model." + name).Length > 0)
            {
                throw json.Error("model." + name, JsonParts.Short(affix.GetRawText()), "null: it is not supported");
            }
        }

        if (Setting("dropout") is { } dropout
            && !(dropout.ValueKind == JsonValueKind.Number && dropout.TryGetDouble(out double rate) && rate == 0))
        {
            throw json.Error("model.dropout", JsonParts.Short(dropout.GetRawText()), "null: dropout of merges is not supported");
        }
    }

    private JsonElement? Setting(string name) =>
        _settings.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private bool Flag(string name) => Setting(name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw json.Error("model." + name, JsonParts.Short(value.GetRawText()), "true or false"));

    private int AlphabetId(byte value) =>
        _tokens.TryFind(Encoding.UTF8.GetBytes(ByteAlphabet.Of(value).ToString()), out int id) ? id : -1;

    private int FallbackId(int value) => _tokens.TryFind(Encoding.UTF8.GetBytes($"<0x{value:X2}>"), out int id) ? id : -1;

    private int UnknownId(string token) => _tokens.TryFind(Encoding.UTF8.GetBytes(token), out int id)
        ? id
        : throw json.Error("model.unk_token", Characters.Quote(JsonParts.Short(token)), "a token of the vocabulary");

    private void ReadVocabulary(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, VocabularyPath, "an object");
        Utf8JsonReader ahead = reader;
        (int count, int bytes) = Measure(ref ahead);
        _tokens = new TokenTable(count, bytes);
        int highest = Math.Min(TokenTable.HighestId, Math.Max(AlwaysAllowed, size / FewestBytesOfToken));
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Reserve(reader.ValueSpan.Length);
            int length = reader.CopyString(_scratch);
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0 || id > highest)
            {
                throw json.Error(
                    $"{VocabularyPath}.{JsonParts.Short(Encoding.UTF8.GetString(_scratch.AsSpan(0, length)))}",
                    "no id",
                    "the id of a token: a whole number that is not negative and not far above their count");
            }

            if (!_tokens.TryAdd(id, _scratch.AsSpan(0, length)))
            {
                throw json.Error(VocabularyPath, $"the token {Quote(0, length)} or its id {id} twice", "each token and each id once");
            }
        }
    }

    private void ReadMerges(ref Utf8JsonReader reader)
    {
        _merged = new bool[_tokens.Size];
        reader.Read();
        (_merges, _junctions) = (new MergeTable(_mergeCount), new JunctionSet(_mergeCount));
        int rank = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int left;
            int length;
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                reader.Read();
                length = Keep(ref reader, 0);
                left = length;
                reader.Read();
                length += Keep(ref reader, left);
                reader.Read();
                Expect(ref reader, JsonTokenType.EndArray, MergesPath, "pairs of tokens");
            }
            else
            {
                length = Keep(ref reader, 0);
                left = _scratch.AsSpan(0, length).IndexOf((byte)' ');
                if (left < 0 || _scratch.AsSpan(left + 1, length - left - 1).Contains((byte)' '))
                {
                    throw json.Error($"{MergesPath}[{rank}]", Quote(0, length), "two tokens with a space between them");
                }

                _scratch.AsSpan(left + 1, length - left - 1).CopyTo(_scratch.AsSpan(left));
                length--;
            }

            AddMerge(rank++, left, length);
        }
    }

    // Moves to the end of a list or an object. Returns its number of values or keys, and the space that all texts in it take as tokens.
    private static (int Count, int Bytes) Measure(ref Utf8JsonReader reader)
    {
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        int depth = reader.CurrentDepth;
        var (count, bytes) = (0, 0);
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            bool isText = reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String;
            bytes += isText ? TokenTable.Space(reader.ValueSpan.Length) : 0;
            bool counts = isObject ? reader.TokenType == JsonTokenType.PropertyName : reader.TokenType != JsonTokenType.EndArray;
            count += counts && reader.CurrentDepth == depth + 1 ? 1 : 0;
        }

        return (count, bytes);
    }

    private void AddMerge(int rank, int left, int length)
    {
        ReadOnlySpan<byte> both = _scratch.AsSpan(0, length);
        if (left == 0 || left == length || !_tokens.TryFind(both[..left], out int first) || !_tokens.TryFind(both[left..], out int second)
            || !_tokens.TryFind(both, out int product))
        {
            throw json.Error(
                $"{MergesPath}[{rank}]",
                $"{Quote(0, left)} and {Quote(left, length)}",
                "tokens that are, as what they become, in the vocabulary");
        }

        _merges.Add(first, second, product);
        (_merged[first], _merged[second]) = (true, true);
        Rune.DecodeLastFromUtf8(both[..left], out Rune last, out _);
        Rune.DecodeFromUtf8(both[left..], out Rune next, out _);
        Span<char> units = stackalloc char[4];
        int count = last.EncodeToUtf16(units);
        next.EncodeToUtf16(units[count..]);
        _junctions.Add(units[count - 1], units[count]);
    }

    private int Keep(ref Utf8JsonReader reader, int at)
    {
        Expect(ref reader, JsonTokenType.String, MergesPath, "tokens");
        Reserve(at + reader.ValueSpan.Length);
        return reader.CopyString(_scratch.AsSpan(at));
    }

    private string Quote(int start, int end) =>
        Characters.Quote(JsonParts.Short(Encoding.UTF8.GetString(_scratch.AsSpan(start, end - start))));

    private void Reserve(int length)
    {
        if (_scratch.Length < length)
        {
            Array.Resize(ref _scratch, length * 2);
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string path, string expected)
    {
        if (reader.TokenType != type)
        {
            throw json.Error(path, "something else", expected);
        }
    }
}
