using System.Numerics;
using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// Runs a term over arrays of floats or doubles: its values, and its derivatives with respect to the variable, in one pass and
/// with no temporaries.
/// </summary>
/// <remarks>All spans have the length of <c>x</c>; an argument that the term does not read may be any span of that
/// length, <c>x</c> itself included.</remarks>
public static class TermKernels
{
    /// <summary>value[i] = term(x[i]; a[i], b[i], c[i], d[i]) and derivative[i] = ∂value[i]/∂x[i].</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <param name="derivative">Receives the derivatives.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        ReadOnlySpan<T> d,
        Span<T> value,
        Span<T> derivative)
        where TTerm : struct, ITerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length, value.Length);
        CheckLength(x.Length, derivative.Length, nameof(derivative));
        int whole = x.Length - (x.Length % Lanes<T>.Count);
        Lanes<T> one = Lanes<T>.Broadcast(T.One);
        for (int i = 0; i < whole; i += Lanes<T>.Count)
        {
            Dual<Lanes<T>> result = EvaluateDual(term, one, x, a, b, c, d, i);
            LaneSpans.Store(result.Value, value, i);
            LaneSpans.Store(result.Tangent, derivative, i);
        }

        if (whole < x.Length)
        {
            Dual<Lanes<T>> result = EvaluateDualTail(term, one, x, a, b, c, d, whole);
            LaneSpans.StoreTail(result.Value, value, whole);
            LaneSpans.StoreTail(result.Tangent, derivative, whole);
        }
    }

    /// <summary>value[i] = term(x[i]; a[i], b[i], c[i], d[i]).</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        ReadOnlySpan<T> d,
        Span<T> value)
        where TTerm : struct, ITerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length, value.Length);
        int whole = x.Length - (x.Length % Lanes<T>.Count);
        for (int i = 0; i < whole; i += Lanes<T>.Count)
        {
            LaneSpans.Store(
                term.Evaluate(LaneSpans.Load(x, i), LaneSpans.Load(a, i), LaneSpans.Load(b, i), LaneSpans.Load(c, i), LaneSpans.Load(d, i)), value, i);
        }

        if (whole < x.Length)
        {
            Lanes<T> result = term.Evaluate(
                LaneSpans.LoadTail(x, whole),
                LaneSpans.LoadTail(a, whole),
                LaneSpans.LoadTail(b, whole),
                LaneSpans.LoadTail(c, whole),
                LaneSpans.LoadTail(d, whole));
            LaneSpans.StoreTail(result, value, whole);
        }
    }

    /// <summary>The term at a register's elements, with seed · ∂term/∂x: derivatives are linear in the tangent of the variable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Dual<Lanes<T>> EvaluateDual<TTerm, T>(
        TTerm term, Lanes<T> seed, ReadOnlySpan<T> x, ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, ReadOnlySpan<T> d, int i)
        where TTerm : struct, ITerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => term.Evaluate(
            new Dual<Lanes<T>>(LaneSpans.Load(x, i), seed),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(a, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(b, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(c, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(d, i)));

    /// <summary>As <see cref="EvaluateDual"/>, of the elements from i to the end, fewer than a register's.</summary>
    internal static Dual<Lanes<T>> EvaluateDualTail<TTerm, T>(
        TTerm term, Lanes<T> seed, ReadOnlySpan<T> x, ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, ReadOnlySpan<T> d, int i)
        where TTerm : struct, ITerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => term.Evaluate(
            new Dual<Lanes<T>>(LaneSpans.LoadTail(x, i), seed),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(a, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(b, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(c, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(d, i)));

    internal static void CheckLength(int expected, int actual, string name)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"{name} has {actual} elements, but x has {expected}.", name);
        }
    }

    private static void CheckLengths(int x, int a, int b, int c, int d, int value)
    {
        CheckLength(x, a, nameof(a));
        CheckLength(x, b, nameof(b));
        CheckLength(x, c, nameof(c));
        CheckLength(x, d, nameof(d));
        CheckLength(x, value, nameof(value));
    }
}
