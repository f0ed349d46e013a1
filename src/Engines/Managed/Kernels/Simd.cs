using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using RlCore.Algebra;

namespace RlCore.Engines.Managed;

/// <summary>
/// Register helpers. Code here is written once in 512 bits; the runtime splits it on machines with narrower registers.
/// </summary>
internal static unsafe class Simd
{
    public const int Width = 16;

    /// <summary>Bytes of a line of the cache.</summary>
    public const int CacheLine = 64;

    /// <summary>Number of registers that cover <paramref name="count"/> floats.</summary>
    public static int Registers(int count) => (count + Width - 1) / Width;

    /// <summary><paramref name="count"/> rounded up to whole registers.</summary>
    public static int RoundUp(int count) => Registers(count) * Width;

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FirstLanes(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    /// <summary>The first <paramref name="count"/> floats and zeros. Reads a whole register: blocks have slack for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTail(float* source, int count) =>
        Vector512.Load(source) & FirstLanes(count);

    /// <summary>Writes the first <paramref name="count"/> lanes and nothing else: the next row may be another thread's.</summary>
    public static void StoreTail(Vector512<float> value, float* destination, int count)
    {
        float* lanes = stackalloc float[Width];
        value.Store(lanes);
        for (int i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }

    /// <summary>Up to a register of a row: all of it where <paramref name="left"/> covers it, else its tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadUpTo(float* source, int left) =>
        left >= Width ? Vector512.Load(source) : LoadTail(source, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpTo(Vector512<float> value, float* destination, int left)
    {
        if (left >= Width)
        {
            value.Store(destination);
        }
        else
        {
            StoreTail(value, destination, left);
        }
    }

    /// <summary>Stores, or adds to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Deliver(Vector512<float> value, float* destination, int left, bool accumulate)
    {
        if (accumulate)
        {
            value += LoadUpTo(destination, left);
        }

        StoreUpTo(value, destination, left);
    }

    /// <summary>Σ x·y.</summary>
    public static float Dot(float* x, float* y, int length)
    {
        var sum = Vector512<float>.Zero;
        for (int i = 0; i < length; i += Width)
        {
            sum = Vector512.MultiplyAddEstimate(LoadUpTo(x + i, length - i), LoadUpTo(y + i, length - i), sum);
        }

        return Vector512.Sum(sum);
    }

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x) => Lanes<float>.Exp(new(x)).Vector;

    /// <summary>σ(x) = 1/(1 + e⁻ˣ): e⁻ˣ may be infinite, the quotient is then 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>
    /// gradient · slope, and exactly zero where the gradient is: what was not selected contributes nothing, even if its slope is not
    /// finite.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Chain(Vector512<float> gradient, Vector512<float> slope) =>
        Vector512.ConditionalSelect(Vector512.Equals(gradient, Vector512<float>.Zero), Vector512<float>.Zero, gradient * slope);

    /// <summary>Sets 16 lanes from 16 flags of one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FlagLanes(bool* flags)
    {
        var bytes = Vector128.Load((byte*)flags);
        var (low, high) = Vector128.Widen(bytes);
        var words = Vector256.Create(low, high);
        var (first, second) = Vector256.Widen(words);
        return Vector512.GreaterThan(Vector512.Create(first, second), Vector512<uint>.Zero).AsSingle();
    }
}
