using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads the decoder of a tokenizer.json.</summary>
/// <param name="json">Reads the file's parts.</param>
/// <param name="components">Reads what decoders and pre-tokenizers share.</param>
internal sealed class DecoderReader(JsonParts json, ComponentReader components)
{
    private const string Supported = "ByteLevel or Metaspace alone, or Replace, ByteFallback, Fuse and Strip in this order";

    private readonly List<(string Pattern, string Content)> _replacements = [];
    private DecoderRules _rules = new();
    private string _last = "";

    /// <summary>Reads the decoder.</summary>
    /// <param name="part">The decoder; null where there is none.</param>
    public DecoderRules Read(JsonElement? part)
    {
        ReadStep(part ?? throw json.Error("decoder", "nothing", Supported), "decoder");
        return _rules with { Replacements = _replacements };
    }

    private void ReadStep(JsonElement part, string path)
    {
        string type = json.Type(part, path);
        if (type == "Sequence")
        {
            json.Only(part, path, "type", "decoders");
            components.Each(json.Member(part, "decoders", path), path + ".decoders", ReadStep);
            return;
        }

        bool follows = (type, _last) switch
        {
            ("ByteLevel" or "Metaspace", "") => true,
            ("Replace", "" or "Replace") => true,
            ("ByteFallback", "" or "Replace") => true,
            ("Fuse", "" or "Replace" or "ByteFallback") => true,
            ("Strip", "Fuse") => true,
            _ => false,
        };
        _last = follows ? type : throw json.Error(path + ".type", Characters.Quote(JsonParts.Short(type)), Supported);
        ReadRule(type, part, path);
    }

    private void ReadRule(string type, JsonElement part, string path)
    {
        switch (type)
        {
            case "ByteLevel":
                json.Only(part, path, "type", "add_prefix_space", "trim_offsets", "use_regex");
                _rules = _rules with { OfBytes = true };
                break;
            case "Metaspace":
                json.Only(part, path, "type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep");
                char marker = components.Marker(part, path);
                _rules = _rules with { FirstLoses = components.Scheme(part, path) != "never" };
                _replacements.Add((marker.ToString(), " "));
                break;
            case "Replace":
                json.Only(part, path, "type", "pattern", "content");
                _replacements.Add((json.Literal(part, path), json.Text(json.Member(part, "content", path), path + ".content")));
                break;
            case "Strip":
                ReadStrip(part, path);
                break;
            default:
                json.Only(part, path, "type");
                _rules = type == "ByteFallback" ? _rules with { ByteFallback = true } : _rules;
                break;
        }
    }

    private void ReadStrip(JsonElement part, string path)
    {
        json.Only(part, path, "type", "content", "start", "stop");
        string content = json.Text(json.Member(part, "content", path), path + ".content");
        if (content.Length != 1 || content[0] >= 0x80)
        {
            throw json.Error(path + ".content", Characters.Quote(JsonParts.Short(content)), "one character of ASCII");
        }

        json.Number(json.Member(part, "stop", path), path + ".stop", 0);
        int start = json.Number(json.Member(part, "start", path), path + ".start", 1000);
        _rules = _rules with { Stripped = content[0], StripStart = start };
    }
}
