using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>Which micro-kernel the matrix product uses.</summary>
internal enum MatrixPath
{
    /// <summary>6 × 8, on any machine.</summary>
    Vector128,

    /// <summary>6 × 16, AVX2.</summary>
    Vector256,

    /// <summary>12 × 32, AVX-512.</summary>
    Vector512,
}

/// <summary>Choice of a path.</summary>
internal static class MatrixPaths
{
    /// <summary>The widest that the machine has.</summary>
    public static MatrixPath Widest =>
        Vector512.IsHardwareAccelerated ? MatrixPath.Vector512
        : Vector256.IsHardwareAccelerated ? MatrixPath.Vector256
        : MatrixPath.Vector128;
}
