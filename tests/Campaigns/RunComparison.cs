namespace RlCore.Campaigns;

/// <summary>Two runs' folders.</summary>
internal static class RunComparison
{
    // They hold times, and the folder's name.
    private static readonly string[] OfTheirOwn = ["run.json", "summary.json"];

    /// <summary>Requires that they have the same files with the same content, times apart.</summary>
    /// <param name="expected">A run that was never killed.</param>
    /// <param name="found">The other one.</param>
    /// <exception cref="CampaignException">They differ; the message names the file.</exception>
    public static void Require(string expected, string found)
    {
        string[] names = Names(expected), others = Names(found);
        string[] extra =
        [
            .. names.Except(others).Select(name => $"{name} is missing"),
            .. others.Except(names).Select(name => $"{name} is too many"),
        ];
        if (extra.Length > 0)
        {
            throw new CampaignException($"{found}: {string.Join(", ", extra)}");
        }

        foreach (string name in names)
        {
            string one = Path.Combine(expected, name), other = Path.Combine(found, name);
            bool isEqual = Path.GetExtension(name) == ".csv"
                ? UntimedTable.Read(one).SequenceEqual(UntimedTable.Read(other))
                : File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));
            if (!isEqual)
            {
                throw new CampaignException($"{other} differs from {one}");
            }
        }
    }

    private static string[] Names(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(name => !OfTheirOwn.Contains(name))
            .Order(StringComparer.Ordinal),
    ];
}
