using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>An element as it lies in memory, read as float32.</summary>
/// <typeparam name="TSelf">The element itself.</typeparam>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>Copies a part of a line of the matrix as float32.</summary>
    /// <param name="line">The line's first element; its elements lie side by side.</param>
    /// <param name="first">Index of the first element of the part.</param>
    /// <param name="destination">First float.</param>
    /// <param name="count">Elements.</param>
    static abstract void Copy(TSelf* line, int first, float* destination, int count);

    /// <summary>A register of elements of a line, from a multiple of its width on.</summary>
    /// <param name="line">The line's first element.</param>
    /// <param name="first">Index of the first element of the register.</param>
    static abstract Vector512<float> LoadRegister(TSelf* line, int first);
}

/// <summary>An element of as many bytes as it has on its own: any of them can be read by its address.</summary>
/// <typeparam name="TSelf">The element itself.</typeparam>
internal unsafe interface IPlainElement<TSelf> : IElement<TSelf>
    where TSelf : unmanaged, IPlainElement<TSelf>
{
    /// <summary>One element.</summary>
    static abstract float Load(TSelf* source);

    /// <summary>Four elements.</summary>
    static abstract Vector128<float> LoadFour(TSelf* source);

    /// <summary>A register of elements.</summary>
    static abstract Vector512<float> LoadRegister(TSelf* source);
}

/// <summary>IEEE 754 binary32.</summary>
internal readonly unsafe struct Float32(float value) : IPlainElement<Float32>
{
    private readonly float _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(Float32* source) => source->_value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFour(Float32* source) => Vector128.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(Float32* source) => Vector512.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(Float32* line, int first) => LoadRegister(line + first);

    public static void Copy(Float32* line, int first, float* destination, int count) =>
        new ReadOnlySpan<float>((float*)line + first, count).CopyTo(new Span<float>(destination, count));
}

/// <summary>The upper half of a binary32.</summary>
internal readonly unsafe struct BFloat16(ushort bits) : IPlainElement<BFloat16>
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(BFloat16* line, int first) => LoadRegister(line + first);

    public static void Copy(BFloat16* line, int first, float* destination, int count) =>
        Elements.Copy(line + first, destination, count);
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
        where TElement : unmanaged, IPlainElement<TElement>
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
