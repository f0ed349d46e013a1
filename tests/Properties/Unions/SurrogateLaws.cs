using RlCore.Algebra;
using static RlCore.Properties.Derivative;
using DualReal = RlCore.Algebra.Dual<RlCore.Algebra.Real>;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Properties;

/// <summary>Surrogates and their composition with the KL term are the formulas that they name.</summary>
public sealed class SurrogateLaws
{
    [Property]
    public void Token_surrogates_are_their_formulas(TokenBatch batch)
    {
        AssertFormula(new Surrogate.Clip(0.1, 0.3), (l, old, a) => PolicyLosses.PpoClip(l, old, a, 0.1, 0.3));
        AssertFormula(
            new Surrogate.Clip(0.1, 0.3, 2.5), (l, old, a) => PolicyLosses.DualClip(PolicyLosses.PpoClip(l, old, a, 0.1, 0.3), a, 2.5));
        AssertFormula(
            new Surrogate.TwoSided(0.1, 0.3, 1.7), (l, old, a) => PolicyLosses.TwoSidedClip(LogRatios.Ratio(l, old), a, 0.1, 0.3, 1.7));
        AssertFormula(
            new Surrogate.Cispo(1.3), (l, old, a) => PolicyLosses.Cispo(l, LogRatios.Ratio(l, old), a, double.NegativeInfinity, 1.3));
        AssertFormula(new Surrogate.Sapo(0.7, 1.4), (l, old, a) => PolicyLosses.Sapo(LogRatios.Ratio(l, old), a, 0.7, 1.4));
        AssertFormula(new Surrogate.ImportanceWeighted(), PolicyLosses.ImportanceWeighted);
        AssertFormula(new Surrogate.Reinforce(), (l, _, a) => PolicyLosses.Reinforce(l, a));

        void AssertFormula(Surrogate surrogate, Func<DualReal, DualReal, DualReal, DualReal> formula)
        {
            PolicyInputs<TokenGrid> x = Inputs(batch);
            TokenGrid loss = surrogate.TokenLoss(x, batch.Mask);
            foreach (int i in Actions(batch))
            {
                AssertSame(formula(x.LogProb.Values[i], x.OldLogProb.Values[i], x.Advantage.Values[i]), loss.Values[i]);
            }
        }
    }

    [Property]
    public void Sequence_surrogates_are_their_formulas(TokenBatch batch)
    {
        PolicyInputs<TokenGrid> x = Inputs(batch);
        (TokenGrid l, TokenGrid old, TokenGrid a) = (x.LogProb, x.OldLogProb, x.Advantage);
        TokenGrid gspo = PolicyLosses.ClippedSurrogate(
            TokenGrid.Exp(SequenceRatios.LogGeometricMeanAtTokens(l, old, batch.Mask)), a, 0.1, 0.3);
        TokenGrid limited = SequenceRatios.LogClippedGeometricMean(l, old, a, batch.Mask, 0.1, 0.3);
        TokenGrid weight = SequenceRatios.GammaWeight(l, old, SequenceRatios.Mean(a, batch.Mask), batch.Mask, (1.5, 2.5), (3.5, 0.5));
        AssertSame(batch, gspo, new Surrogate.Gspo(0.1, 0.3).TokenLoss(x, batch.Mask));
        TokenGrid gmpo = -(TokenGrid.ExpandOverTime(TokenGrid.Exp(limited), l.Columns) * a);
        TokenGrid vespo = -(TokenGrid.ExpandOverTime(weight, l.Columns) * a * l);
        AssertSame(batch, gmpo, new Surrogate.Gmpo(0.1, 0.3).TokenLoss(x, batch.Mask));
        AssertSame(batch, vespo, new Surrogate.Vespo(1.5, 2.5, 3.5, 0.5).TokenLoss(x, batch.Mask));
    }

