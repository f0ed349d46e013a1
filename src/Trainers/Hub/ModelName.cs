using System.Text.RegularExpressions;

namespace RlCore.Trainers.Hub;

/// <summary>A model on a hub, written <c>org/name</c> or <c>org/name@revision</c>.</summary>
/// <param name="Organisation">The organisation or user who owns it.</param>
/// <param name="Repository">The name of its repository.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
internal sealed partial record ModelName(string Organisation, string Repository, string Revision)
{
    /// <summary>The branch that is meant if no revision is given.</summary>
    public const string DefaultRevision = "main";

    private const int LongestPart = 96;

    private const int LongestRevision = 200;

    /// <summary>Whether a text names a model on a hub, and not a folder: <c>runs/none</c> is a folder where <c>runs</c> is one.</summary>
    /// <param name="from">The text.</param>
    public static bool IsMeant(string from) =>
        !Directory.Exists(from) && TryParse(from, out ModelName name) && !Directory.Exists(name.Organisation);

    /// <summary>The model without its revision, as hubs name it.</summary>
    public string Id => $"{Organisation}/{Repository}";

    /// <summary>Whether the revision is a full commit, which never changes.</summary>
    public bool IsCommit => IsCommitText(Revision);

    /// <summary>Whether a text is a full commit: 40 hexadecimal digits in lower case.</summary>
    /// <param name="text">The text.</param>
    public static bool IsCommitText(string text) => CommitPattern().IsMatch(text);

    /// <summary>Reads a name.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name.</param>
    /// <returns>
    /// Whether it is one: both parts consist of letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, without <c>--</c> and <c>..</c>.
    /// </returns>
    public static bool TryParse(string text, out ModelName name)
    {
        Match match = NamePattern().Match(text);
        string revision = match.Groups["revision"].Success ? match.Groups["revision"].Value : DefaultRevision;
        name = new ModelName(match.Groups["org"].Value, match.Groups["name"].Value, revision);
        return match.Success && IsPart(name.Organisation) && IsPart(name.Repository) && IsRevision(revision);
    }

    /// <summary>The same model at the commit of a snapshot of it; a text that names no model on a hub stays as it is.</summary>
    /// <param name="from">A folder, or <c>org/name[@revision]</c>.</param>
    /// <param name="snapshot">What <see cref="ModelHub.Resolve"/> gave.</param>
    public static string AtCommit(string from, string snapshot) =>
        IsMeant(from) && TryParse(from, out ModelName name) && IsCommitText(Path.GetFileName(snapshot))
            ? $"{name with { Revision = Path.GetFileName(snapshot) }}"
            : from;

    /// <inheritdoc/>
    public override string ToString() => Revision == DefaultRevision ? Id : $"{Id}@{Revision}";

    private static bool IsPart(string part) => part.Length <= LongestPart
        && !part.Contains("--", StringComparison.Ordinal)
        && !part.Contains("..", StringComparison.Ordinal)
        && !part.EndsWith(".git", StringComparison.Ordinal)
        && part[^1] is not ('-' or '.');

    // The revision becomes a path below refs/.
    private static bool IsRevision(string revision) => revision.Length <= LongestRevision
        && !revision.Contains("..", StringComparison.Ordinal)
        && revision.Split('/').All(part => part.Length > 0 && part[0] is not ('.' or '-') && part[^1] is not '.');

    [GeneratedRegex(
        @"\A(?<org>[A-Za-z0-9_][A-Za-z0-9_.-]*)/(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(@(?<revision>[A-Za-z0-9_./+-]+))?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex CommitPattern();
}
