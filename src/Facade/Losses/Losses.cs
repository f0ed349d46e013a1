using System.Buffers;
using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>
/// Loss functions with their gradients, over spans (and so arrays) of float or double, each in one fused pass.
/// </summary>
/// <remarks>
/// Log-probs are natural logarithms, in nats. A batch of tokens is [batch, time], row-major, of the mask's shape; what the mask
/// excludes may hold anything, NaN included. Sums are taken in double. The functions that return a record allocate what it
/// holds; <c>Sum</c> and the overloads that take a span for the gradient allocate nothing per token.
/// <para>A NaN that counts is refused with <see cref="ArgumentException"/>, which names the argument and the index. A loss or gradient
/// that is too large for the caller's type, such as that of a ratio of e^800, is refused with <see cref="OverflowException"/>, which
/// names the token or pair. No result is ever NaN but the diagnostics of a batch without actions.</para>
/// <para>A batch whose mask has no actions has loss 0 and gradient 0; its diagnostics are means over nothing, NaN. A list without
/// elements (no pair, no completion) is refused with <see cref="ArgumentException"/>.</para>
/// <para>A null array is an array without elements: where numbers are needed it is refused with <see cref="ArgumentException"/>, which
/// says how many. Any other null is refused with <see cref="ArgumentNullException"/>, but for optional arguments, whose default it
/// is.</para>
/// </remarks>
public static partial class Losses
{
    /// <summary>
    /// Any policy loss, by its aggregation: its token losses, its total and the gradient. Use it for a formula
    /// of your own.
    /// </summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IPolicyTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token; empty if the term does not use it.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token; empty if the term does not use it.</param>
    /// <param name="advantages">A, one per token or one per row; empty if the term does not use it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        Aggregation aggregation)
        where TTerm : struct, IPolicyTerm
        where T : unmanaged, INumber<T> =>
        MapElements(
            new PolicyArguments.Formula<TTerm>(term),
            PolicyArguments.Names,
            PolicyArguments.Spans(logProbs, oldLogProbs, refLogProbs, advantages),
            mask,
            aggregation);