    [Property]
    public void The_objective_adds_the_kl_where_it_is_in_the_loss(TokenBatch batch)
    {
        PolicyInputs<TokenGrid> x = Inputs(batch);
        foreach (Surrogate surrogate in Cases.All<Surrogate>())
        {
            foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
            {
                TokenGrid plain = surrogate.TokenLoss(x, batch.Mask);
                TokenGrid without = new PolicyObjective(surrogate, new KlPenalty.Reward(0.3, estimator)).TokenLoss(x, batch.Mask);
                TokenGrid with = new PolicyObjective(surrogate, new KlPenalty.Loss(0.3, estimator)).TokenLoss(x, batch.Mask);
                AssertSame(batch, plain, without);
                foreach (int i in Actions(batch))
                {
                    DualReal kl = KlEstimators.Estimate(estimator, x.LogProb.Values[i], x.RefLogProb.Values[i]);
                    AssertClose(plain.Values[i].Value + (0.3 * kl.Value), with.Values[i].Value, 1e-12);
                    AssertClose(plain.Values[i].Tangent + (0.3 * kl.Tangent), with.Values[i].Tangent, 1e-12);
                }
            }
        }
    }

    [Property]
    public void A_clamped_kl_is_that_of_its_term(TokenBatch batch)
    {
        PolicyInputs<TokenGrid> x = Inputs(batch);
        var kl = new KlPenalty.Loss(0.3, KlEstimator.K3, KlLogRatioClamp: 1, KlValueClamp: 0.5);
        TokenGrid loss = new PolicyObjective(new Surrogate.Clip(), kl).TokenLoss(x, batch.Mask);
        TokenGrid plain = new Surrogate.Clip().TokenLoss(x, batch.Mask);
        foreach (int i in Actions(batch))
        {
            DualReal delta = DualReal.Clamp(x.LogProb.Values[i] - x.RefLogProb.Values[i], -1, 1);
            DualReal estimate = DualReal.Clamp(DualReal.ExpM1MinusX(-delta), -0.5, 0.5);
            AssertClose(plain.Values[i].Value + (0.3 * estimate.Value), loss.Values[i].Value, 1e-12);
            AssertClose(plain.Values[i].Tangent + (0.3 * estimate.Tangent), loss.Values[i].Tangent, 1e-12);
        }
    }

    [Property]
    public void Past_the_bound_on_the_log_ratio_a_token_has_its_loss_at_the_bound_and_no_gradient(TokenBatch batch, byte thirds)
    {
        double bound = (thirds + 1) / 3.0;
        PolicyInputs<TokenGrid> x = Inputs(batch);
        foreach (Surrogate surrogate in Cases.All<Surrogate>().Where(IsOfTokens))
        {
            TokenGrid plain = surrogate.TokenLoss(x, batch.Mask);
            TokenGrid loss = new PolicyObjective(surrogate, new KlPenalty.Loss()) { LogRatioClamp = bound }.TokenLoss(x, batch.Mask);
            foreach (int i in Actions(batch))
            {
                double logRatio = batch.LogProbs[i] - batch.OldLogProbs[i];
                if (Math.Abs(logRatio) <= bound || !surrogate.UsesOldPolicy)
                {
                    AssertSame(plain.Values[i], loss.Values[i]);
                    continue;
                }

                TokenGrid at = Cell(batch.OldLogProbs[i] + Math.Clamp(logRatio, -bound, bound));
                var there = new PolicyInputs<TokenGrid>(at, Cell(batch.OldLogProbs[i]), at, Cell(batch.Advantages[i]));
                AssertClose(surrogate.TokenLoss(there, SequenceMask.Full(1, 1)).Values[0].Value, loss.Values[i].Value, 1e-12);
                Assert.Equal(0, (double)loss.Values[i].Tangent);
            }
        }

        static TokenGrid Cell(double value) => TokenGrid.Scalar(DualReal.Constant(value));
    }

    [Property]
    public void An_objective_handed_on_as_one_term_is_the_objective_at_each_token(TokenBatch batch, bool bounded)
    {
        KlPenalty[] penalties =
            [new KlPenalty.Loss(0), new KlPenalty.Loss(0.3), new KlPenalty.Loss(0.3, KlEstimator.K3, 0.5, 0.1), new KlPenalty.Reward(0.3)];
        foreach (Surrogate surrogate in Cases.All<Surrogate>().Where(IsOfTokens))
        {
            foreach (KlPenalty kl in penalties)
            {
                var objective = new PolicyObjective(surrogate, kl) { LogRatioClamp = bounded ? 0.4 : null };
                TokenGrid loss = objective.TokenLoss(Inputs(batch), batch.Mask);
                DualReal[] found = objective.Visit<AtTokens, DualReal[]>(new(Inputs(batch), [.. Actions(batch)]));
                foreach ((int i, DualReal token) in Actions(batch).Zip(found))
                {
                    AssertClose(loss.Values[i].Value, token.Value, 1e-12);
                    AssertClose(loss.Values[i].Tangent, token.Tangent, 1e-12);
                }
            }
        }
    }

