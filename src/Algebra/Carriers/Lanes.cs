using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// One SIMD register of floats or of doubles: a formula on it runs on <see cref="Count"/> elements at once. Written for 512 bits;
/// where the hardware has less, the runtime runs each operation as two halves.
/// </summary>
/// <remarks>The elementary functions are accurate to a few units in the last place, including at the ends of the range. Other numbers
/// types than float and double are rejected by the first operation (<see cref="NotSupportedException"/>).</remarks>
/// <param name="Vector">The register.</param>
/// <typeparam name="T">float or double.</typeparam>
public readonly record struct Lanes<T>(Vector512<T> Vector) : IAlgebra<Lanes<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of elements of a register: 16 floats or 8 doubles.</summary>
    public static int Count => Vector512<T>.Count;

    /// <summary>Every lane holds the same value.</summary>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Broadcast(T value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> operator +(Lanes<T> left, Lanes<T> right) => new(left.Vector + right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> operator -(Lanes<T> left, Lanes<T> right) => new(left.Vector - right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> operator *(Lanes<T> left, Lanes<T> right) => new(left.Vector * right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> operator /(Lanes<T> left, Lanes<T> right) => new(left.Vector / right.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> operator -(Lanes<T> x) => new(-x.Vector);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Scale(Lanes<T> x, double factor) => new(x.Vector * All(factor));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Shift(Lanes<T> x, double offset) => new(x.Vector + All(offset));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Constant(Lanes<T> like, double value) => new(All(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Exp(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.Exp(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.Exp(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Log(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.Log(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.Log(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Sqrt(Lanes<T> x) => new(Vector512.Sqrt(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Abs(Lanes<T> x) => new(Vector512.Abs(x.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> ExpM1(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.ExpM1(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.ExpM1(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> LogP1(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.LogP1(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.LogP1(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> ExpM1MinusX(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.ExpM1MinusX(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.ExpM1MinusX(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Log1MExp(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.Log1MExp(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.Log1MExp(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Sigmoid(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.Sigmoid(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.Sigmoid(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> LogSigmoid(Lanes<T> x) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.LogSigmoid(x.Vector.AsSingle()).As<float, T>()
        : LaneMath<DoubleLanes, double>.LogSigmoid(x.Vector.AsDouble()).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes<T> Value, Lanes<T> Slope) ExpM1MinusXWithSlope(Lanes<T> x) => typeof(T) == typeof(float)
        ? Of(LaneMath<FloatLanes, float>.ExpM1MinusXWithSlope(x.Vector.AsSingle()))
        : Of(LaneMath<DoubleLanes, double>.ExpM1MinusXWithSlope(x.Vector.AsDouble()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes<T> Value, Lanes<T> Slope) LogSigmoidWithSlope(Lanes<T> x) => typeof(T) == typeof(float)
        ? Of(LaneMath<FloatLanes, float>.LogSigmoidWithSlope(x.Vector.AsSingle()))
        : Of(LaneMath<DoubleLanes, double>.LogSigmoidWithSlope(x.Vector.AsDouble()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Min(Lanes<T> left, Lanes<T> right) => new(Vector512.Min(left.Vector, right.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Max(Lanes<T> left, Lanes<T> right) => new(Vector512.Max(left.Vector, right.Vector));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> Clamp(Lanes<T> x, double low, double high) => new(typeof(T) == typeof(float)
        ? LaneMath<FloatLanes, float>.Limit(x.Vector.AsSingle(), FloatLanes.Of(low), FloatLanes.Of(high)).As<float, T>()
        : LaneMath<DoubleLanes, double>.Limit(x.Vector.AsDouble(), DoubleLanes.Of(low), DoubleLanes.Of(high)).As<double, T>());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> StopGradient(Lanes<T> x) => x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> SelectByOrder(Lanes<T> left, Lanes<T> right, Lanes<T> less, Lanes<T> equal, Lanes<T> greater)
    {
        Vector512<T> notLess = Vector512.ConditionalSelect(Vector512.GreaterThan(left.Vector, right.Vector), greater.Vector, equal.Vector);
        return new(Vector512.ConditionalSelect(Vector512.LessThan(left.Vector, right.Vector), less.Vector, notLess));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<T> SelectInside(Lanes<T> x, double low, double high, Lanes<T> inside, Lanes<T> outside)
    {
        Vector512<T> isInside = Vector512.GreaterThanOrEqual(x.Vector, All(low)) & Vector512.LessThanOrEqual(x.Vector, All(high));
        return new(Vector512.ConditionalSelect(isInside, inside.Vector, outside.Vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> All(double value) => typeof(T) == typeof(float)
        ? Vector512.Create((float)value).As<float, T>()
        : Vector512.Create(value).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Lanes<T> Value, Lanes<T> Slope) Of<TFrom>((Vector512<TFrom> Value, Vector512<TFrom> Slope) pair) =>
        (new(pair.Value.As<TFrom, T>()), new(pair.Slope.As<TFrom, T>()));
}