    /// <summary>As <c>Map</c>, into a caller-provided span: nothing is allocated per token.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IPolicyTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token; empty if the term does not use it.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token; empty if the term does not use it.</param>
    /// <param name="advantages">A, one per token or one per row; empty if the term does not use it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="gradient">Receives the gradient, one per token.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static double Sum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        Aggregation aggregation,
        Span<T> gradient)
        where TTerm : struct, IPolicyTerm
        where T : unmanaged, INumber<T> =>
        Run(
            new PolicyArguments.Formula<TTerm>(term),
            PolicyArguments.Names,
            PolicyArguments.Spans(logProbs, oldLogProbs, refLogProbs, advantages),
            mask,
            aggregation,
            default,
            gradient);

    /// <summary>Any value loss, by its aggregation: its token losses, its total and the gradient.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IValueTerm"/>.</param>
    /// <param name="values">V, one per token; the gradient is with respect to it.</param>
    /// <param name="oldValues">V_old, one per token; empty if the term does not use it.</param>
    /// <param name="returns">R, one per token.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> values,
        ReadOnlySpan<T> oldValues,
        ReadOnlySpan<T> returns,
        SequenceMask mask,
        Aggregation aggregation)
        where TTerm : struct, IValueTerm
        where T : unmanaged, INumber<T> =>
        MapElements(
            new ValueArguments.Formula<TTerm>(term),
            ValueArguments.Names,
            ValueArguments.Spans(values, oldValues, returns),
            mask,
            aggregation);

    /// <summary>As <c>Map</c>, into a caller-provided span: nothing is allocated per token.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IValueTerm"/>.</param>
    /// <param name="values">V, one per token; the gradient is with respect to it.</param>
    /// <param name="oldValues">V_old, one per token; empty if the term does not use it.</param>
    /// <param name="returns">R, one per token.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="gradient">Receives the gradient, one per token.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static double Sum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> values,
        ReadOnlySpan<T> oldValues,
        ReadOnlySpan<T> returns,
        SequenceMask mask,
        Aggregation aggregation,
        Span<T> gradient)
        where TTerm : struct, IValueTerm
        where T : unmanaged, INumber<T> =>
        Run(
            new ValueArguments.Formula<TTerm>(term),
            ValueArguments.Names,
            ValueArguments.Spans(values, oldValues, returns),
            mask,
            aggregation,
            default,
            gradient);

    /// <summary>Any divergence from a reference, by its aggregation: its token losses, its total and the gradient.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IDivergenceTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token; empty if the term does not use it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> refLogProbs,
        SequenceMask mask,
        Aggregation aggregation)
        where TTerm : struct, IDivergenceTerm
        where T : unmanaged, INumber<T> =>
        MapElements(
            new DivergenceArguments.Formula<TTerm>(term),
            DivergenceArguments.Names,
            DivergenceArguments.Spans(logProbs, refLogProbs),
            mask,
            aggregation);

    /// <summary>As <c>Map</c>, into a caller-provided span: nothing is allocated per token.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="IDivergenceTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token; empty if the term does not use it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="gradient">Receives the gradient, one per token.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static double Sum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> refLogProbs,
        SequenceMask mask,
        Aggregation aggregation,
        Span<T> gradient)
        where TTerm : struct, IDivergenceTerm
        where T : unmanaged, INumber<T> =>
        Run(
            new DivergenceArguments.Formula<TTerm>(term),
            DivergenceArguments.Names,
            DivergenceArguments.Spans(logProbs, refLogProbs),
            mask,
            aggregation,
            default,
            gradient);

    /// <summary>Any loss of log-probs alone, by its aggregation: its token losses, its total and the gradient.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="ILogProbTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        SequenceMask mask,
        Aggregation aggregation)
        where TTerm : struct, ILogProbTerm
        where T : unmanaged, INumber<T> =>
        MapElements(
            new LogProbArguments.Formula<TTerm>(term),
            LogProbArguments.Names,
            LogProbArguments.Spans(logProbs),
            mask,
            aggregation);

    /// <summary>As <c>Map</c>, into a caller-provided span: nothing is allocated per token.</summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="ILogProbTerm"/>.</param>
    /// <param name="logProbs">ℓ, one per token; the gradient is with respect to it.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="gradient">Receives the gradient, one per token.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static double Sum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> logProbs,
        SequenceMask mask,
        Aggregation aggregation,
        Span<T> gradient)
        where TTerm : struct, ILogProbTerm
        where T : unmanaged, INumber<T> =>
        Run(
            new LogProbArguments.Formula<TTerm>(term),
            LogProbArguments.Names,
            LogProbArguments.Spans(logProbs),
            mask,
            aggregation,
            default,
            gradient);

    private static ElementLoss<T> MapElements<TFormula, T>(
        TFormula formula, string[] names, ElementSpans<T> at, SequenceMask mask, Aggregation aggregation)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T>
    {
        var losses = new T[at.Variable.Length];
        var gradient = new T[at.Variable.Length];
        double loss = Run(formula, names, at, mask, aggregation, losses, gradient);
        return new(loss, new(losses), new(gradient));
    }

    private static double Run<TFormula, T>(
        TFormula formula, string[] names, ElementSpans<T> at, SequenceMask mask, Aggregation aggregation, Span<T> losses, Span<T> gradient)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(aggregation);
        Shapes.CheckTokens(at.Variable.Length, mask, names[0]);
        ReadOnlySpan<int> data = [at.First.Length, at.Second.Length, at.Third.Length, at.Fourth.Length];
        for (int i = 1; i < names.Length; i++)
        {
            Shapes.CheckTokensOrRows(data[i - 1], mask, names[i]);
        }

        Shapes.CheckTokens(gradient.Length, mask, "gradient");
        double[] scratch = ArrayPool<double>.Shared.Rent(mask.Rows);
        Span<double> weights = scratch.AsSpan(0, mask.Rows);
        aggregation.RowWeights(mask, aggregation.TotalWeight(mask), weights);
        double loss = TokenPass<TFormula, T>.Run(formula, at, mask, weights, losses, gradient);
        ArrayPool<double>.Shared.Return(scratch);
        return double.IsFinite(loss) ? loss : throw Finite.Explain(formula, names, at, mask);
    }

    // The mean over a list of elements that all count.
    private static ElementLoss<T> Mean<TFormula, T>(TFormula formula, string[] names, ElementSpans<T> at)
        where TFormula : struct, IElementFormula
        where T : unmanaged, INumber<T>
    {
        var losses = new T[at.Variable.Length];
        var gradient = new T[at.Variable.Length];
        double loss = Fused.WeightedSum(formula, at, default, 1.0 / losses.Length, losses, gradient);
        return Finite.Holds<T>(loss, gradient)
            ? new(loss, new(losses), new(gradient))
            : throw Finite.Explain(formula, names, at);
    }
}
