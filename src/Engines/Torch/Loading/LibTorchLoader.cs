using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace RlCore.Engines.Torch;

/// <summary>
/// Loads libtorch and TorchSharp's binding before TorchSharp does, which finds them loaded then. Left to itself after a failure, TorchSharp
/// copies libtorch's package beside the program and fails again, with the trace of its attempts for a message.
/// </summary>
public static class LibTorchLoader
{
    /// <summary>
    /// The environment variable that names the folder where nothing else does, for programs without an option for it. A build that brings
    /// its own libtorch does not read it.
    /// </summary>
    public const string FolderVariable = "RLCORE_LIBTORCH";

    private const string Core = "torch_cpu";
    private const string Binding = "LibTorchSharp";

    // The loader finds no library in a folder that it does not search, unless it is loaded already: each comes after those that it needs.
    // Those that a build of libtorch does not have are passed over.
    private static readonly string[] InOrder = ["c10", Core, "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock Gate = new();
    private static EngineProblem? _problem;
    private static string? _loaded;

    /// <summary>Loads libtorch once; the same again does nothing.</summary>
    /// <param name="folder">
    /// Folder that holds libtorch_cpu; empty for the libtorch that is loaded, that the program brings, or that
    /// <see cref="FolderVariable"/> names.
    /// </param>
    /// <exception cref="EngineException">It cannot be loaded here, the program brings its own, or another was loaded before.</exception>
    public static void Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (Problem(folder) is { } problem)
        {
            throw new EngineException(problem);
        }
    }

    /// <summary>The same, with the reason instead of an exception.</summary>
    /// <param name="folder">As for <see cref="Load"/>.</param>
    /// <returns>Why it cannot be loaded; null if it is loaded.</returns>
    internal static EngineProblem? Problem(string folder)
    {
        lock (Gate)
        {
            return folder.Length == 0 ? ProblemOfOwn() : ProblemOf(EngineOptions.LibTorchOption, Path.GetFullPath(folder));
        }
    }

    private static EngineProblem? ProblemOfOwn()
    {
        if (_loaded is null && _problem is null)
        {
            string own = NativeFiles.Find(Core);
            string named = own.Length == 0 ? Environment.GetEnvironmentVariable(FolderVariable) ?? "" : "";
            if (named.Length > 0)
            {
                _problem = ProblemOf(FolderVariable, Path.GetFullPath(named));
            }
            else
            {
                _problem = Attempt("--engine torch", own.Length > 0 ? Path.GetDirectoryName(own)! : "");
                _loaded = _problem is null ? "" : null;
            }
        }

        return _problem;
    }

    private static EngineProblem? ProblemOf(string option, string folder)
    {
        if (_loaded == folder)
        {
            return null;
        }

        EngineProblem? problem = Usage(option, folder, NativeFiles.Find(Core)) ?? Attempt(option, folder);
        _loaded = problem is null ? folder : _loaded;
        return problem;
    }

    private static EngineProblem? Usage(string option, string folder, string own) =>
        own.Length > 0 ? new EngineProblem(
            option,
            $"{folder}, in a build that brings its own libtorch ({own}): a process can hold one",
            "no such option, or a build without libtorch: -p:Torch=installed")
        : !File.Exists(Path.Combine(folder, NativeFiles.NameOf(Core))) ? new EngineProblem(
            option,
            $"{folder}, which has no {NativeFiles.NameOf(Core)}",
            "the folder of libtorch's libraries, such as PyTorch's site-packages/torch/lib")
        : _loaded is not null ? new EngineProblem(
            option,
            $"{folder}, although one was loaded from {(_loaded.Length > 0 ? _loaded : "the system's folders")}: a process can hold one",
            "the same folder throughout")
        : null;

    private static EngineProblem? Attempt(string option, string folder)
    {
        OpenMp.WaitPassively();
        try
        {
            LoadFrom(folder);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            return LoadFailure.Read(error.Message).Problem(option);
        }
    }

    // Without a folder, the system's loader searches those that it knows.
    private static void LoadFrom(string folder)
    {
        if (folder.Length == 0)
        {
            NativeLibrary.Load(NativeFiles.NameOf(Core));
        }

        foreach (string path in InOrder.Select(name => Path.Combine(folder, NativeFiles.NameOf(name))).Where(File.Exists))
        {
            NativeLibrary.Load(path);
        }

        // A binding built against that libtorch lies beside it; otherwise it is the one of TorchSharp's package.
        string beside = Path.Combine(folder, NativeFiles.NameOf(Binding));
        string own = NativeFiles.Find(Binding);
        bool isBeside = folder.Length > 0 && File.Exists(beside);
        nint handle = NativeLibrary.Load(isBeside ? beside : own.Length > 0 ? own : NativeFiles.NameOf(Binding));
        if (isBeside && own.Length > 0)
        {
            NativeLibrary.SetDllImportResolver(
                typeof(torch).Assembly,
                (string name, Assembly _, DllImportSearchPath? _) => name == Binding ? handle : 0);
        }
    }
}
