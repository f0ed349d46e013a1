using System.Globalization;
using System.Text.Json.Nodes;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>Copies of models whose files a test changes.</summary>
internal static class ModelCopies
{
    /// <summary>A trained model with a SentencePiece vocabulary; the others are <see cref="SmallModel.All"/>.</summary>
    public const string Stories = "stories260K";

    /// <summary>Writes a model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">The folder to write.</param>
    public static string Make(string name, string target)
    {
        if (name != Stories)
        {
            return SmallModel.All.Single(known => known.Name == name).Write(target);
        }

        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(TestModels.Require(name)))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }

        return target;
    }

    /// <summary>Sets a value in a JSON file, which is made if there is none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">Keys and indexes, separated by dots.</param>
    /// <param name="json">The value.</param>
    public static void Set(string file, string key, string json)
    {
        JsonNode root = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))! : new JsonObject();
        string[] path = key.Split('.');
        JsonNode parent = root;
        foreach (string part in path[..^1])
        {
            parent = parent is JsonArray list ? list[Index(part)]! : parent[part]!;
        }

        if (parent is JsonArray items)
        {
            items[Index(path[^1])] = JsonNode.Parse(json);
        }
        else
        {
            parent[path[^1]] = JsonNode.Parse(json);
        }

        File.WriteAllText(file, root.ToJsonString());
    }

    private static int Index(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
