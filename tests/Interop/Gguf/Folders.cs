namespace RlCore.Interop.Tests.Gguf;

/// <summary>Places in temporary folders.</summary>
internal static class Folders
{
    /// <summary>The path of a file in a folder.</summary>
    public static string In(this TemporaryFolder folder, string name) => Path.Combine(folder.Path, name);
}
