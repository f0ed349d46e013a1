using System.Text.Json;
using System.Text.Unicode;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Files;

/// <summary>Where a tensor lies in the bytes after the header.</summary>
internal sealed record SafetensorsEntry(string Name, NumberType Type, int[] Shape, long Begin, long End);

/// <summary>The JSON header of a safetensors file: entries in the order of their bytes, without gaps or overlaps.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The limit of the reference implementation.</summary>
    public const long MostBytes = 100_000_000;

    public static SafetensorsHeader Parse(byte[] json, string source)
    {
        Safetensors.Require(
            Utf8.IsValid(json),
            source,
            $"a header that is not UTF-8",
            $"the JSON header of a safetensors file; the file is damaged");
        try
        {
            using var document = WholeJson.Parse(json);
            Safetensors.Require(
                document.RootElement.ValueKind == JsonValueKind.Object,
                source,
                $"a header that is {document.RootElement.ValueKind}",
                $"a JSON object");
            var entries = new List<SafetensorsEntry>();
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == Safetensors.MetadataName)
                {
                    ReadMetadata(property.Value, metadata, source);
                }
                else
                {
                    entries.Add(ReadEntry(property, source));
                }
            }

            entries.Sort((first, second) => (first.Begin, first.End).CompareTo((second.Begin, second.End)));
            CheckContiguous(entries, source);
            return new SafetensorsHeader(entries, metadata);
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                source, 0, "", $"a header that is not JSON ({error.Message})",
                "the JSON header of a safetensors file; the file is damaged"));
        }
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata, string source)
    {
        bool strings = element.ValueKind == JsonValueKind.Object
            && element.EnumerateObject().All(pair => pair.Value.ValueKind == JsonValueKind.String);
        Safetensors.Require(strings, source, $"a {Safetensors.MetadataName} with values that are not strings", $"an object of strings");
        foreach (JsonProperty pair in element.EnumerateObject())
        {
            metadata.Add(pair.Name, pair.Value.GetString() ?? "");
        }
    }

    private static SafetensorsEntry ReadEntry(JsonProperty property, string source)
    {
        JsonElement entry = property.Value;
        Safetensors.Require(
            entry.ValueKind == JsonValueKind.Object
                && entry.TryGetProperty("dtype", out _)
                && entry.TryGetProperty("shape", out _)
                && entry.TryGetProperty("data_offsets", out _),
            source,
            $"an entry \"{property.Name}\" without all of dtype, shape and data_offsets",
            $"all three");
        string dtype = entry.GetProperty("dtype").ToString();
        Safetensors.Require(
            NumberTypes.TryFind(dtype, out NumberType type),
            source,
            $"tensor \"{property.Name}\" of type {dtype}",
            $"one of {string.Join(", ", Enum.GetValues<NumberType>().Select(known => known.NameOf()))}");
        long[] shape = Numbers(entry.GetProperty("shape"), property.Name, source);
        long[] offsets = Numbers(entry.GetProperty("data_offsets"), property.Name, source);
        Safetensors.Require(
            offsets.Length == 2 && offsets[0] <= offsets[1],
            source,
            $"tensor \"{property.Name}\" with offsets [{string.Join(", ", offsets)}]",
            $"a begin and an end");
        UInt128 size = shape.Aggregate(
            (UInt128)type.SizeOf(),
            (product, extent) => product > long.MaxValue ? product : product * (UInt128)extent);
        Safetensors.Require(
            size == (UInt128)(offsets[1] - offsets[0])
                && Array.TrueForAll(shape, extent => extent <= int.MaxValue),
            source,
            $"tensor \"{property.Name}\" of shape [{string.Join(", ", shape)}] in {offsets[1] - offsets[0]} bytes",
            $"{size} bytes");
        return new SafetensorsEntry(property.Name, type, [.. shape.Select(extent => (int)extent)], offsets[0], offsets[1]);
    }

    private static long[] Numbers(JsonElement list, string name, string source)
    {
        bool numbers = list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray()
                .All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number) && number >= 0);
        Safetensors.Require(numbers, source, $"tensor \"{name}\" with {list.GetRawText()}", $"a list of whole numbers from 0 on");
        return [.. list.EnumerateArray().Select(item => item.GetInt64())];
    }

    private static void CheckContiguous(List<SafetensorsEntry> entries, string source)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            Safetensors.Require(
                entry.Begin == end,
                source,
                $"tensor \"{entry.Name}\" at byte {entry.Begin}",
                $"{end}, where the previous one ends");
            end = entry.End;
        }
    }
}
