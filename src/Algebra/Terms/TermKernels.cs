using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// Runs a term over arrays: its values, and its derivatives with respect to the variable, in one pass and with no
/// temporaries.
/// </summary>
/// <remarks>All spans have the length of <c>x</c>; an argument that the term does not read may be any span of that
/// length, <c>x</c> itself included.</remarks>
public static class TermKernels
{
    /// <summary>value[i] = term(x[i]; a[i], b[i], c[i], d[i]) and derivative[i] = ∂value[i]/∂x[i], in floats.</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <param name="derivative">Receives the derivatives.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm>(
        TTerm term,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d,
        Span<float> value,
        Span<float> derivative)
        where TTerm : struct, ITerm
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length, value.Length);
        CheckLength(x.Length, derivative.Length, nameof(derivative));
        int whole = x.Length - (x.Length % Lanes.Count);
        for (int i = 0; i < whole; i += Lanes.Count)
        {
            Dual<Lanes> result = EvaluateDual(term, Load(x, i), Load(a, i), Load(b, i), Load(c, i), Load(d, i));
            Store(result.Value, value, i);
            Store(result.Tangent, derivative, i);
        }

        if (whole < x.Length)
        {
            Dual<Lanes> result = EvaluateDual(
                term, LoadTail(x, whole), LoadTail(a, whole), LoadTail(b, whole), LoadTail(c, whole), LoadTail(d, whole));
            StoreTail(result.Value, value, whole);
            StoreTail(result.Tangent, derivative, whole);
        }
    }

    /// <summary>value[i] = term(x[i]; a[i], b[i], c[i], d[i]), in floats.</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm>(
        TTerm term,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d,
        Span<float> value)
        where TTerm : struct, ITerm
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length, value.Length);
        int whole = x.Length - (x.Length % Lanes.Count);
        for (int i = 0; i < whole; i += Lanes.Count)
        {
            Store(term.Evaluate(Load(x, i), Load(a, i), Load(b, i), Load(c, i), Load(d, i)), value, i);
        }

        if (whole < x.Length)
        {
            Lanes result = term.Evaluate(
                LoadTail(x, whole), LoadTail(a, whole), LoadTail(b, whole), LoadTail(c, whole), LoadTail(d, whole));
            StoreTail(result, value, whole);
        }
    }

    /// <summary>value[i] = term(x[i]; a[i], b[i], c[i], d[i]) and derivative[i] = ∂value[i]/∂x[i], in doubles.</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <param name="derivative">Receives the derivatives.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm>(
        TTerm term,
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> a,
        ReadOnlySpan<double> b,
        ReadOnlySpan<double> c,
        ReadOnlySpan<double> d,
        Span<double> value,
        Span<double> derivative)
        where TTerm : struct, ITerm
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length, value.Length);
        CheckLength(x.Length, derivative.Length, nameof(derivative));
        for (int i = 0; i < x.Length; i++)
        {
            Dual<Real> result = EvaluateDual<TTerm, Real>(term, x[i], a[i], b[i], c[i], d[i]);
            value[i] = result.Value;
            derivative[i] = result.Tangent;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Dual<S> EvaluateDual<TTerm, S>(TTerm term, S x, S a, S b, S c, S d)
        where TTerm : struct, ITerm
        where S : struct, IAlgebra<S> =>
        term.Evaluate(Dual<S>.Variable(x), Dual<S>.Constant(a), Dual<S>.Constant(b), Dual<S>.Constant(c), Dual<S>.Constant(d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Lanes Load(ReadOnlySpan<float> source, int index) =>
        new(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(source), (nuint)index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Lanes lanes, Span<float> target, int index) =>
        lanes.Vector.StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)index);

    // The lanes past the end repeat zeros: what they compute is thrown away.
    internal static Lanes LoadTail(ReadOnlySpan<float> source, int index)
    {
        Span<float> register = stackalloc float[Lanes.Count];
        register.Clear();
        source[index..].CopyTo(register);
        return Load(register, 0);
    }

    internal static void StoreTail(Lanes lanes, Span<float> target, int index)
    {
        Span<float> register = stackalloc float[Lanes.Count];
        Store(lanes, register, 0);
        register[..(target.Length - index)].CopyTo(target[index..]);
    }

    private static void CheckLengths(int x, int a, int b, int c, int d, int value)
    {
        CheckLength(x, a, nameof(a));
        CheckLength(x, b, nameof(b));
        CheckLength(x, c, nameof(c));
        CheckLength(x, d, nameof(d));
        CheckLength(x, value, nameof(value));
    }

    internal static void CheckLength(int expected, int actual, string name)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"{name} has {actual} elements, but x has {expected}.", name);
        }
    }
}
