using System.Text.RegularExpressions;

namespace RlCore.Trainers.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Etag">Name of its blob; empty if not known.</param>
/// <param name="Size">Its size in bytes; −1 if not known.</param>
internal sealed partial record HubFile(string Name, string Etag, long Size)
{
    /// <summary>Whether blob and size are known.</summary>
    public bool IsKnown => Etag.Length > 0 && Size >= 0;

    /// <summary>An ETag header's value without quotes and weakness; empty if it cannot be the name of a blob.</summary>
    /// <param name="header">The value.</param>
    public static string Normalize(string header)
    {
        string text = header.StartsWith("W/", StringComparison.Ordinal) ? header[2..] : header;
        text = text.Trim('"');
        return EtagPattern().IsMatch(text) ? text : "";
    }

    // The etag becomes the name of a file.
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{7,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex EtagPattern();
}

/// <summary>A repository at a commit.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Files">Its files by name.</param>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files);

/// <summary>A model at a commit, which never changes.</summary>
/// <param name="Name">The model.</param>
/// <param name="Commit">The commit.</param>
internal sealed record HubCommit(ModelName Name, string Commit);
