using System.Runtime.InteropServices;

namespace RlCore.Engines.Torch;

/// <summary>The OpenMP under libtorch's CPU kernels.</summary>
internal static class OpenMp
{
    private const string WaitPolicy = "OMP_WAIT_POLICY";

    // Each of them says how long to wait busily, in one implementation or another.
    private static readonly string[] Chosen = [WaitPolicy, "GOMP_SPINCOUNT", "KMP_BLOCKTIME"];

    /// <summary>
    /// Lets threads sleep between kernels instead of spinning, unless the user has decided. It counts only before the library is loaded,
    /// which reads the environment of the process: .NET's own copy of it never gets there.
    /// </summary>
    public static void WaitPassively()
    {
        if (!OperatingSystem.IsLinux() || Array.Exists(Chosen, name => Environment.GetEnvironmentVariable(name) is not null))
        {
            return;
        }

        try
        {
            _ = SetVariable(WaitPolicy, "passive", 0);
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library (musl): the threads spin, which costs time alone.
        }
    }

    [DllImport("libc.so.6", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
