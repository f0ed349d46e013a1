using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>Reads which files an index of safetensors files names: <c>{"weight_map": {TENSOR: FILE}}</c>.</summary>
internal static partial class ShardIndex
{
    private const string Map = "weight_map";

    private const long Largest = 64 << 20;

    /// <summary>The files that an index names.</summary>
    /// <param name="index">The index.</param>
    /// <returns>Their names, sorted: plain file names that end in <c>.safetensors</c>.</returns>
    /// <exception cref="InputException">The index is malformed, or a name is of another form.</exception>
    public static IReadOnlyList<string> Read(string index)
    {
        if (new FileInfo(index).Length > Largest)
        {
            throw Wrong(index, "", $"more than {Largest >> 20} MiB", "an index of safetensors files");
        }

        try
        {
            return ReadFiles(index, File.ReadAllBytes(index)) is { Count: > 0 } names
                ? [.. names]
                : throw Wrong(index, Map, "no tensors", "the file of each tensor by its name");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Wrong(index, "", $"no valid JSON ({failure.Message})", "an index of safetensors files");
        }
    }

    private static SortedSet<string> ReadFiles(string index, ReadOnlySpan<byte> json)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        bool isMap = false;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
            {
                isMap = reader.ValueTextEquals(Map);
            }
            else if (isMap && reader.TokenType == JsonTokenType.PropertyName)
            {
                reader.Read();
                string name = reader.TokenType == JsonTokenType.String ? reader.GetString()! : $"{reader.TokenType}";
                names.Add(NamePattern().IsMatch(name)
                    ? name
                    : throw Wrong(index, Map, Characters.Quote(name), "names of files such as model-00001-of-00002.safetensors"));
            }
        }

        return names;
    }

    private static InputException Wrong(string index, string key, string found, string expected) =>
        new(new InputProblem(index, 0, key, found, expected));

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}\.safetensors\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
