using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// Runs a term over arrays of floats or doubles and sums it: weighted total and gradient in one pass, with no temporaries and no
/// allocation.
/// </summary>
/// <remarks>All spans have the length of <c>variable</c>. An argument that the term does not use may be any span of that
/// length, <c>variable</c> itself included. An empty mask selects everything; what a mask excludes gives 0, whatever it holds.
/// Sums are taken in double; of floats, after eight have been added that are a register apart.</remarks>
internal static class FusedKernels
{
    // Registers that are added up in their own precision. Their sum's rounding is that of the terms themselves, and widening each
    // would take a fifth of the time.
    private const int BlockRegisters = 8;

    /// <summary>
    /// weight · Σ_i m_i·term(variable_i; first_i, …) with gradient[i] = weight · m_i · ∂term/∂variable_i.
    /// </summary>
    /// <param name="term">The formula.</param>
    /// <param name="variable">The variable.</param>
    /// <param name="first">First data argument.</param>
    /// <param name="second">Second data argument.</param>
    /// <param name="third">Third data argument.</param>
    /// <param name="fourth">Fourth data argument.</param>
    /// <param name="mask">m; empty for all.</param>
    /// <param name="weight">The weight of every element.</param>
    /// <param name="values">Receives m_i·term; empty to leave it out.</param>
    /// <param name="gradient">Receives the gradient of the sum.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double WeightedSum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        ReadOnlySpan<bool> mask,
        double weight,
        Span<T> values,
        Span<T> gradient)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(variable.Length, first.Length, second.Length, third.Length, fourth.Length);
        CheckTargets(variable.Length, mask.Length, values.Length, gradient.Length);
        int whole = variable.Length - (variable.Length % Lanes<T>.Count);
        Lanes<T> seed = Lanes<T>.Constant(default, weight);
        Vector512<double> total = SumRegisters(term, seed, whole, variable, first, second, third, fourth, mask, values, gradient);
        if (whole < variable.Length)
        {
            Dual<Lanes<T>> result = TermKernels.EvaluateDualTail(term, seed, variable, first, second, third, fourth, whole);
            result = LaneSpans.SelectTail(mask, whole, variable.Length, result);
            total += LaneSpans.Widen(result.Value);
            LaneSpans.StoreTail(result.Tangent, gradient, whole);
            StoreTailIfAsked(result.Value, values, whole);
        }

        return weight * Vector512.Sum(total);
    }

    /// <summary>
    /// weight · Σ_i term(s_w, s_l) of pairs, s_w = chosen_i − chosenReference_i, with the gradients of the sum with respect to
    /// both log-probs, and how well the scores separate the pairs.
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
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static PairSums PairSum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> chosen,
        ReadOnlySpan<T> rejected,
        ReadOnlySpan<T> chosenReference,
        ReadOnlySpan<T> rejectedReference,
        double weight,
        Span<T> values,
        Span<T> chosenGradient,
        Span<T> rejectedGradient)
        where TTerm : struct, IPairTerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckPairs(chosen.Length, rejected.Length, chosenReference.Length, rejectedReference.Length);
        CheckTargets(chosen.Length, 0, values.Length, chosenGradient.Length, rejectedGradient.Length);
        int whole = chosen.Length - (chosen.Length % Lanes<T>.Count);
        Lanes<T> seed = Lanes<T>.Constant(default, weight);
        PairTotal<T> total = SumRegisters(
            term, seed, whole, chosen, rejected, chosenReference, rejectedReference, values, chosenGradient, rejectedGradient);
        if (whole < chosen.Length)
        {
            Lanes<T> s = LaneSpans.LoadTail(chosen, whole) - LaneSpans.LoadTail(chosenReference, whole);
            Lanes<T> t = LaneSpans.LoadTail(rejected, whole) - LaneSpans.LoadTail(rejectedReference, whole);
            (Dual<Lanes<T>> result, Lanes<T> toRejected) = EvaluatePair(term, s, t, seed);

            // Past the end the scores are 0 and 0: no margin, and not separated.
            total.Add(LaneSpans.SelectTail(default, whole, chosen.Length, result).Value, s - t);
            total.Separated += Separated(s, t);
            LaneSpans.StoreTail(result.Tangent, chosenGradient, whole);
            LaneSpans.StoreTail(toRejected, rejectedGradient, whole);
            StoreTailIfAsked(result.Value, values, whole);
        }

        return total.Sums(weight);
    }

    // The loops over whole registers are compiled apart from what surrounds them, because the compiler inlines only so much a
    // method.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<double> SumRegisters<TTerm, T>(
        TTerm term,
        Lanes<T> seed,
        int length,
        ReadOnlySpan<T> variable,
        ReadOnlySpan<T> first,
        ReadOnlySpan<T> second,
        ReadOnlySpan<T> third,
        ReadOnlySpan<T> fourth,
        ReadOnlySpan<bool> mask,
        Span<T> values,
        Span<T> gradient)
        where TTerm : struct, IElementFormula
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<double> total = default;
        for (int from = 0; from < length; from += BlockRegisters * Lanes<T>.Count)
        {
            int to = Math.Min(length, from + (BlockRegisters * Lanes<T>.Count));
            Lanes<T> block = default;
            for (int i = from; i < to; i += Lanes<T>.Count)
            {
                Dual<Lanes<T>> result = TermKernels.EvaluateDual(term, seed, variable, first, second, third, fourth, i);
                result = mask.IsEmpty ? result : LaneSpans.Select(mask, i, result);
                block += result.Value;
                LaneSpans.Store(result.Tangent, gradient, i);
                if (!values.IsEmpty)
                {
                    LaneSpans.Store(result.Value, values, i);
                }
            }

            total += LaneSpans.Widen(block);
        }

        return total;
    }

    // Optimised at once: what the tiers make of this loop step by step takes twice as long.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static PairTotal<T> SumRegisters<TTerm, T>(
        TTerm term,
        Lanes<T> seed,
        int length,
        ReadOnlySpan<T> chosen,
        ReadOnlySpan<T> rejected,
        ReadOnlySpan<T> chosenReference,
        ReadOnlySpan<T> rejectedReference,
        Span<T> values,
        Span<T> chosenGradient,
        Span<T> rejectedGradient)
        where TTerm : struct, IPairTerm
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var total = default(PairTotal<T>);
        for (int from = 0; from < length; from += BlockRegisters * Lanes<T>.Count)
        {
            int to = Math.Min(length, from + (BlockRegisters * Lanes<T>.Count));
            (Lanes<T> losses, Lanes<T> margins) = (default, default);
            for (int i = from; i < to; i += Lanes<T>.Count)
            {
                Lanes<T> s = LaneSpans.Load(chosen, i) - LaneSpans.Load(chosenReference, i);
                Lanes<T> t = LaneSpans.Load(rejected, i) - LaneSpans.Load(rejectedReference, i);
                (Dual<Lanes<T>> result, Lanes<T> toRejected) = EvaluatePair(term, s, t, seed);
                losses += result.Value;
                margins += s - t;
                total.Separated += Separated(s, t);
                LaneSpans.Store(result.Tangent, chosenGradient, i);
                LaneSpans.Store(toRejected, rejectedGradient, i);
                if (!values.IsEmpty)
                {
                    LaneSpans.Store(result.Value, values, i);
                }
            }

            total.Add(losses, margins);
        }

        return total;
    }

    // A loss of the difference alone has opposite derivatives, so one evaluation is enough.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Dual<S> ToChosen, S ToRejected) EvaluatePair<TTerm, S>(TTerm term, S chosen, S rejected, S seed)
        where TTerm : struct, IPairTerm
        where S : struct, IAlgebra<S>
    {
        Dual<S> toChosen = term.Evaluate(new Dual<S>(chosen, seed), Dual<S>.Constant(rejected));
        return (toChosen, term.OfDifference
            ? -toChosen.Tangent
            : term.Evaluate(Dual<S>.Constant(chosen), new Dual<S>(rejected, seed)).Tangent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Separated<T>(Lanes<T> chosen, Lanes<T> rejected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        BitOperations.PopCount(Vector512.GreaterThan(chosen.Vector, rejected.Vector).ExtractMostSignificantBits());

    private static void StoreTailIfAsked<T>(Lanes<T> lanes, Span<T> values, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!values.IsEmpty)
        {
            LaneSpans.StoreTail(lanes, values, index);
        }
    }

    private static void CheckLengths(int variable, int first, int second, int third, int fourth)
    {
        TermKernels.CheckLength(variable, first, nameof(first));
        TermKernels.CheckLength(variable, second, nameof(second));
        TermKernels.CheckLength(variable, third, nameof(third));
        TermKernels.CheckLength(variable, fourth, nameof(fourth));
    }

    private static void CheckPairs(int chosen, int rejected, int chosenReference, int rejectedReference)
    {
        if (rejected != chosen || chosenReference != chosen || rejectedReference != chosen)
        {
            throw new ArgumentException(
                $"{chosen} chosen and {rejected} rejected log-probs with {chosenReference} and {rejectedReference} of the reference: one "
                    + "of each a pair is needed.");
        }
    }

    private static void CheckTargets(int variable, int mask, int values, params ReadOnlySpan<int> gradients)
    {
        if ((mask != 0 && mask != variable) || (values != 0 && values != variable) || gradients.ContainsAnyExcept(variable))
        {
            throw new ArgumentException(
                $"Over {variable} elements, the mask has {mask}, the values have {values}"
                + $" and the gradients [{string.Join(", ", gradients.ToArray())}].");
        }
    }

    private struct PairTotal<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private Vector512<double> _losses;
        private Vector512<double> _margins;

        public long Separated { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Lanes<T> losses, Lanes<T> margins)
        {
            _losses += LaneSpans.Widen(losses);
            _margins += LaneSpans.Widen(margins);
        }

        public readonly PairSums Sums(double weight) => new(weight * Vector512.Sum(_losses), Vector512.Sum(_margins), Separated);
    }
}
