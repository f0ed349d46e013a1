using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

/// <summary>An element as it lies in memory, read as float32.</summary>
/// <typeparam name="TSelf">The element itself.</typeparam>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>One element.</summary>
    static abstract float Load(TSelf* source);

    /// <summary>Four elements.</summary>
    static abstract Vector128<float> LoadFour(TSelf* source);

    /// <summary>A register of elements.</summary>
    static abstract Vector512<float> LoadRegister(TSelf* source);

    /// <summary>Whether <see cref="LoadCrossed"/> exchanges the two middle quarters, since that is cheaper on this machine.</summary>
    static abstract bool Crosses { get; }

    /// <summary>A register of elements, its middle quarters exchanged if <see cref="Crosses"/>.</summary>
    static abstract Vector512<float> LoadCrossed(TSelf* source);
}

/// <summary>IEEE 754 binary32.</summary>
internal readonly unsafe struct Float32(float value) : IElement<Float32>
{
    private readonly float _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(Float32* source) => source->_value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFour(Float32* source) => Vector128.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(Float32* source) => Vector512.Load((float*)source);

    public static bool Crosses => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadCrossed(Float32* source) => Vector512.Load((float*)source);
}

/// <summary>The upper half of a binary32.</summary>
internal readonly unsafe struct BFloat16(ushort bits) : IElement<BFloat16>
{
    private const int LowerBits = 16;
    private readonly ushort _bits = bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(BFloat16* source) => BitConverter.UInt32BitsToSingle((uint)source->_bits << LowerBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFour(BFloat16* source)
    {
        var bits = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16();
        return (Vector128.WidenLower(bits) << LowerBits).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(BFloat16* source) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)source).ToVector512Unsafe()) << LowerBits).AsSingle();

    // Interleaving with zeros shifts as it widens, but within each half of 256 bits: the register's quarters come out as 0, 2, 1, 3.
    public static bool Crosses => Avx2.IsSupported && !Vector512.IsHardwareAccelerated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadCrossed(BFloat16* source)
    {
        if (!Crosses)
        {
            return LoadRegister(source);
        }

        var bits = Vector256.Load((ushort*)source);
        var (low, high) = (Avx2.UnpackLow(Vector256<ushort>.Zero, bits), Avx2.UnpackHigh(Vector256<ushort>.Zero, bits));
        return Vector512.Create(low.AsSingle(), high.AsSingle());
    }
}

/// <summary>Runs of elements.</summary>
internal static unsafe class Elements
{
    /// <summary>Copies as float32.</summary>
    /// <param name="source">First element.</param>
    /// <param name="destination">First float.</param>
    /// <param name="count">Elements.</param>
    /// <typeparam name="TElement">How they are stored.</typeparam>
    public static void Copy<TElement>(TElement* source, float* destination, long count)
        where TElement : unmanaged, IElement<TElement>
    {
        long i = 0;
        for (; i + Simd.Width <= count; i += Simd.Width)
        {
            TElement.LoadRegister(source + i).Store(destination + i);
        }

        for (; i < count; i++)
        {
            destination[i] = TElement.Load(source + i);
        }
    }
}
