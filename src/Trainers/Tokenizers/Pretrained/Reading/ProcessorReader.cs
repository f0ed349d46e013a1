using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads off the post-processor what it puts before a text.</summary>
/// <param name="json">Reads the file's parts.</param>
/// <param name="model">The model.</param>
/// <param name="added">The added tokens.</param>
internal sealed class ProcessorReader(JsonParts json, BytePairModel model, IReadOnlyList<AddedToken> added)
{
    /// <summary>
    /// The ids of the tokens before a text. What the processor puts behind it is left out: a trainer ends its texts itself.
    /// </summary>
    /// <param name="part">The post-processor.</param>
    /// <param name="path">Its place.</param>
    public IReadOnlyList<int> Read(JsonElement part, string path)
    {
        string type = json.Type(part, path);
        switch (type)
        {
            case "ByteLevel":
                json.Only(part, path, "type", "add_prefix_space", "trim_offsets", "use_regex");
                return [];
            case "TemplateProcessing":
                json.Only(part, path, "type", "single", "pair", "special_tokens");
                return [.. ReadTemplate(part, path)];
            case "Sequence":
                json.Only(part, path, "type", "processors");
                // A later one wraps what an earlier one made.
                return [.. json.List(json.Member(part, "processors", path), path + ".processors")
                    .Select((processor, index) => Read(processor, $"{path}.processors[{index}]")).Reverse().SelectMany(ids => ids)];
            default:
                throw json.Error(
                    path + ".type",
                    Characters.Quote(JsonParts.Short(type)),
                    "ByteLevel, TemplateProcessing or Sequence: others are not supported");
        }
    }

    private List<int> ReadTemplate(JsonElement part, string path)
    {
        var ids = new List<int>();
        bool text = false;
        int index = 0;
        JsonElement specials = json.Object(json.Member(part, "special_tokens", path), path + ".special_tokens");
        foreach (JsonElement piece in json.List(json.Member(part, "single", path), path + ".single"))
        {
            string place = $"{path}.single[{index++}]";
            json.Only(piece, place, "SpecialToken", "Sequence");
            if (piece.TryGetProperty("Sequence", out JsonElement sequence))
            {
                json.Only(sequence, place + ".Sequence", "id", "type_id");
                string name = json.Text(json.Member(sequence, "id", place), place + ".Sequence.id");
                text = !text && name == "A"
                    ? true
                    : throw json.Error(place, Characters.Quote(JsonParts.Short(name)), "the text \"A\" once");
                continue;
            }

            JsonElement special = json.Member(piece, "SpecialToken", place);
            json.Only(special, place + ".SpecialToken", "id", "type_id");
            string token = json.Text(json.Member(special, "id", place), place + ".SpecialToken.id");
            IEnumerable<int> own = Ids(specials, token, path + ".special_tokens");
            ids.AddRange(text ? [] : own);
        }

        return text ? ids : throw json.Error(path + ".single", "no text", "the text \"A\" once");
    }

    private int[] Ids(JsonElement specials, string token, string path)
    {
        JsonElement special = json.Member(specials, token, path);
        string place = $"{path}.{JsonParts.Short(token)}";
        json.Only(special, place, "id", "ids", "tokens");
        return [.. json.List(json.Member(special, "ids", place), place + ".ids")
            .Select(value => json.Number(value, place + ".ids", int.MaxValue))
            .Select(id => model.Tokens.Has(id) || added.Any(other => other.Id == id)
                ? id
                : throw json.Error(place + ".ids", $"{id}", "ids of tokens"))];
    }
}
