using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>
/// A programmer's mistake is refused by an <see cref="ArgumentException"/> that names the argument and says what was found.
/// </summary>
public sealed class RefusalLaws
{
    private static readonly SequenceMask Mask = SequenceMask.Full(7, 11);
    private static readonly double[] Whole = new double[77];
    private static readonly double[] Short = new double[13];
    private static readonly int[] Rows = new int[7];
    private static readonly RejectionRule Rule = new(RejectionLevel.Token, KlEstimator.K1, -1, 1);

    // What is done wrong, the argument that is to blame, and the numbers that the message must hold.
    private static readonly Dictionary<string, (Action Mistake, string Argument, string[] Found)> Mistakes = new()
    {
        ["mask: flags"] = (() => SequenceMask.FromFlags(2, 3, new bool[5]), "flags", ["2 × 3", "6", "5"]),
        ["mask: rows"] = (() => SequenceMask.FromFlags(-2, -3, new bool[6]), "rows", ["-2"]),
        ["mask: columns"] = (() => SequenceMask.Full(0, -3), "columns", ["-3"]),
        ["mask: full rows"] = (() => SequenceMask.Full(-2, 0), "rows", ["-2"]),
        ["mask: range columns"] = (() => SequenceMask.FromRanges(-4, [], []), "columns", ["-4"]),
        ["mask: starts and lengths"] = (() => SequenceMask.FromRanges(3, [0, 1], [1]), "lengths", ["2", "1"]),
        ["mask: start before the grid"] = (() => SequenceMask.FromRanges(8, [0, -1], [1, 3]), "lengths", ["Row 1", "[-1, 2)", "8"]),
        ["mask: length below zero"] = (() => SequenceMask.FromRanges(8, [5], [-2]), "lengths", ["Row 0", "[5, 3)", "8"]),
        ["mask: end after the grid"] = (() => SequenceMask.FromRanges(8, [5], [4]), "lengths", ["Row 0", "[5, 9)", "8"]),
        ["grid: elements"] = (() => Grid<Real>.Of(2, 3, new Real[5]), "values", ["2 × 3", "6", "5"]),
        ["grid: rows"] = (() => Grid<Real>.Of(-2, -3, new Real[6]), "rows", ["-2"]),
        ["grid: columns"] = (() => Grid<Real>.Of(0, -3, []), "columns", ["-3"]),
        ["grid: values"] = (() => Grid<Real>.FromValues(default, 2, 3, new double[5]), "values", ["2 × 3", "6", "5"]),
        ["whitening: options"] = (() => MaskedStatistics.Whiten(Whole, Mask, null!), "options", []),
        ["variance: options"] = (() => MaskedStatistics.Variance(Whole, Mask, null!), "options", []),
        ["statistics: mask"] = (() => MaskedStatistics.Sum(Whole, null!), "mask", []),
        ["statistics: shape"] = (() => MaskedStatistics.RowSums(Short, Mask), "values", ["13", "7 × 11"]),
        ["statistics: rows whitened"] = (() => MaskedStatistics.WhitenRows(Short, Mask, new()), "values", ["13", "7 × 11"]),
        ["weights: mask"] = (() => ImportanceWeights.Token(Whole, Whole, null!), "mask", []),
        ["weights: policy"] = (() => ImportanceWeights.Token(Short, Whole, Mask), "logProbs", ["13", "77", "7 × 11"]),
        ["weights: sampler"] = (() => ImportanceWeights.Sequence(Whole, Short, Mask), "logProbs", ["13", "77", "7 × 11"]),
        ["rejection: mask"] = (() => SamplerRejection.Keep(Whole, Whole, null!, Rule), "mask", []),
        ["rejection: rule"] = (() => SamplerRejection.Keep(Whole, Whole, Mask, null!), "rule", []),
        ["rejection: policy"] = (() => SamplerRejection.Keep(Short, Whole, Mask, Rule), "logProbs", ["13", "77", "7 × 11"]),
        ["rejection: sampler"] = (() => SamplerRejection.Keep(Whole, Short, Mask, Rule), "logProbs", ["13", "77", "7 × 11"]),
        ["entropy: mask"] = (() => TokenSelection.HighestEntropy(Whole, null!, 0.5), "mask", []),
        ["near policy: mask"] = (() => TokenSelection.NearPolicy(Whole, Whole, Short, null!, 0.5), "mask", []),
        ["covariance: mask"] = (() => TokenSelection.LargestCovariance(Whole, Whole, null!, 0.5), "mask", []),
        ["band: mask"] = (() => TokenSelection.CovarianceBand(Whole, Whole, null!, 0.5, 0, 1, 0, 0), "mask", []),
        ["near policy: policy"] = (
            () => TokenSelection.NearPolicy(Short, Whole, new double[7], Mask, 0.5), "logProbs", ["13", "77", "7 × 11"]),
        ["near policy: sampler"] = (
            () => TokenSelection.NearPolicy(Whole, Short, new double[7], Mask, 0.5), "logProbs", ["13", "77", "7 × 11"]),
        ["near policy: advantages"] = (() => TokenSelection.NearPolicy(Whole, Whole, Short, Mask, 0.5), "advantages", ["13", "7 × 11"]),
        ["entropy: shape"] = (() => TokenSelection.HighestEntropy(Short, Mask, 0.5), "entropies", ["13", "7 × 11"]),
        ["approximate KL: old"] = (() => PolicyDiagnostics.ApproximateKl(Whole, Short, Mask), "logProbs", ["13", "77", "7 × 11"]),
        ["mean log-ratio: old"] = (() => PolicyDiagnostics.MeanLogRatio(Whole, Short, Mask), "logProbs", ["13", "77", "7 × 11"]),
        ["clipping: advantages"] = (() => PolicyDiagnostics.Clipping(Whole, Short, Mask, 0.8, 1.2), "advantages", ["77", "13"]),
        ["clipping: mask"] = (() => PolicyDiagnostics.Clipping(Whole, Whole, null!, 0.8, 1.2), "mask", []),
        ["clip: low"] = (() => _ = new PpoClipTerm(-0.25, 0.2), "clipLow", ["-0.25"]),
        ["clip: high"] = (() => _ = new PpoClipTerm(0.2, -0.25), "clipHigh", ["-0.25"]),
        ["clip: estimator"] = (() => _ = new PpoClipTerm(0.2, 0.2, 0, (KlEstimator)17), "klEstimator", ["17"]),
        ["estimator"] = (() => KlEstimators.Estimate<Real>((KlEstimator)17, 0, 0), "estimator", ["17"]),
        ["row weights: mask"] = (() => new Aggregation.TokenMean().RowWeights(null!, 1), "mask", []),
        ["row weights: room, mask"] = (() => new Aggregation.TokenMean().RowWeights(null!, 1, new double[2]), "mask", []),
        ["row weights: room"] = (
            () => new Aggregation.TokenMean().RowWeights(SequenceMask.Full(2, 3), 1, new double[5]), "weights", ["5", "2 × 3"]),
        ["aggregate: weights"] = (
            () => TokenLosses.Aggregate(Grid<Real>.Of(2, 3, new Real[6]), SequenceMask.Full(2, 3), new double[5]),
            "rowWeights",
            ["5", "2 × 3"]),
        ["constant length"] = (() => _ = new Aggregation.ConstantLength(-5), "Length", ["-5"]),
        ["temperature"] = (() => LogitFilters.Temperature([1], -0.5), "temperature", ["-0.5"]),
        ["top k"] = (() => LogitFilters.TopK([1, 2], -5), "k", ["-5"]),
        ["formula: first"] = (
            () => TermKernels.Map(
                default(LogProbArguments.Formula<TokenNllTerm>),
                new double[7], new double[11], new double[7], new double[7], new double[7], new double[7], new double[7]),
            "first",
            ["11", "7"]),
        ["term: name"] = (() => ExprText.LatexOf(null!), "name", []),
        ["optimum: β"] = (() => RegularizedOptimum.LogPolicy([0], [1], -0.5), "beta", ["-0.5"]),
        ["optimum: shape"] = (() => RegularizedOptimum.LogPartition(new double[7], new double[11], 1), "rewards", ["7", "11"]),
        ["optimum: objective"] = (
            () => RegularizedOptimum.Objective(new double[7], new double[7], new double[11], 1), "rewards", ["7", "11"]),
        ["optimum: implicit reward"] = (
            () => RegularizedOptimum.ImplicitReward(new double[7], new double[11], 1), "refLogProbs", ["7", "11"]),
        ["adam: options"] = (() => AdamState.Start([1]).Step([1], 0.1, null!), "options", []),
        ["adam: gradient"] = (() => AdamState.Start(new double[7]).Step(new double[11], 0.1, new()), "gradient", ["7", "11"]),
        ["schedule: steps"] = (() => new Schedule.Constant().Factor(0, -5), "totalSteps", ["-5"]),
        ["schedule: step"] = (() => new Schedule.Constant().Factor(-3, 5), "step", ["-3"]),
        ["power law: losses"] = (() => PowerLaw.Fit(new double[7], new double[11]), "losses", ["7", "11"]),
        ["power law: one point"] = (() => PowerLaw.Fit([2, 2, 2], [1, 2, 3]), "x", ["two different points"]),
        ["pass@k: k"] = (() => TestTimeCompute.PassAtK(3, 1, -2), "k", ["-2"]),
        ["pass@k: correct"] = (() => TestTimeCompute.PassAtK(3, -2, 1), "correct", ["-2"]),
        ["pass@k: too many"] = (() => TestTimeCompute.PassAtK(3, 5, 1), "correct", ["3", "5"]),
        ["pass@k: more draws than samples"] = (() => TestTimeCompute.PassAtK(3, 0, 5), "k", ["3", "5"]),
        ["best of n: bound"] = (() => TestTimeCompute.BestOfNKlBound(-3), "n", ["-3"]),
        ["best of n: n"] = (() => TestTimeCompute.BestOfN([1], [1], -3), "n", ["-3"]),
        ["best of n: shape"] = (() => TestTimeCompute.BestOfN(new double[7], new double[11], 2), "rewards", ["7", "11"]),
        ["vote: answers"] = (() => TestTimeCompute.Vote(null!), "answers", []),
        ["vote: nothing"] = (() => TestTimeCompute.Vote([]), "answers", ["0"]),
        ["vote: weights"] = (() => TestTimeCompute.Vote(new string[7], new double[11]), "answers", ["7", "11"]),
        ["reference point: shape"] = (() => UnpairedLosses.ReferencePoint<Real>(new Real[7], new Real[11]), "refLogProbs", ["7", "11"]),
        ["reference point: nothing"] = (() => UnpairedLosses.ReferencePoint<Real>([], []), "refLogProbs", ["0"]),
        ["transport: samples"] = (
            () => AlignmentByTransport.Losses<Real>(new Real[7], new Real[11], new double[7], new double[11], 1), "lower", ["7", "11"]),
        ["transport: upper keys"] = (
            () => AlignmentByTransport.Losses<Real>(new Real[7], new Real[7], new double[11], new double[7], 1), "lower", ["7", "11"]),
        ["transport: lower keys"] = (
            () => AlignmentByTransport.Losses<Real>(new Real[7], new Real[7], new double[7], new double[11], 1), "lower", ["7", "11"]),
        ["baseline: mask"] = (() => OptimalTokenBaseline.Advantages(Whole, Whole, null!, Rows, StepAlignment.Column, false), "mask", []),
        ["baseline: returns"] = (
            () => OptimalTokenBaseline.Advantages(Short, Whole, Mask, Rows, StepAlignment.Column, false),
            "returns",
            ["13", "77", "7 × 11"]),
        ["baseline: norms"] = (
            () => OptimalTokenBaseline.Advantages(Whole, Short, Mask, Rows, StepAlignment.Column, false),
            "returns",
            ["13", "77", "7 × 11"]),
        ["baseline: groups"] = (
            () => OptimalTokenBaseline.Advantages(Whole, Whole, Mask, new int[5], StepAlignment.Column, false),
            "returns",
            ["5", "77", "7 × 11"]),
        ["spread: mask"] = (() => TokenAdvantages.Spread(Short, null!), "mask", []),
        ["spread: rows"] = (() => TokenAdvantages.Spread(Short, Mask), "advantages", ["13", "7 × 11"]),
        ["groups: size"] = (() => GroupAdvantages.Relative(new double[7], -2, new()), "groupSize", ["-2"]),
        ["groups: remainder"] = (() => GroupAdvantages.Relative(new double[7], 3, new()), "groupSize", ["7", "3"]),
        ["groups: ids"] = (() => GroupAdvantages.LeaveOneOut(new double[7], new int[11]), "groupIds", ["7", "11"]),
        ["groups: lengths"] = (() => GroupAdvantages.LengthWeighted(new double[7], new int[11], new int[7]), "lengths", ["7", "11"]),
        ["groups: batch scale"] = (
            () => GroupAdvantages.BestOfGroup([1, 2], [0, 0], new() { Scale = AdvantageScale.Batch }), "options", ["by its group"]),
        ["groups: singleton"] = (() => GroupAdvantages.LeaveOneOut([1, 2, 3], [4, 4, 19], SingletonRule.Refuse), "groupIds", ["19"]),
        ["groups: best singleton"] = (
            () => GroupAdvantages.BestOfGroup([1, 2, 3], [4, 4, 19], new() { Singletons = SingletonRule.Refuse }), "groupIds", ["19"]),
        ["groups: options"] = (() => GroupAdvantages.Relative([1], 1, new() { Ddof = 7 }), "options", ["7"]),
        ["presets"] = (() => Conventions.Table(null!), "conventions", []),
        ["advantages: inputs"] = (() => new AdvantageEstimate.GroupRelative().Of(null!), "inputs", []),
        ["constrained: judgements"] = (
            () => GroupAdvantages.Constrained(new double[7], new bool[11], new int[7]), "passes", ["7", "11"]),
        ["mask: no starts"] = (() => SequenceMask.FromRanges(3, null!, new int[1]), "starts", []),
        ["mask: no lengths"] = (() => SequenceMask.FromRanges(3, new int[1], null!), "lengths", []),
        ["Jensen–Shannon term: β below 0"] = (() => _ = new JensenShannonTerm(-0.25), "beta", ["-0.25", "[0, 1]"]),
        ["Jensen–Shannon term: β above 1"] = (() => _ = new JensenShannonTerm(1.25), "beta", ["1.25", "[0, 1]"]),
        ["KL penalty: reference"] = (
            () => new KlPenalty.Loss(1).Estimate(new double[7], new double[11]), "refLogProbs", ["7", "11"]),
        ["Wilson: successes"] = (() => Proportions.Wilson(-0.25, 3), "successes", ["-0.25"]),
        ["clusters: nothing"] = (() => Proportions.Clustered([], 3), "means", ["at least one prompt"]),
        ["clusters: mean above 1"] = (() => Proportions.Clustered([0.5, 1.25], 3), "means", ["1.25", "[0, 1]"]),
        ["clusters: mean below 0"] = (() => Proportions.Clustered([0.5, -0.25], 3), "means", ["-0.25", "[0, 1]"]),
        ["clusters: no number"] = (() => Proportions.Clustered([double.NaN], 3), "means", ["NaN", "[0, 1]"]),
        ["majority: none drawn"] = (() => TestTimeCompute.MajorityAtK([3], 0, 0, 0), "k", ["0"]),
        ["majority: answer below 0"] = (() => TestTimeCompute.MajorityAtK([3], -2, 0, 1), "answer", ["-2"]),
        ["majority: silent below 0"] = (() => TestTimeCompute.MajorityAtK([3], 0, -2, 1), "silent", ["-2"]),
        ["best: scores"] = (() => TestTimeCompute.BestAtK(new double[7], new double[11], 1), "scores", ["7", "11"]),
        ["best: none drawn"] = (() => TestTimeCompute.BestAtK([], [], 0), "k", ["0"]),
        ["best: more than there are"] = (() => TestTimeCompute.BestAtK([], [], 1), "k", ["1"]),
        ["Jensen–Shannon: β"] = (() => Categorical.JensenShannon<Real>([0], [0], -0.25), "beta", ["-0.25"]),
        ["Rényi: α"] = (() => Categorical.Renyi<Real>([0], [0], -0.25), "alpha", ["-0.25"]),
        ["Jensen–Shannon: β above 1"] = (() => Categorical.JensenShannon<Real>([0], [0], 1.25), "beta", ["1.25"]),
        ["Rényi: α of 0"] = (() => Categorical.Renyi<Real>([0], [0], 0), "alpha", ["0"]),
        ["Rényi: α of 1"] = (() => Categorical.Renyi<Real>([0], [0], 1), "alpha", ["KL"]),
        ["Rényi: shape"] = (() => Categorical.Renyi<Real>(new Real[7], new Real[11], 0.5), "logQ", ["7", "11"]),
        ["Jensen–Shannon: shape"] = (() => Categorical.JensenShannon<Real>(new Real[7], new Real[11], 0.5), "logQ", ["7", "11"]),
        ["KL: nothing"] = (() => Categorical.Kl<Real>([], []), "logQ", ["0"]),
        ["entropy: nothing"] = (() => Categorical.Entropy<Real>([]), "logP", ["0"]),
        ["log-sum-exp: nothing"] = (() => Categorical.LogSumExp<Real>([]), "x", ["0"]),
        ["ranking"] = (() => RewardModelLosses.PlackettLuce<Real>([]), "rewards", ["at least one"]),
        ["overlong: buffer"] = (() => LengthPenalties.SoftOverlong(1, 2, -3), "buffer", ["-3"]),
        ["rewards: mask"] = (() => TokenRewards.WithKlPenalty(Short, Whole, null!, 1), "mask", []),
        ["rewards: scores"] = (() => TokenRewards.WithKlPenalty(Short, Whole, Mask, 1), "kl", ["13", "77", "7 × 11"]),
        ["rewards: estimates"] = (() => TokenRewards.WithKlPenalty(new double[7], Short, Mask, 1), "kl", ["13", "7 × 11"]),
        ["mix: remainder"] = (() => RewardMixing.WeightedSum(new double[7], new double[3]), "weights", ["7", "3"]),
        ["mix: nothing"] = (() => RewardMixing.WeightedSum(new double[7], []), "weights", ["7", "0"]),
        ["returns: mask"] = (() => TokenReturns.Discounted(Whole, null!, 1), "mask", []),
        ["returns: shape"] = (() => TokenReturns.Discounted(Short, Mask, 1), "rewards", ["13", "7 × 11"]),
        ["returns: resets"] = (() => TokenReturns.DiscountedWithResets(Short, Mask, 1), "rewards", ["13", "7 × 11"]),
        ["gae: rewards"] = (() => TokenReturns.Gae(Short, Whole, Mask, 1, 1, Whole), "rewards", ["13", "7 × 11"]),
        ["gae: values"] = (() => TokenReturns.Gae(Whole, Short, Mask, 1, 1, Whole), "values", ["13", "7 × 11"]),
        ["gae: advantages"] = (() => TokenReturns.Gae(Whole, Whole, Mask, 1, 1, Short), "advantages", ["13", "7 × 11"]),
        ["gae: bootstrap"] = (() => TokenReturns.Gae(Whole, Whole, Mask, 1, 1, HoleRule.Skip, Short), "bootstrap", ["13", "7 × 11"]),
        ["v-trace: options"] = (() => VTrace.Compute([1], [1], [1], [1, 1], null!), "options", []),
        ["v-trace: discounts"] = (
            () => VTrace.Compute(new double[7], new double[11], new double[7], new double[8], new()), "reward", ["7", "11", "8"]),
        ["v-trace: ratios"] = (
            () => VTrace.Compute(new double[7], new double[7], new double[11], new double[8], new()), "reward", ["7", "11", "8"]),
        ["v-trace: values"] = (
            () => VTrace.Compute(new double[7], new double[7], new double[7], new double[11], new()), "reward", ["7", "11"]),
        ["v-trace: sampled"] = (
            () => VTrace.Compute(new double[7], new double[7], new double[7], new double[8], new(), new bool[11]), "reward", ["7", "11"]),
        ["multistep: discounts"] = (() => Multistep.DiscountedReturns(new double[7], new double[11], 0), "reward", ["7", "11"]),
        ["multistep: λ"] = (() => Multistep.Gae(new double[7], new double[7], new double[11], new double[8]), "reward", ["7", "11"]),
        ["multistep: values"] = (() => Multistep.Gae(new double[7], new double[7], new double[7], new double[12]), "reward", ["7", "11"]),
        ["multistep: λ-returns"] = (
            () => Multistep.LambdaReturns(new double[7], new double[7], new double[11], new double[7]), "reward", ["7", "11"]),
        ["multistep: n-step values"] = (
            () => Multistep.NStepReturns(new double[7], new double[7], new double[11], 1, new double[7]), "reward", ["7", "11"]),
        ["multistep: steps"] = (
            () => Multistep.NStepReturns(new double[7], new double[7], new double[7], -3, new double[7]), "steps", ["-3"]),
        ["multistep: ratio"] = (
            () => Multistep.ImportanceCorrectedErrors(new double[7], new double[7], new double[11], new double[7], new double[8]),
            "reward",
            ["7", "11"]),
        ["multistep: error values"] = (
            () => Multistep.ImportanceCorrectedErrors(new double[7], new double[7], new double[7], new double[7], new double[12]),
            "reward",
            ["7", "11"]),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_is_refused_by_the_name_of_its_argument_and_what_was_found(string name)
    {
        (Action mistake, string argument, string[] found) = Mistakes[name];
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(mistake);
        Assert.Equal(argument, error.ParamName);
        Assert.Equal(found.Length == 0, error is ArgumentNullException);
        string text = error.Message.Replace(" (Parameter", "\n", StringComparison.Ordinal);
        Assert.True(text.Split('\n')[0].Split(' ').Length >= 4, $"'{error.Message}' explains nothing");
        Assert.All(found, number => Assert.Contains(number, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Bounds_themselves_are_not_refused()
    {
        Assert.Equal((0, 1), (new JensenShannonTerm(0).Beta, new JensenShannonTerm(1).Beta));
        Assert.Equal(1, Proportions.Clustered([1, 1], 1).High);
        Assert.Equal(0, Proportions.Clustered([0, 0], 1).Low);
        Assert.True(new Interval(0.25, 0.75) is var ends && ends.Contains(0.25) && ends.Contains(0.75));
        Assert.False(ends.Contains(0.24) || ends.Contains(0.76));
        Assert.Equal(0, SequenceMask.FromFlags(0, 0, []).Count);
        Assert.Equal(3, SequenceMask.FromRanges(3, [0], [3]).Count);
        Assert.Equal(0, SequenceMask.FromRanges(3, [3], [0]).Count);
        Assert.Equal(0, Grid<Real>.Of(0, 3, []).Rows);
        Assert.Equal((0, 0), (new PpoClipTerm(0, 0).ClipLow, new PpoClipTerm(0, 0).ClipHigh));
        Assert.Equal(0, TestTimeCompute.PassAtK(3, 0, 1));
        Assert.Equal(1, TestTimeCompute.PassAtK(3, 3, 1));
        Assert.Equal(0, TestTimeCompute.BestOfNKlBound(1));
        Assert.Equal([0], GroupAdvantages.Relative([4], 1, new() { Epsilon = 0, VarianceFloor = 0 }));
    }
}
