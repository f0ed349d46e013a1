using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// One SIMD register of floats: a formula on it runs on <see cref="Count"/> elements at once. Written for 512 bits;
/// where the hardware has less, the runtime runs each operation as two halves.
/// </summary>
/// <remarks>The elementary functions are accurate to a few units in the last place of a float, at the ends of the
/// range too.</remarks>
/// <param name="Vector">The register.</param>
public readonly record struct Lanes(Vector512<float> Vector) : IAlgebra<Lanes>
{
    /// <summary>Number of elements of a register.</summary>
    public static int Count => Vector512<float>.Count;

    /// <summary>Every lane holds the same value.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Broadcast(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator +(Lanes left, Lanes right) => new(left.Vector + right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator -(Lanes left, Lanes right) => new(left.Vector - right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator *(Lanes left, Lanes right) => new(left.Vector * right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator /(Lanes left, Lanes right) => new(left.Vector / right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator -(Lanes x) => new(-x.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Scale(Lanes x, double factor) => new(x.Vector * (float)factor);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Shift(Lanes x, double offset) => new(x.Vector + Vector512.Create((float)offset));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Constant(Lanes like, double value) => new(Vector512.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Exp(Lanes x) => new(LaneMath.Exp(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Log(Lanes x) => new(LaneMath.Log(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Sqrt(Lanes x) => new(Vector512.Sqrt(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Abs(Lanes x) => new(Vector512.Abs(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ExpM1(Lanes x) => new(LaneMath.ExpM1(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes LogP1(Lanes x) => new(LaneMath.LogP1(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ExpM1MinusX(Lanes x) => new(LaneMath.ExpM1MinusX(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Log1MExp(Lanes x) => new(LaneMath.Log1MExp(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Sigmoid(Lanes x) => new(LaneMath.Sigmoid(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes LogSigmoid(Lanes x) => new(LaneMath.LogSigmoid(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Min(Lanes left, Lanes right) => new(Vector512.Min(left.Vector, right.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Max(Lanes left, Lanes right) => new(Vector512.Max(left.Vector, right.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Clamp(Lanes x, double low, double high) => new(LaneMath.Limit(x.Vector, (float)low, (float)high));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes StopGradient(Lanes x) => x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes SelectByOrder(Lanes left, Lanes right, Lanes less, Lanes equal, Lanes greater)
    {
        Vector512<float> notLess = Vector512.ConditionalSelect(Vector512.GreaterThan(left.Vector, right.Vector), greater.Vector, equal.Vector);
        return new(Vector512.ConditionalSelect(Vector512.LessThan(left.Vector, right.Vector), less.Vector, notLess));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes SelectInside(Lanes x, double low, double high, Lanes inside, Lanes outside)
    {
        Vector512<float> isInside = Vector512.GreaterThanOrEqual(x.Vector, Vector512.Create((float)low))
            & Vector512.LessThanOrEqual(x.Vector, Vector512.Create((float)high));
        return new(Vector512.ConditionalSelect(isInside, inside.Vector, outside.Vector));
    }
}
