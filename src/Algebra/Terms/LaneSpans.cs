using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>Registers in and out of spans.</summary>
internal static class LaneSpans
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Load<T>(ReadOnlySpan<T> source, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(source), (nuint)index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Lanes<T> lanes, Span<T> target, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        lanes.Vector.StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)index);

    // The lanes past the end repeat zeros: what they compute is thrown away.
    public static Lanes<T> LoadTail<T>(ReadOnlySpan<T> source, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> register = stackalloc T[Lanes<T>.Count];
        register.Clear();
        source[index..].CopyTo(register);
        return Load<T>(register, 0);
    }

    public static void StoreTail<T>(Lanes<T> lanes, Span<T> target, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> register = stackalloc T[Lanes<T>.Count];
        Store(lanes, register, 0);
        register[..(target.Length - index)].CopyTo(target[index..]);
    }

    /// <summary>Value and tangent where the mask is true, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<Lanes<T>> Select<T>(ReadOnlySpan<bool> mask, int index, Dual<Lanes<T>> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref byte flags = ref Unsafe.Add(ref Unsafe.As<bool, byte>(ref MemoryMarshal.GetReference(mask)), index);
        return Select(typeof(T) == typeof(float) ? SixteenFlags<T>(ref flags) : EightFlags<T>(ref flags), result);
    }

    /// <summary>Value and tangent of the lanes before the end where the mask, if there is one, is true; else 0.</summary>
    public static Dual<Lanes<T>> SelectTail<T>(ReadOnlySpan<bool> mask, int index, int length, Dual<Lanes<T>> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<bool> flags = stackalloc bool[Lanes<T>.Count];
        flags.Clear();
        for (int i = index; i < length; i++)
        {
            flags[i - index] = mask.IsEmpty || mask[i];
        }

        return Select<T>(flags, 0, result);
    }

    /// <summary>The sum of the lanes in eight doubles: of one lane each, or of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Widen<T>(Lanes<T> lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float))
        {
            return lanes.Vector.AsDouble();
        }

        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(lanes.Vector.AsSingle());
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> SixteenFlags<T>(ref byte flags)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.LoadUnsafe(ref flags));
        (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(Vector256.Create(low, high));
        return Vector512.GreaterThan(Vector512.Create(first, second), Vector512<uint>.Zero).As<uint, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> EightFlags<T>(ref byte flags)
    {
        Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref flags)).AsByte());
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(shorts);
        (Vector256<ulong> first, Vector256<ulong> second) = Vector256.Widen(Vector256.Create(low, high));
        return Vector512.GreaterThan(Vector512.Create(first, second), Vector512<ulong>.Zero).As<ulong, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<Lanes<T>> Select<T>(Vector512<T> chosen, Dual<Lanes<T>> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
            new(Vector512.ConditionalSelect(chosen, result.Value.Vector, Vector512<T>.Zero)),
            new(Vector512.ConditionalSelect(chosen, result.Tangent.Vector, Vector512<T>.Zero)));
}
