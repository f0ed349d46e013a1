using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// Sums. TorchSharp's own <c>add(x)</c> makes a native 1 for the factor of the second operand that nothing keeps alive during the
/// call: a collection at that moment frees it under libtorch's feet. Here it is made once.
/// </summary>
internal static class SafeSums
{
    private static readonly Scalar One = 1L;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + y; the caller keeps the scalar alive.</summary>
    public static Tensor Plus(this Tensor x, Scalar y) => x.add(y, One);

    /// <summary>x ← x + y.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>0, 1, …, count − 1 as int32.</summary>
    public static Tensor Count(int count, Device device)
    {
        using Scalar start = 0L;
        using Scalar stop = (long)count;
        return arange(start, stop, One, ScalarType.Int32, device);
    }
}
