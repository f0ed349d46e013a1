using System.Numerics;
using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// Runs a term over arrays of floats or doubles: its values, and its derivatives with respect to the variable, in one pass and
/// with no temporaries.
/// </summary>
/// <remarks>All spans have the length of <c>variable</c>; an argument that the term does not read may be any span of that
/// length, <c>variable</c> itself included.</remarks>
internal static class TermKernels
{
    /// <summary>
    /// value[i] = term(variable[i]; first[i], second[i], third[i], fourth[i]) and derivative[i] = ∂value[i]/∂variable[i].
    /// </summary>
    /// <param name="term">The formula.</param>
    /// <param name="variable">The variable.</param>
    /// <param name="first">First data argument.</param>
    /// <param name="second">Second data argument.</param>
    /// <param name="third">Third data argument.</param>
    /// <param name="fourth">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <param name="derivative">Receives the derivatives.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        Span<T> value,
        Span<T> derivative)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(variable.Length, first.Length, second.Length, third.Length, fourth.Length, value.Length);
        CheckLength(variable.Length, derivative.Length, nameof(derivative));
        int whole = variable.Length - (variable.Length % Lanes<T>.Count);
        Lanes<T> one = Lanes<T>.Broadcast(T.One);
        for (int i = 0; i < whole; i += Lanes<T>.Count)
        {
            Dual<Lanes<T>> result = EvaluateDual(term, one, variable, first, second, third, fourth, i);
            LaneSpans.Store(result.Value, value, i);
            LaneSpans.Store(result.Tangent, derivative, i);
        }

        if (whole < variable.Length)
        {
            Dual<Lanes<T>> result = EvaluateDualTail(term, one, variable, first, second, third, fourth, whole);
            LaneSpans.StoreTail(result.Value, value, whole);
            LaneSpans.StoreTail(result.Tangent, derivative, whole);
        }
    }

    /// <summary>value[i] = term(variable[i]; first[i], second[i], third[i], fourth[i]).</summary>
    /// <param name="term">The formula.</param>
    /// <param name="variable">The variable.</param>
    /// <param name="first">First data argument.</param>
    /// <param name="second">Second data argument.</param>
    /// <param name="third">Third data argument.</param>
    /// <param name="fourth">Fourth data argument.</param>
    /// <param name="value">Receives the values.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        Span<T> value)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(variable.Length, first.Length, second.Length, third.Length, fourth.Length, value.Length);
        int whole = variable.Length - (variable.Length % Lanes<T>.Count);
        for (int i = 0; i < whole; i += Lanes<T>.Count)
        {
            LaneSpans.Store(
                term.Evaluate(
                    LaneSpans.Load(variable, i),
                    LaneSpans.Load(first, i),
                    LaneSpans.Load(second, i),
                    LaneSpans.Load(third, i),
                    LaneSpans.Load(fourth, i)),
                value,
                i);
        }

        if (whole < variable.Length)
        {
            Lanes<T> result = term.Evaluate(
                LaneSpans.LoadTail(variable, whole),
                LaneSpans.LoadTail(first, whole),
                LaneSpans.LoadTail(second, whole),
                LaneSpans.LoadTail(third, whole),
                LaneSpans.LoadTail(fourth, whole));
            LaneSpans.StoreTail(result, value, whole);
        }
    }

    /// <summary>
    /// The term at a register's elements, with seed · ∂term/∂variable: derivatives are linear in the tangent of the variable.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Dual<Lanes<T>> EvaluateDual<TTerm, T>(
        TTerm term,
        Lanes<T> seed,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        int i)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => term.Evaluate(
            new Dual<Lanes<T>>(LaneSpans.Load(variable, i), seed),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(first, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(second, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(third, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.Load(fourth, i)));

    /// <summary>As <see cref="EvaluateDual"/>, of the elements from i to the end, fewer than a register's.</summary>
    internal static Dual<Lanes<T>> EvaluateDualTail<TTerm, T>(
        TTerm term,
        Lanes<T> seed,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        int i)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => term.Evaluate(
            new Dual<Lanes<T>>(LaneSpans.LoadTail(variable, i), seed),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(first, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(second, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(third, i)),
            Dual<Lanes<T>>.Constant(LaneSpans.LoadTail(fourth, i)));

    internal static void CheckLength(int expected, int actual, string name)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"{name} has {actual} elements, but variable has {expected}.", name);
        }
    }

    private static void CheckLengths(int variable, int first, int second, int third, int fourth, int value)
    {
        CheckLength(variable, first, nameof(first));
        CheckLength(variable, second, nameof(second));
        CheckLength(variable, third, nameof(third));
        CheckLength(variable, fourth, nameof(fourth));
        CheckLength(variable, value, nameof(value));
    }
}
