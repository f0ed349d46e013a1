using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// manifest.json, the last file of a checkpoint to be written: the size and the SHA-256 of each of the others, so that a flipped bit, a
/// file that is gone and one that does not belong are noticed before anything is computed from them.
/// </summary>
internal static class Manifest
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest.json";

    private const string Bytes = "bytes";
    private const string Sha256 = "sha256";
    private const string Restore = "; restore it from a copy, or use another checkpoint";

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>The manifest as text.</summary>
    /// <param name="files">The files by name.</param>
    public static byte[] Print(IReadOnlyDictionary<string, FileDigest> files) => Encoding.UTF8.GetBytes(
        new JsonObject(files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => KeyValuePair.Create(
            file.Key,
            (JsonNode?)new JsonObject { [Bytes] = file.Value.Bytes, [Sha256] = file.Value.Sha256 })))
            .ToJsonString(Options) + "\n");

    /// <summary>Whether a folder has one.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Checks every file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">With each file that is missing, has changed, or is not listed but would be read.</exception>
    public static void Check(string folder)
    {
        Dictionary<string, FileDigest> files = Read(Path.Combine(folder, FileName));
        InputProblem[] problems =
        [
            .. files.AsParallel().AsOrdered().Select(file => Compare(Path.Combine(folder, file.Key), file.Value)).OfType<InputProblem>(),
            .. Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>()
                .Where(name => name != FileName && !files.ContainsKey(name) && WouldBeRead(name))
                .Order(StringComparer.Ordinal)
                .Select(name => new InputProblem(
                    Path.Combine(folder, name), 0, "", "a file", $"none of that name, as {FileName} does not list it")),
        ];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }

    private static bool WouldBeRead(string name) => Path.GetExtension(name) is ".safetensors" or ".json" or ".jsonl";

    private static InputProblem? Compare(string file, FileDigest expected)
    {
        if (!File.Exists(file))
        {
            return new InputProblem(file, 0, "", "no such file", $"the one that {FileName} lists{Restore}");
        }

        // A file of another size is not read.
        long bytes = new FileInfo(file).Length;
        return bytes != expected.Bytes
            ? new InputProblem(file, 0, "", Size(bytes), $"{Size(expected.Bytes)}, as {FileName} says{Restore}")
            : FileDigest.Sha256Of(file) == expected.Sha256 ? null
            : new InputProblem(
                file, 0, "", "bytes that have changed since they were written", $"those whose SHA-256 is in {FileName}{Restore}");
    }

    private static Dictionary<string, FileDigest> Read(string file)
    {
        try
        {
            using JsonDocument document = WholeJson.Parse(File.ReadAllBytes(file));
            return document.RootElement.EnumerateObject().ToDictionary(
                entry => entry.Name,
                entry => new FileDigest(
                    entry.Value.GetProperty(Bytes).GetInt64(), entry.Value.GetProperty(Sha256).GetString() ?? ""),
                StringComparer.Ordinal);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException(new InputProblem(
                file, 0, "", "no list of files", $"the size and the SHA-256 of each file; {FileName} is cut off or damaged"));
        }
        catch (FileNotFoundException)
        {
            throw new InputException(new InputProblem(
                file, 0, "", "no such file", "the list of the checkpoint's files, which is written last"));
        }
    }

    private static string Size(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes:#,0} bytes");
}
