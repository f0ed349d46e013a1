using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Replies on disk by the content of their requests: <c>HASH.json</c> with the request and the reply. A cache that cannot be read or
/// written costs a repeated request and nothing else.
/// </summary>
/// <param name="folder">The folder; empty for no cache.</param>
internal sealed class ReplyCache(string folder)
{
    /// <summary>Finds the reply to a request.</summary>
    public bool TryFind(string request, out string reply)
    {
        reply = "";
        if (folder.Length == 0
            || !TryRead(FileOf(request), out string content)
            || !JsonText.TryParse(content, out JsonElement entry)
            || entry.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        // If two requests have the same hash, only the stored one is found.
        bool found = entry.TryGetProperty("request", out JsonElement kept) && kept.ValueEquals(request)
            && entry.TryGetProperty("reply", out JsonElement text)
            && text.ValueKind == JsonValueKind.String && (reply = text.GetString() ?? "").Length > 0;
        return found;
    }

    /// <summary>Keeps a reply, if the disk takes it.</summary>
    public void Keep(string request, string reply)
    {
        if (folder.Length == 0)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            DurableFiles.WriteFile(FileOf(request), stream =>
            {
                using var writer = new Utf8JsonWriter(stream);
                writer.WriteStartObject();
                writer.WriteString("request", request);
                writer.WriteString("reply", reply);
                writer.WriteEndObject();
            });
        }
        catch (Exception failure) when (IsDisk(failure))
        {
            // A full or read-only disk, or another process that keeps the same reply at this moment.
        }
    }

    private static bool TryRead(string file, out string content)
    {
        content = "";
        try
        {
            content = File.Exists(file) ? File.ReadAllText(file) : "";
            return content.Length > 0;
        }
        catch (Exception failure) when (IsDisk(failure))
        {
            return false;
        }
    }

    private static bool IsDisk(Exception failure) => failure is IOException or UnauthorizedAccessException;

    private string FileOf(string request) =>
        Path.Combine(folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}.json");
}
