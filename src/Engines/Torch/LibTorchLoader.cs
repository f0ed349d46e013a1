using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace RlCore.Engines.Torch;

/// <summary>Loads an installed libtorch by full path, before TorchSharp looks for the one of its package.</summary>
public static class LibTorchLoader
{
    // In order of dependency; those that a build of libtorch does not have are passed over.
    private static readonly string[] Libraries = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock Gate = new();
    private static string _loaded = "";

    /// <summary>Loads the libraries of a folder once; the same folder again does nothing.</summary>
    /// <param name="folder">Folder that holds libtorch_cpu.</param>
    /// <exception cref="ArgumentException">The folder has no libtorch, or another one was loaded before.</exception>
    public static void Load(string folder)
    {
        string full = Path.GetFullPath(folder);
        lock (Gate)
        {
            if (_loaded == full)
            {
                return;
            }

            if (_loaded.Length > 0)
            {
                throw new ArgumentException(
                    $"libtorch was already loaded from {_loaded}; a process can hold one, so {full} cannot be loaded.", nameof(folder));
            }

            if (!File.Exists(PathOf(full, "torch_cpu")))
            {
                throw new ArgumentException(
                    $"{full} holds no {Path.GetFileName(PathOf(full, "torch_cpu"))}: name the folder that holds libtorch's libraries.",
                    nameof(folder));
            }

            foreach (string path in Libraries.Select(name => PathOf(full, name)).Where(File.Exists))
            {
                NativeLibrary.Load(path);
            }

            ResolveBinding(full);
            _loaded = full;
        }
    }

    // A binding built against that libtorch lies beside it; otherwise the package's own is used over the libraries loaded above.
    private static void ResolveBinding(string folder)
    {
        string binding = PathOf(folder, "LibTorchSharp");
        if (File.Exists(binding))
        {
            nint handle = NativeLibrary.Load(binding);
            NativeLibrary.SetDllImportResolver(
                typeof(torch).Assembly,
                (string name, Assembly _, DllImportSearchPath? _) => name == "LibTorchSharp" ? handle : 0);
        }
    }

    private static string PathOf(string folder, string name) => Path.Combine(
        folder,
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so");
}
