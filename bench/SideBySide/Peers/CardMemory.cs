using System.Runtime.InteropServices;

namespace RlCore.SideBySide.Peers;

/// <summary>
/// Memory of the card in use, as its driver counts it: CUDA's context, libraries, and what libtorch keeps. Other programs on the card
/// count too.
/// </summary>
internal static class CardMemory
{
    /// <summary>Bytes in use on the card that this thread computes on.</summary>
    /// <exception cref="InvalidOperationException">The driver does not say.</exception>
    public static long Used => GetInfo(out nuint free, out nuint total) is var code and not 0
        ? throw new InvalidOperationException($"cuMemGetInfo returned {code}.")
        : (long)(total - free);

    [DllImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetInfo(out nuint free, out nuint total);
}
