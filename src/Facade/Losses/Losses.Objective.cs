using System.Numerics;
using RlCore.Algebra;
using DualGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;
using DualReal = RlCore.Algebra.Dual<RlCore.Algebra.Real>;

namespace RlCore;

/// <summary>Any policy objective of the algebra: what the trainers minimise.</summary>
public static partial class Losses
{
    /// <summary>
    /// Any surrogate with any KL in the loss, as the trainers minimise it. Surrogates of tokens run in one fused pass. Those of whole
    /// sequences run on reference grids, once, or for GMPO once per column.
    /// </summary>
    /// <param name="objective">The surrogate, the KL and their constants.</param>
    /// <param name="logProbs">ℓ, one a token; the gradient is with respect to it.</param>
    /// <param name="oldLogProbs">ℓ_old, one a token; empty if the surrogate does not read it.</param>
    /// <param name="refLogProbs">ℓ_ref, one a token; empty if there is no KL in the loss.</param>
    /// <param name="advantages">A, one a token or one a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or something that is read is missing.</exception>
    public static ElementLoss<T> Policy<T>(
        PolicyObjective objective,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        Aggregation aggregation)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(objective);
        CheckPolicy(logProbs, objective.Surrogate.UsesOldPolicy ? oldLogProbs : logProbs, advantages, mask);
        if (objective.Kl.InLoss)
        {
            Shapes.CheckTokens(refLogProbs.Length, mask, nameof(refLogProbs));
        }

        return objective.Visit<ObjectivePass<T>, ElementLoss<T>>(
            new(objective, PolicyArguments.Spans(logProbs, oldLogProbs, refLogProbs, advantages), mask, aggregation));
    }

    private static PolicyObjective Of(Surrogate surrogate) => new(surrogate, new KlPenalty.Loss(0));

    // The loss with what the ratios show: how many are outside of the range of the surrogate.
    private static PolicyLoss<T> Measured<T>(
        PolicyObjective objective,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        Aggregation aggregation)
        where T : unmanaged, INumber<T>
    {
        CheckPolicy(logProbs, oldLogProbs, advantages, mask);
        ElementLoss<T> loss = Policy(objective, logProbs, oldLogProbs, refLogProbs, advantages, mask, aggregation);
        (double low, double high) = objective.Surrogate switch
        {
            Surrogate.Clip clip => (1 - clip.ClipLow, 1 + clip.ClipHigh),
            Surrogate.TwoSided clip => (1 - clip.ClipLow, 1 + clip.ClipHigh),
            Surrogate.Cispo cispo => (double.NegativeInfinity, cispo.WeightCap),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        };
        return new(loss.Loss, loss.Losses, loss.Gradient, RatioDiagnostics.Of(logProbs, oldLogProbs, advantages, mask, low, high));
    }

    private static void CheckPolicy<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> oldLogProbs, ReadOnlySpan<T> advantages, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        Shapes.CheckTokens(oldLogProbs.Length, mask, nameof(oldLogProbs));
        Shapes.CheckTokensOrRows(advantages.Length, mask, nameof(advantages));
    }

    private readonly ref struct ObjectivePass<T>(
        PolicyObjective objective, ElementSpans<T> at, SequenceMask mask, Aggregation aggregation) : ISurrogateVisitor<ElementLoss<T>>
        where T : unmanaged, INumber<T>
    {
        private readonly ElementSpans<T> _at = at;

        public ElementLoss<T> VisitTerm<TTerm>(TTerm term)
            where TTerm : struct, IPolicyTerm =>
            MapElements(new PolicyArguments.Formula<TTerm>(term), PolicyArguments.Names, _at, mask, aggregation);

        public ElementLoss<T> VisitSequences(Surrogate surrogate)
        {
            Fused.CheckNumber<T>();
            double[] weights = aggregation.RowWeights(mask);
            (double[] losses, double[] gradient) = (new double[mask.Flags.Length], new double[mask.Flags.Length]);
            double total = 0;
            int passes = surrogate.OwnGradient ? 1 : mask.Columns;
            for (int pass = 0; pass < passes; pass++)
            {
                DualGrid loss = TokenLoss(surrogate.OwnGradient ? null : pass);
                for (int i = 0; i < losses.Length; i++)
                {
                    int row = i / mask.Columns;
                    if (mask.Flags[i])
                    {
                        losses[i] = loss.Values[i].Value;
                        total += pass == 0 ? weights[row] * losses[i] : 0;
                        gradient[surrogate.OwnGradient ? i : (row * mask.Columns) + pass] += weights[row] * loss.Values[i].Tangent;
                    }
                }
            }

            return Finite.Holds<double>(total, gradient)
                ? new(total, Fused.Narrow<T>(losses), Fused.Narrow<T>(gradient))
                : throw NoNumber(losses, gradient);
        }

        private Exception NoNumber(double[] losses, double[] gradient)
        {
            Finite.RefuseNaN(_at.Variable, mask, PolicyArguments.Names[0]);
            Finite.RefuseNaN(_at.First, mask, PolicyArguments.Names[1]);
            Finite.RefuseNaN(_at.Second, mask, PolicyArguments.Names[2]);
            Finite.RefuseNaN(_at.Third, mask, PolicyArguments.Names[3]);
            int token = Math.Max(0, Enumerable.Range(0, losses.Length)
                .FirstOrDefault(i => !double.IsFinite(losses[i]) || !double.IsFinite(gradient[i]), -1));
            return Finite.TooLarge<T>($" of row {token / Math.Max(1, mask.Columns)}", [("logProbs", _at.Variable[token])]);
        }

        // The losses with their tangents along every ℓ at once, or along those of one column: rows do not depend on one another.
        private DualGrid TokenLoss(int? column)
        {
            (int rows, int columns) = (mask.Rows, mask.Columns);
            var variables = new DualReal[mask.Flags.Length];
            ReadOnlySpan<double> logProbs = Fused.Widen(_at.Variable);
            for (int i = 0; i < variables.Length; i++)
            {
                variables[i] = new(logProbs[i], column is null || i % columns == column ? 1 : 0);
            }

            DualGrid grid = DualGrid.Of(rows, columns, variables);
            return objective.TokenLoss<DualGrid>(new(grid, Data(_at.First), Data(_at.Second), Data(_at.Third)), mask);
        }

        private DualGrid Data(ReadOnlySpan<T> numbers)
        {
            ReadOnlySpan<double> wide = Fused.Widen(numbers);
            DualGrid grid = DualGrid.FromValues(default, mask.Rows, wide.Length / Math.Max(1, mask.Rows), wide);
            return wide.Length == mask.Flags.Length ? grid : DualGrid.ExpandOverTime(grid, mask.Columns);
        }
    }
}
