namespace RlCore.Engines.Torch;

/// <summary>The native libraries that a program brings along.</summary>
internal static class NativeFiles
{
    /// <summary>
    /// Where a build for an installed libtorch keeps TorchSharp's binding (Directory.Build.targets): a folder that TorchSharp does not
    /// search, so that a binding beside that libtorch is the only one.
    /// </summary>
    private const string BindingFolder = "binding";

    private static IEnumerable<string> Folders =>
    [
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        AppContext.BaseDirectory,
        Path.Combine(AppContext.BaseDirectory, BindingFolder),
    ];

    /// <summary>A library's name as a file: libtorch.so, torch.dll or libtorch.dylib.</summary>
    /// <param name="name">Its name.</param>
    public static string NameOf(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>The path of a library that the program brings along; empty if it brings none.</summary>
    /// <param name="name">Its name.</param>
    public static string Find(string name) =>
        Folders.Select(folder => Path.Combine(folder, NameOf(name))).FirstOrDefault(File.Exists) ?? "";
}
