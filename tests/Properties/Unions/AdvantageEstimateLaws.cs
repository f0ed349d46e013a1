using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>An advantage estimate is the function that it names, on rewards with the KL taken off.</summary>
public sealed class AdvantageEstimateLaws
{
    private const double Beta = 0.3;

    [Property]
    public void Those_of_completions_spread_the_group_formula(TokenBatch batch, bool withKl)
    {
        AdvantageInputs inputs = Inputs(batch, withKl);
        double[] rewards = inputs.RegularizedScores();
        int[] groups = [.. Enumerable.Range(0, batch.Rows).Select(row => row / 2)];
        int[] lengths = [.. Enumerable.Range(0, batch.Rows).Select(batch.Mask.CountInRow)];
        var options = new GroupAdvantageOptions { Scale = AdvantageScale.Batch, Epsilon = 0.01, Ddof = 0 };
        var best = new GroupAdvantageOptions { Scale = AdvantageScale.Group, Epsilon = 0.01 };
        AssertSpread(new AdvantageEstimate.GroupRelative(), GroupAdvantages.Relative(rewards, groups, new()));
        AssertSpread(
            new AdvantageEstimate.GroupRelative(AdvantageScale.Batch, 0.01, 0), GroupAdvantages.Relative(rewards, groups, options));
        AssertSpread(new AdvantageEstimate.LeaveOneOut(), GroupAdvantages.LeaveOneOut(rewards, groups));
        AssertSpread(new AdvantageEstimate.LengthWeighted(), GroupAdvantages.LengthWeighted(rewards, lengths, groups));
        AssertSpread(new AdvantageEstimate.Informative(), GroupAdvantages.ScaledByInformative(rewards, groups));
        AssertSpread(
            new AdvantageEstimate.BestOfGroup(), GroupAdvantages.BestOfGroup(rewards, groups, new() { Scale = AdvantageScale.None }));
        AssertSpread(new AdvantageEstimate.BestOfGroup(AdvantageScale.Group, 0.01), GroupAdvantages.BestOfGroup(rewards, groups, best));
        AssertSpread(new AdvantageEstimate.Constrained(), GroupAdvantages.Constrained(rewards, inputs.Passes, groups));

        void AssertSpread(AdvantageEstimate estimate, double[] advantages) =>
            Assert.Equal(TokenAdvantages.Spread(advantages, batch.Mask), estimate.Of(inputs));
    }

    [Fact]
    public void Hashes_tell_inputs_by_their_first_score_if_there_is_one()
    {
        AdvantageInputs Of(params double[] scores) => new(SequenceMask.Full(scores.Length, 1), scores, 1);
        Assert.Equal(Of().GetHashCode(), (Of() with { Scores = [] }).GetHashCode());
        AdvantageInputs one = Of(0.5, 2);
        Assert.Equal(one.GetHashCode(), (one with { Scores = [0.5, 2] }).GetHashCode());
        Assert.NotEqual(1, Enumerable.Range(0, 20).Select(i => (one with { Scores = [i, 2.0] }).GetHashCode()).Distinct().Count());
    }

    [Property]
    public void Those_of_tokens_are_made_of_token_rewards(TokenBatch batch, bool withKl)
    {
        AdvantageInputs inputs = Inputs(batch, withKl);
        double[] kl = withKl ? inputs.TokenKl : new double[batch.Mask.Flags.Length];
        double[] rewards = TokenRewards.WithKlPenalty(inputs.Scores, kl, batch.Mask, Beta);
        Assert.Equal(
            TokenReturns.Gae(rewards, inputs.Values, batch.Mask, 0.9, 0.8), new AdvantageEstimate.Gae(0.9, 0.8).Of(inputs));
        Assert.Equal(TokenReturns.Discounted(rewards, batch.Mask, 0.9), new AdvantageEstimate.RewardToGo(0.9).Of(inputs));
        Assert.Equal(
            TokenAdvantages.LessBaseline(rewards, inputs.Baselines, batch.Mask), new AdvantageEstimate.GreedyBaseline().Of(inputs));
    }

    [Property]
    public void A_regularized_score_is_the_sum_of_its_token_rewards(TokenBatch batch)
    {
        AdvantageInputs inputs = Inputs(batch, withKl: true);
        double[] rewards = TokenRewards.WithKlPenalty(inputs.Scores, inputs.TokenKl, batch.Mask, Beta);
        double[] sums = MaskedStatistics.RowSums(rewards, batch.Mask);
        double[] scores = inputs.RegularizedScores();
        for (int row = 0; row < batch.Rows; row++)
        {
            Derivative.AssertClose(batch.Mask.CountInRow(row) == 0 ? inputs.Scores[row] : sums[row], scores[row], 1e-12);
        }

        Assert.Equal(inputs.Scores, (inputs with { TokenKl = [] }).RegularizedScores());
    }

    [Fact]
    public void Inputs_compare_by_content()
    {
        (AdvantageInputs inputs, AdvantageInputs same) = (Some(), Some());
        Assert.Equal(inputs, same);
        Assert.Equal(inputs.GetHashCode(), same.GetHashCode());
        AdvantageInputs[] others =
        [
            inputs with { Scores = [2] }, inputs with { TokenKl = [1, 3] }, inputs with { Values = [3, 5] },
            inputs with { Baselines = [6] },
            inputs with { Passes = [false] },
            inputs with { Steps = [new([1], [0.25])] },
            inputs with { Steps = [new([2], [0.5])] },
            inputs with { Steps = [] },
            inputs with { GroupSize = 2 },
            inputs with { KlCoefficient = 1 },
            inputs with { Mask = SequenceMask.Full(2, 1) },
        ];
        Assert.All(others, other => Assert.NotEqual(inputs, other));

        static AdvantageInputs Some() => new(SequenceMask.Full(1, 2), [1], 1)
        {
            TokenKl = [1, 2],
            Values = [3, 4],
            Baselines = [5],
            Passes = [true],
            Steps = [new([1], [0.5])],
        };
    }

    private static AdvantageInputs Inputs(TokenBatch batch, bool withKl) =>
        new(batch.Mask, [.. Enumerable.Range(0, batch.Rows).Select(row => Math.Round(Math.Sin(row + batch.Mask.Count), 1))], 2)
        {
            TokenKl = withKl ? [.. batch.LogProbs.Zip(batch.RefLogProbs, (l, r) => double.IsNaN(l) ? 0 : l - r)] : [],
            KlCoefficient = Beta,
            Values = [.. batch.Advantages.Select(value => double.IsNaN(value) ? 0 : value / 3)],
            Baselines = [.. Enumerable.Range(0, batch.Rows).Select(row => row * 0.25)],
            Passes = [.. Enumerable.Range(0, batch.Rows).Select(row => row % 3 != 1)],
        };
}
