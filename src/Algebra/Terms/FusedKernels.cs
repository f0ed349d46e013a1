using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// Runs a term over arrays and sums it: weighted total and gradient in one pass, with no temporaries and no allocation.
/// </summary>
/// <remarks>All spans have the length of <c>x</c>. An argument that the term does not read may be any span of that
/// length, <c>x</c> itself included. An empty mask selects everything; what a mask excludes gives 0, whatever it holds.
/// Sums are taken in double.</remarks>
public static class FusedKernels
{
    /// <summary>
    /// weight · Σ_i m_i·term(x_i; a_i, b_i, c_i, d_i) with gradient[i] = weight · m_i · ∂term/∂x_i, in floats.
    /// </summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="mask">m; empty for all.</param>
    /// <param name="weight">The weight of every element.</param>
    /// <param name="values">Receives m_i·term; empty to leave it out.</param>
    /// <param name="gradient">Receives the gradient of the sum.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double WeightedSum<TTerm>(
        TTerm term,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d,
        ReadOnlySpan<bool> mask,
        double weight,
        Span<float> values,
        Span<float> gradient)
        where TTerm : struct, ITerm
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length);
        CheckTargets(x.Length, mask.Length, values.Length, gradient.Length);
        int whole = x.Length - (x.Length % Lanes.Count);
        var total = default(LaneTotal);
        Vector512<float> scale = Vector512.Create((float)weight);
        for (int i = 0; i < whole; i += Lanes.Count)
        {
            Dual<Lanes> result = TermKernels.EvaluateDual(
                term, TermKernels.Load(x, i), TermKernels.Load(a, i), TermKernels.Load(b, i), TermKernels.Load(c, i), TermKernels.Load(d, i));
            result = mask.IsEmpty ? result : Select(mask, i, result);
            total.Add(result.Value.Vector);
            TermKernels.Store(new(result.Tangent.Vector * scale), gradient, i);
            if (!values.IsEmpty)
            {
                TermKernels.Store(result.Value, values, i);
            }
        }

        if (whole < x.Length)
        {
            Dual<Lanes> result = TermKernels.EvaluateDual(
                term,
                TermKernels.LoadTail(x, whole),
                TermKernels.LoadTail(a, whole),
                TermKernels.LoadTail(b, whole),
                TermKernels.LoadTail(c, whole),
                TermKernels.LoadTail(d, whole));
            result = SelectTail(mask, whole, x.Length, result);
            total.Add(result.Value.Vector);
            TermKernels.StoreTail(new(result.Tangent.Vector * scale), gradient, whole);
            StoreTailIfAsked(result.Value, values, whole);
        }

        return weight * total.Sum;
    }

    /// <summary>
    /// weight · Σ_i m_i·term(x_i; a_i, b_i, c_i, d_i) with gradient[i] = weight · m_i · ∂term/∂x_i, in doubles.
    /// </summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="mask">m; empty for all.</param>
    /// <param name="weight">The weight of every element.</param>
    /// <param name="values">Receives m_i·term; empty to leave it out.</param>
    /// <param name="gradient">Receives the gradient of the sum.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double WeightedSum<TTerm>(
        TTerm term,
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> a,
        ReadOnlySpan<double> b,
        ReadOnlySpan<double> c,
        ReadOnlySpan<double> d,
        ReadOnlySpan<bool> mask,
        double weight,
        Span<double> values,
        Span<double> gradient)
        where TTerm : struct, ITerm
    {
        CheckLengths(x.Length, a.Length, b.Length, c.Length, d.Length);
        CheckTargets(x.Length, mask.Length, values.Length, gradient.Length);
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            Dual<Real> result = mask.IsEmpty || mask[i]
                ? TermKernels.EvaluateDual<TTerm, Real>(term, x[i], a[i], b[i], c[i], d[i])
                : default;
            sum += result.Value;
            gradient[i] = weight * result.Tangent;
            if (!values.IsEmpty)
            {
                values[i] = result.Value;
            }
        }

        return weight * sum;
    }

    /// <summary>
    /// weight · Σ_i term(s_w, s_l) of pairs, s_w = chosen_i − chosenReference_i, with the gradients of the sum with respect to
    /// both log-probs, in floats.
    /// </summary>
    /// <param name="term">The loss of a pair.</param>
    /// <param name="chosen">ℓ_w.</param>
    /// <param name="rejected">ℓ_l.</param>
    /// <param name="chosenReference">ℓ_ref,w.</param>
    /// <param name="rejectedReference">ℓ_ref,l.</param>
    /// <param name="weight">The weight of every pair.</param>
    /// <param name="values">Receives the losses; empty to leave them out.</param>
    /// <param name="chosenGradient">Receives the gradient with respect to ℓ_w.</param>
    /// <param name="rejectedGradient">Receives the gradient with respect to ℓ_l.</param>
    /// <typeparam name="TTerm">The loss.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double PairSum<TTerm>(
        TTerm term,
        ReadOnlySpan<float> chosen,
        ReadOnlySpan<float> rejected,
        ReadOnlySpan<float> chosenReference,
        ReadOnlySpan<float> rejectedReference,
        double weight,
        Span<float> values,
        Span<float> chosenGradient,
        Span<float> rejectedGradient)
        where TTerm : struct, IPairTerm
    {
        CheckPairs(chosen.Length, rejected.Length, chosenReference.Length, rejectedReference.Length);
        CheckTargets(chosen.Length, 0, values.Length, chosenGradient.Length, rejectedGradient.Length);
        int whole = chosen.Length - (chosen.Length % Lanes.Count);
        var total = default(LaneTotal);
        Vector512<float> scale = Vector512.Create((float)weight);
        for (int i = 0; i < whole; i += Lanes.Count)
        {
            Lanes s = TermKernels.Load(chosen, i) - TermKernels.Load(chosenReference, i);
            Lanes t = TermKernels.Load(rejected, i) - TermKernels.Load(rejectedReference, i);
            (Dual<Lanes> result, Lanes toRejected) = EvaluatePair(term, s, t);
            total.Add(result.Value.Vector);
            TermKernels.Store(new(result.Tangent.Vector * scale), chosenGradient, i);
            TermKernels.Store(new(toRejected.Vector * scale), rejectedGradient, i);
            if (!values.IsEmpty)
            {
                TermKernels.Store(result.Value, values, i);
            }
        }

        if (whole < chosen.Length)
        {
            Lanes s = TermKernels.LoadTail(chosen, whole) - TermKernels.LoadTail(chosenReference, whole);
            Lanes t = TermKernels.LoadTail(rejected, whole) - TermKernels.LoadTail(rejectedReference, whole);
            (Dual<Lanes> result, Lanes toRejected) = EvaluatePair(term, s, t);
            total.Add(SelectTail(default, whole, chosen.Length, result).Value.Vector);
            TermKernels.StoreTail(new(result.Tangent.Vector * scale), chosenGradient, whole);
            TermKernels.StoreTail(new(toRejected.Vector * scale), rejectedGradient, whole);
            StoreTailIfAsked(result.Value, values, whole);
        }

        return weight * total.Sum;
    }

    /// <summary>
    /// weight · Σ_i term(s_w, s_l) of pairs, s_w = chosen_i − chosenReference_i, with the gradients of the sum with respect to
    /// both log-probs, in doubles.
    /// </summary>
    /// <param name="term">The loss of a pair.</param>
    /// <param name="chosen">ℓ_w.</param>
    /// <param name="rejected">ℓ_l.</param>
    /// <param name="chosenReference">ℓ_ref,w.</param>
    /// <param name="rejectedReference">ℓ_ref,l.</param>
    /// <param name="weight">The weight of every pair.</param>
    /// <param name="values">Receives the losses; empty to leave them out.</param>
    /// <param name="chosenGradient">Receives the gradient with respect to ℓ_w.</param>
    /// <param name="rejectedGradient">Receives the gradient with respect to ℓ_l.</param>
    /// <typeparam name="TTerm">The loss.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double PairSum<TTerm>(
        TTerm term,
        ReadOnlySpan<double> chosen,
        ReadOnlySpan<double> rejected,
        ReadOnlySpan<double> chosenReference,
        ReadOnlySpan<double> rejectedReference,
        double weight,
        Span<double> values,
        Span<double> chosenGradient,
        Span<double> rejectedGradient)
        where TTerm : struct, IPairTerm
    {
        CheckPairs(chosen.Length, rejected.Length, chosenReference.Length, rejectedReference.Length);
        CheckTargets(chosen.Length, 0, values.Length, chosenGradient.Length, rejectedGradient.Length);
        double sum = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            (Dual<Real> result, Real toRejected) = EvaluatePair<TTerm, Real>(
                term, chosen[i] - chosenReference[i], rejected[i] - rejectedReference[i]);
            sum += result.Value;
            chosenGradient[i] = weight * result.Tangent;
            rejectedGradient[i] = weight * toRejected;
            if (!values.IsEmpty)
            {
                values[i] = result.Value;
            }
        }

        return weight * sum;
    }

    // A loss of the difference alone has opposite derivatives, so one evaluation is enough.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Dual<S> ToChosen, S ToRejected) EvaluatePair<TTerm, S>(TTerm term, S chosen, S rejected)
        where TTerm : struct, IPairTerm
        where S : struct, IAlgebra<S>
    {
        Dual<S> toChosen = term.Evaluate(Dual<S>.Variable(chosen), Dual<S>.Constant(rejected));
        return (toChosen, term.OfDifference
            ? -toChosen.Tangent
            : term.Evaluate(Dual<S>.Constant(chosen), Dual<S>.Variable(rejected)).Tangent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<Lanes> Select(ReadOnlySpan<bool> mask, int index, Dual<Lanes> result)
    {
        ref byte flags = ref Unsafe.As<bool, byte>(ref MemoryMarshal.GetReference(mask));
        Vector128<byte> bytes = Vector128.LoadUnsafe(ref flags, (nuint)index);
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
        (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(Vector256.Create(low, high));
        return Select(Vector512.GreaterThan(Vector512.Create(first, second), Vector512<uint>.Zero).AsSingle(), result);
    }

    private static Dual<Lanes> SelectTail(ReadOnlySpan<bool> mask, int index, int length, Dual<Lanes> result)
    {
        Span<uint> flags = stackalloc uint[Lanes.Count];
        flags.Clear();
        for (int i = index; i < length; i++)
        {
            flags[i - index] = mask.IsEmpty || mask[i] ? uint.MaxValue : 0;
        }

        return Select(Vector512.Create<uint>(flags).AsSingle(), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<Lanes> Select(Vector512<float> chosen, Dual<Lanes> result) => new(
        new(Vector512.ConditionalSelect(chosen, result.Value.Vector, Vector512<float>.Zero)),
        new(Vector512.ConditionalSelect(chosen, result.Tangent.Vector, Vector512<float>.Zero)));

    private static void StoreTailIfAsked(Lanes lanes, Span<float> values, int index)
    {
        if (!values.IsEmpty)
        {
            TermKernels.StoreTail(lanes, values, index);
        }
    }

    private static void CheckLengths(int x, int a, int b, int c, int d)
    {
        TermKernels.CheckLength(x, a, nameof(a));
        TermKernels.CheckLength(x, b, nameof(b));
        TermKernels.CheckLength(x, c, nameof(c));
        TermKernels.CheckLength(x, d, nameof(d));
    }

    private static void CheckPairs(int chosen, int rejected, int chosenReference, int rejectedReference)
    {
        if (rejected != chosen || chosenReference != chosen || rejectedReference != chosen)
        {
            throw new ArgumentException(
                $"{chosen} chosen and {rejected} rejected log-probs with {chosenReference} and {rejectedReference} of the reference: one of each a pair is needed.");
        }
    }

    private static void CheckTargets(int x, int mask, int values, params ReadOnlySpan<int> gradients)
    {
        if ((mask != 0 && mask != x) || (values != 0 && values != x) || gradients.ContainsAnyExcept(x))
        {
            throw new ArgumentException(
                $"Over {x} elements, the mask has {mask}, the values have {values} and the gradients [{string.Join(", ", gradients.ToArray())}].");
        }
    }

    // Sixteen running sums in double: a float's would lose the small terms of a long batch.
    private struct LaneTotal
    {
        private Vector512<double> _low;
        private Vector512<double> _high;

        public readonly double Sum => Vector512.Sum(_low + _high);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector512<float> values)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(values);
            _low += low;
            _high += high;
        }
    }
}