    [Property]
    public void At_a_coefficient_of_0_the_reference_is_not_read(TokenBatch batch)
    {
        PolicyInputs<TokenGrid> inputs = Inputs(batch);
        PolicyInputs<TokenGrid> unread = inputs with { RefLogProb = TokenGrid.Scale(inputs.RefLogProb, double.NaN) };
        foreach (Surrogate surrogate in Cases.All<Surrogate>().Where(IsOfTokens))
        {
            var objective = new PolicyObjective(surrogate, new KlPenalty.Loss(0));
            int[] all = [.. Actions(batch)];
            Assert.Equal(
                objective.Visit<AtTokens, DualReal[]>(new(inputs, all)), objective.Visit<AtTokens, DualReal[]>(new(unread, all)));
        }
    }

    [Fact]
    public void A_loss_that_says_so_has_a_gradient_through_its_own_token_alone()
    {
        TokenGrid Row(params double[] values) => TokenGrid.Of(1, 2, [.. values.Select(value => DualReal.Constant(value))]);
        TokenGrid moved = TokenGrid.Of(1, 2, [DualReal.Constant(-1), DualReal.Variable(-1.2)]);
        foreach (Surrogate surrogate in Cases.All<Surrogate>())
        {
            TokenGrid loss = surrogate.TokenLoss(
                new PolicyInputs<TokenGrid>(moved, Row(-1.01, -1.19), Row(-1, -1), Row(0.7, 0.7)), SequenceMask.Full(1, 2));
            Assert.Equal(surrogate.OwnGradient, (double)loss.Values[0].Tangent == 0);
        }
    }

    [Property]
    public void A_clip_region_is_where_the_ratio_leaves_its_range_on_the_side_of_the_advantage(TokenBatch batch)
    {
        double[] token = ImportanceWeights.Token(batch.LogProbs, batch.OldLogProbs, batch.Mask);
        double[] rows = ImportanceWeights.GeometricMean(batch.LogProbs, batch.OldLogProbs, batch.Mask);
        double[] sequence = TokenAdvantages.Spread(rows, batch.Mask);
        AssertRegion(new Surrogate.Clip(0.1, 0.3), token, 0.9, 1.3, batch.Advantages);
        AssertRegion(new Surrogate.TwoSided(0.1, 0.3), token, 0.9, 1.3, batch.Advantages);
        AssertRegion(new Surrogate.Gspo(0.1, 0.3), sequence, 0.9, 1.3, batch.Advantages);
        AssertRegion(new Surrogate.Gmpo(0.1, 0.3), token, Math.Exp(-0.1), Math.Exp(0.3), batch.Advantages);
        AssertRegion(new Surrogate.Cispo(1.3), token, double.NegativeInfinity, 1.3, [.. batch.Advantages.Select(_ => 1.0)]);
        foreach (Surrogate surrogate in Cases.All<Surrogate>().Where(surrogate => !surrogate.Clips))
        {
            AssertRegion(surrogate, token, double.NegativeInfinity, double.PositiveInfinity, batch.Advantages);
        }

        void AssertRegion(Surrogate surrogate, double[] ratios, double low, double high, double[] advantages)
        {
            (TokenGrid below, TokenGrid above) = surrogate.ClipRegion(Inputs(batch), batch.Mask);
            foreach (int i in Actions(batch).Where(i => Math.Abs(ratios[i] - low) > 1e-9 && Math.Abs(ratios[i] - high) > 1e-9))
            {
                AssertSame(DualReal.Constant(ratios[i] < low && advantages[i] < 0 ? 1 : 0), below.Values[i]);
                AssertSame(DualReal.Constant(ratios[i] > high && advantages[i] > 0 ? 1 : 0), above.Values[i]);
            }
        }
    }

