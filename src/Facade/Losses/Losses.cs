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
/// holds; <c>Sum</c> and the overloads that take a span for the gradient allocate nothing a token.
/// </remarks>
public static partial class Losses
{
    /// <summary>
    /// Any term, by its aggregation: its token losses, its total and the gradient with respect to <paramref name="x"/>. This is the
    /// way in for a formula of your own.
    /// </summary>
    /// <param name="term">The formula: one of RlCore.Algebra's or your own <see cref="ITerm"/>.</param>
    /// <param name="x">The variable, one a token.</param>
    /// <param name="a">First data argument, one a token or one a row; empty if the term does not read it.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Map<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        ReadOnlySpan<T> d,
        SequenceMask mask,
        Aggregation aggregation)
        where TTerm : struct, ITerm
        where T : unmanaged, INumber<T>
    {
        var losses = new T[x.Length];
        var gradient = new T[x.Length];
        double loss = Run(term, new(x, a, b, c, d), mask, aggregation, losses, gradient);
        return new(loss, new(losses), new(gradient));
    }

    /// <summary>As <c>Map</c>, into a span of the caller's: nothing is allocated a token.</summary>
    /// <param name="term">The formula.</param>
    /// <param name="x">The variable, one a token.</param>
    /// <param name="a">First data argument, one a token or one a row; empty if the term does not read it.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <param name="mask">Which tokens count, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="gradient">Receives the gradient, one a token.</param>
    /// <typeparam name="TTerm">The term.</typeparam>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static double Sum<TTerm, T>(
        TTerm term,
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> a,
        ReadOnlySpan<T> b,
        ReadOnlySpan<T> c,
        ReadOnlySpan<T> d,
        SequenceMask mask,
        Aggregation aggregation,
        Span<T> gradient)
        where TTerm : struct, ITerm
        where T : unmanaged, INumber<T> => Run(term, new(x, a, b, c, d), mask, aggregation, default, gradient);

    private static double Run<TTerm, T>(
        TTerm term, TermData<T> data, SequenceMask mask, Aggregation aggregation, Span<T> losses, Span<T> gradient)
        where TTerm : struct, ITerm
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(aggregation);
        Shapes.CheckTokens(data.X.Length, mask, "x");
        Shapes.CheckTokensOrRows(data.A.Length, mask, "a");
        Shapes.CheckTokensOrRows(data.B.Length, mask, "b");
        Shapes.CheckTokensOrRows(data.C.Length, mask, "c");
        Shapes.CheckTokensOrRows(data.D.Length, mask, "d");
        Shapes.CheckTokens(gradient.Length, mask, "gradient");
        double[] scratch = ArrayPool<double>.Shared.Rent(mask.Rows);
        Span<double> weights = scratch.AsSpan(0, mask.Rows);
        aggregation.RowWeights(mask, aggregation.TotalWeight(mask), weights);
        double loss = TokenPass<TTerm, T>.Run(term, data, mask, weights, losses, gradient);
        ArrayPool<double>.Shared.Return(scratch);
        return loss;
    }

    // The mean over a list of elements that all count.
    private static ElementLoss<T> Mean<TTerm, T>(TTerm term, TermData<T> data)
        where TTerm : struct, ITerm
        where T : unmanaged, INumber<T>
    {
        var losses = new T[data.X.Length];
        var gradient = new T[data.X.Length];
        double loss = Fused.WeightedSum(term, data, default, 1.0 / losses.Length, losses, gradient);
        return new(loss, new(losses), new(gradient));
    }
}
