namespace RlCore.Worker.Watching;

/// <summary>Short names of folders.</summary>
internal static class FolderNames
{
    /// <summary>The last part of each path, with as many before it as tell it from the others.</summary>
    /// <param name="folders">Full paths.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> folders)
    {
        string[][] parts = [.. folders.Select(
            folder => folder.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))];
        return [.. parts.Select(own => Enumerable.Range(1, Math.Max(1, own.Length))
            .Select(count => string.Join('/', own.TakeLast(count)))
            .FirstOrDefault(
                name => !parts.Any(other => !other.SequenceEqual(own) && string.Join('/', other.TakeLast(name.Split('/').Length)) == name),
                string.Join('/', own)))];
    }
}