    [Property]
    public void A_token_counts_as_clipped_exactly_where_the_loss_has_no_gradient(TokenBatch batch, bool onTheBound)
    {
        Surrogate[] surrogates = [new Surrogate.Clip(0.1, 0.3), new Surrogate.Gspo(0.1, 0.3), new Surrogate.Gmpo(0.1, 0.3)];
        foreach (Surrogate surrogate in surrogates)
        {
            // On the bound as nearly as numbers allow, where a rounding of its own would move a token across.
            double[] bounds = surrogate is Surrogate.Gmpo ? [-0.1, 0.3] : [Math.Log(0.9), Math.Log(1.3)];
            PolicyInputs<TokenGrid> x = Inputs(batch);
            x = x with { OldLogProb = onTheBound ? Shifted(x.LogProb, bounds) : x.OldLogProb };
            (TokenGrid below, TokenGrid above) = surrogate.ClipRegion(x, batch.Mask);
            TokenGrid loss = surrogate.TokenLoss(x, batch.Mask);
            foreach (int i in Actions(batch).Where(i => batch.Advantages[i] != 0))
            {
                double clipped = below.Values[i].Value + above.Values[i].Value;
                double gradient = surrogate is Surrogate.Gmpo ? Limited(x, i) : loss.Values[i].Tangent;
                Assert.Equal(gradient == 0, clipped == 1);
            }
        }

        TokenGrid Shifted(TokenGrid logProbs, double[] bounds) => TokenGrid.Of(
            logProbs.Rows,
            logProbs.Columns,
            [.. logProbs.Values.ToArray().Select((l, i) => DualReal.Constant(l.Value - bounds[batch.Advantages[i] > 0 ? 1 : 0]))]);

        // What a token gives to the mean of its sequence.
        static double Limited(PolicyInputs<TokenGrid> x, int i) => SequenceRatios.LimitedLogRatio(
            LogRatios.LogRatio(x.LogProb.Values[i], x.OldLogProb.Values[i]), x.Advantage.Values[i], 0.1, 0.3).Tangent;
    }

    private static bool IsOfTokens(Surrogate surrogate) => surrogate is not (Surrogate.Gspo or Surrogate.Gmpo or Surrogate.Vespo);

    private static IEnumerable<int> Actions(TokenBatch batch) =>
        Enumerable.Range(0, batch.Mask.Flags.Length).Where(i => batch.Mask[i / batch.Columns, i % batch.Columns]);

    private static PolicyInputs<TokenGrid> Inputs(TokenBatch batch)
    {
        return new(Grid(batch.LogProbs, DualReal.Variable), Data(batch.OldLogProbs), Data(batch.RefLogProbs), Data(batch.Advantages));

        TokenGrid Data(double[] values) => Grid(values, DualReal.Constant);
        TokenGrid Grid(double[] values, Func<Real, DualReal> number) =>
            TokenGrid.Of(batch.Rows, batch.Columns, [.. values.Select(value => number(value))]);
    }

    private static void AssertSame(TokenBatch batch, TokenGrid expected, TokenGrid actual)
    {
        foreach (int i in Actions(batch))
        {
            AssertSame(expected.Values[i], actual.Values[i]);
        }
    }

    private static void AssertSame(DualReal expected, DualReal actual)
    {
        AssertClose(expected.Value, actual.Value, 1e-13);
        AssertClose(expected.Tangent, actual.Tangent, 1e-13);
    }

    private readonly ref struct AtTokens(PolicyInputs<TokenGrid> inputs, int[] tokens) : ISurrogateVisitor<DualReal[]>
    {
        private readonly PolicyInputs<TokenGrid> _inputs = inputs;
        private readonly int[] _tokens = tokens;

        public DualReal[] VisitTerm<TTerm>(TTerm term)
            where TTerm : struct, IPolicyTerm
        {
            var found = new DualReal[_tokens.Length];
            for (int i = 0; i < found.Length; i++)
            {
                int token = _tokens[i];
                found[i] = term.Evaluate(new PolicyInputs<DualReal>(
                    _inputs.LogProb.Values[token],
                    _inputs.OldLogProb.Values[token],
                    _inputs.RefLogProb.Values[token],
                    _inputs.Advantage.Values[token]));
            }

            return found;
        }

        public DualReal[] VisitSequences(Surrogate surrogate) => throw new InvalidOperationException($"{surrogate} is of tokens.");
    }
}
