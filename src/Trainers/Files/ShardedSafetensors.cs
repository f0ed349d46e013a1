using System.Globalization;
using System.IO.Enumeration;
using System.Text;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Files;

/// <summary>
/// A model's tensors in a folder: in <c>model.safetensors</c>, or in several files that <c>model.safetensors.index.json</c> names, as
/// Hugging Face lays them out.
/// </summary>
internal static class ShardedSafetensors
{
    /// <summary>Name of a single file.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>Name of the index of several files.</summary>
    public const string IndexFile = SingleFile + ".index.json";

    /// <summary>Bytes of a file from which on a model is written as several: what transformers does.</summary>
    public const long MostFileBytes = 5_000_000_000;

    private const string Map = "weight_map";

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Whether a file is one of several that hold a model.</summary>
    /// <param name="file">The file.</param>
    public static bool IsShard(string file) =>
        FileSystemName.MatchesSimpleExpression("model-?????-of-?????.safetensors", Path.GetFileName(file), ignoreCase: false);

    /// <summary>Opens a folder's tensors. Elements are read when they are asked for.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">There is no such file, or one is cut off, damaged, or at odds with the index.</exception>
    public static IReadOnlyDictionary<string, TensorData> Open(string folder)
    {
        string index = Path.Combine(folder, IndexFile);
        return File.Exists(Path.Combine(folder, SingleFile)) || !File.Exists(index)
            ? Safetensors.Open(Path.Combine(folder, SingleFile)).Tensors
            : OpenShards(folder, index);
    }

    /// <summary>The files that hold tensors: functions that write them, by name.</summary>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="mostBytes">Bytes of tensors in a file; a larger tensor has a file of its own.</param>
    public static IReadOnlyDictionary<string, Action<Stream>> Files(
        IReadOnlyDictionary<string, TensorData> tensors,
        long mostBytes = MostFileBytes)
    {
        List<Dictionary<string, TensorData>> shards = Split(tensors, mostBytes);
        if (shards.Count == 1)
        {
            return new Dictionary<string, Action<Stream>> { [SingleFile] = stream => Write(stream, shards[0]) };
        }

        var files = new Dictionary<string, Action<Stream>>(StringComparer.Ordinal);
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (number, shard) in shards.Index())
        {
            string file = string.Create(CultureInfo.InvariantCulture, $"model-{number + 1:D5}-of-{shards.Count:D5}.safetensors");
            files[file] = stream => Write(stream, shard);
            foreach (string name in shard.Keys)
            {
                map[name] = file;
            }
        }

        long size = tensors.Values.Sum(tensor => tensor.Count * tensor.Type.SizeOf());
        files[IndexFile] = stream => stream.Write(Encoding.UTF8.GetBytes(PrintIndex(size, map)));
        return files;
    }

    /// <summary>Writes one file.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="tensors">Tensors by name.</param>
    public static void Write(Stream stream, IReadOnlyDictionary<string, TensorData> tensors) =>
        Safetensors.Write(stream, new SafetensorsContent(tensors, new Dictionary<string, string> { ["format"] = "pt" }));

    private static List<Dictionary<string, TensorData>> Split(IReadOnlyDictionary<string, TensorData> tensors, long mostBytes)
    {
        var shards = new List<Dictionary<string, TensorData>> { new(StringComparer.Ordinal) };
        long size = 0;
        foreach (var (name, tensor) in tensors)
        {
            long bytes = tensor.Count * tensor.Type.SizeOf();
            if (shards[^1].Count > 0 && size + bytes > mostBytes)
            {
                shards.Add(new Dictionary<string, TensorData>(StringComparer.Ordinal));
                size = 0;
            }

            shards[^1].Add(name, tensor);
            size += bytes;
        }

        return shards;
    }

    private static string PrintIndex(long size, SortedDictionary<string, string> map) => JsonSerializer.Serialize(
        new Dictionary<string, object> { ["metadata"] = new Dictionary<string, long> { ["total_size"] = size }, [Map] = map },
        Options) + "\n";

    private static Dictionary<string, TensorData> OpenShards(string folder, string index)
    {
        Dictionary<string, string> map = ReadIndex(index);
        var tensors = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        var problems = new List<InputProblem>();
        foreach (var shard in map.GroupBy(entry => entry.Value, entry => entry.Key))
        {
            string file = Path.Combine(folder, shard.Key);
            IReadOnlyDictionary<string, TensorData> held = Safetensors.Open(file).Tensors;
            foreach (string name in shard)
            {
                if (held.TryGetValue(name, out TensorData? tensor))
                {
                    tensors.Add(name, tensor);
                }
                else
                {
                    problems.Add(new InputProblem(file, 0, name, "nothing", $"a tensor, as {IndexFile} says"));
                }
            }

            problems.AddRange(held.Keys.Except(shard, StringComparer.Ordinal)
                .Select(name => new InputProblem(file, 0, name, "a tensor", $"none of that name, as {IndexFile} says")));
        }

        return problems.Count == 0 ? tensors : throw new InputException(problems);
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        try
        {
            using var document = WholeJson.Parse(File.ReadAllText(index));
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(Map, out JsonElement map)
                && map.ValueKind == JsonValueKind.Object
                && map.EnumerateObject().All(entry => IsPlainName(entry.Value)))
            {
                return map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.Ordinal);
            }
        }
        catch (JsonException)
        {
            // It is refused below.
        }

        throw new InputException(new InputProblem(
            index, 0, Map, "no such map", "a JSON object that gives each tensor the name of a safetensors file beside it"));
    }

    // A name with a folder in it would lead out of the model's folder.
    private static bool IsPlainName(JsonElement value) => value.ValueKind == JsonValueKind.String
        && value.GetString() is { } name
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && !name.AsSpan().ContainsAny('/', '\\')
        && name == Path.GetFileName(name);
}
