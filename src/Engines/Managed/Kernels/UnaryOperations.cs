using System.Runtime.Intrinsics;
using RlCore.Algebra;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>An elementwise function of one variable with up to two constants, and its derivative.</summary>
internal interface IUnaryOperation
{
    /// <summary>Fewest registers that are worth a thread's while.</summary>
    static abstract int Grain { get; }

    static abstract V Value(V x, V p, V q);

    /// <summary>The derivative at x, where the value is y.</summary>
    static abstract V Slope(V x, V y, V p, V q);
}

/// <summary>Grains of <see cref="IUnaryOperation"/>: how many registers outweigh the cost of a dispatch.</summary>
internal static class Grains
{
    public const int Cheap = 2048;
    public const int Costly = 192;
}

internal readonly struct ScaleOperation : IUnaryOperation
{
    public static int Grain => Grains.Cheap;

    public static V Value(V x, V p, V q) => x * p;

    public static V Slope(V x, V y, V p, V q) => p;
}

internal readonly struct ShiftOperation : IUnaryOperation
{
    public static int Grain => Grains.Cheap;

    public static V Value(V x, V p, V q) => x + p;

    public static V Slope(V x, V y, V p, V q) => V.One;
}

internal readonly struct ExpOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Simd.Exp(x);

    public static V Slope(V x, V y, V p, V q) => y;
}

internal readonly struct LogOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.Log(new(x)).Vector;

    public static V Slope(V x, V y, V p, V q) => V.One / x;
}

internal readonly struct SqrtOperation : IUnaryOperation
{
    public static int Grain => Grains.Cheap;

    public static V Value(V x, V p, V q) => Vector512.Sqrt(x);

    public static V Slope(V x, V y, V p, V q) => Vector512.Create(0.5f) / y;
}

internal readonly struct AbsOperation : IUnaryOperation
{
    public static int Grain => Grains.Cheap;

    public static V Value(V x, V p, V q) => Vector512.Abs(x);

    public static V Slope(V x, V y, V p, V q) =>
        (Vector512.GreaterThan(x, V.Zero) & V.One) | (Vector512.LessThan(x, V.Zero) & -V.One);
}

internal readonly struct ExpM1Operation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.ExpM1(new(x)).Vector;

    public static V Slope(V x, V y, V p, V q) => Simd.Exp(x);
}

internal readonly struct LogP1Operation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.LogP1(new(x)).Vector;

    public static V Slope(V x, V y, V p, V q) => V.One / (V.One + x);
}

internal readonly struct ExpM1MinusXOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.ExpM1MinusX(new(x)).Vector;

    public static V Slope(V x, V y, V p, V q) => Lanes<float>.ExpM1(new(x)).Vector;
}

internal readonly struct Log1MExpOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.Log1MExp(new(x)).Vector;

    // −eˣ/(1 − eˣ) = −1/(e⁻ˣ − 1)
    public static V Slope(V x, V y, V p, V q) => -V.One / Lanes<float>.ExpM1(new(-x)).Vector;
}

internal readonly struct SigmoidOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Simd.Sigmoid(x);

    // σ(x)σ(−x) rather than y(1 − y), which is 0 once y rounds to 1.
    public static V Slope(V x, V y, V p, V q) => y * Simd.Sigmoid(-x);
}

internal readonly struct LogSigmoidOperation : IUnaryOperation
{
    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => Lanes<float>.LogSigmoid(new(x)).Vector;

    public static V Slope(V x, V y, V p, V q) => Simd.Sigmoid(-x);
}

internal readonly struct ClampOperation : IUnaryOperation
{
    public static int Grain => Grains.Cheap;

    public static V Value(V x, V p, V q) => Vector512.Min(Vector512.Max(x, p), q);

    public static V Slope(V x, V y, V p, V q) =>
        Vector512.GreaterThanOrEqual(x, p) & Vector512.LessThanOrEqual(x, q) & V.One;
}

/// <summary>½x(1 + tanh u) = x·σ(2u), u = √(2/π)(x + 0.044715x³).</summary>
internal readonly struct GeluOperation : IUnaryOperation
{
    private const float TwoRoot = 1.5957691216057308f;
    private const float Cubic = 0.044715f;

    public static int Grain => Grains.Costly;

    public static V Value(V x, V p, V q) => x * Gate(x);

    public static V Slope(V x, V y, V p, V q)
    {
        var gate = Gate(x);
        var innerSlope = Vector512.Create(TwoRoot) * (V.One + (Vector512.Create(3 * Cubic) * x * x));
        return gate + (x * gate * (V.One - gate) * innerSlope);
    }

    private static V Gate(V x) =>
        Simd.Sigmoid(Vector512.Create(TwoRoot) * x * (V.One + (Vector512.Create(Cubic) * x * x)));
}
