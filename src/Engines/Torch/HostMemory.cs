using System.Runtime.InteropServices;

namespace RlCore.Engines.Torch;

/// <summary>The C library's allocator under libtorch's CPU tensors.</summary>
internal static class HostMemory
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    /// <summary>
    /// Keeps freed memory for the next step. glibc otherwise hands large blocks back to the kernel when a step's tensors go, and the
    /// next step pays for every page again: a tenth of the time of a small model.
    /// </summary>
    public static void KeepFreedPages()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            // 32 MiB is the most that glibc accepts; larger blocks stay with the kernel.
            _ = SetOption(MmapThreshold, 32 << 20);
            _ = SetOption(TrimThreshold, int.MaxValue);
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library (musl) has no such option and needs none.
        }
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);
}
