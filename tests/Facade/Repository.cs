namespace RlCore.Facade.Tests;

/// <summary>Where the repository lies, found from the test's own folder.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RlCore.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"RlCore.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
