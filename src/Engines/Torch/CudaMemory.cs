using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace RlCore.Engines.Torch;

/// <summary>The memory of a GPU, as its driver reports it; TorchSharp has no function for it.</summary>
internal static class CudaMemory
{
    private static readonly string[] Drivers = ["libcuda.so.1", "nvcuda.dll"];

    private delegate int Initialize(uint flags);

    private delegate int GetDevice(out int handle, int index);

    private delegate int GetTotalMemory(out nuint bytes, int handle);

    /// <summary>All memory of a device, in bytes, whether used or free; 0 if the driver does not report it.</summary>
    /// <param name="device">Index of the device; less than 0 for the first.</param>
    public static long Of(int device)
    {
        foreach (string name in Drivers)
        {
            if (NativeLibrary.TryLoad(name, out nint driver))
            {
                return Ask(driver, Math.Max(0, device));
            }
        }

        return 0;
    }

    // The driver stays loaded, as libtorch uses it too. Every function returns 0 on success.
    private static long Ask(nint driver, int device) =>
        TryFind(driver, "cuInit", out Initialize? initialize) && initialize(0) == 0
        && TryFind(driver, "cuDeviceGet", out GetDevice? getDevice) && getDevice(out int handle, device) == 0
        && TryFind(driver, "cuDeviceTotalMem_v2", out GetTotalMemory? getMemory) && getMemory(out nuint bytes, handle) == 0
            ? (long)bytes
            : 0;

    private static bool TryFind<TFunction>(nint library, string name, [NotNullWhen(true)] out TFunction? function)
        where TFunction : Delegate
    {
        function = NativeLibrary.TryGetExport(library, name, out nint address)
            ? Marshal.GetDelegateForFunctionPointer<TFunction>(address)
            : null;
        return function is not null;
    }
}
