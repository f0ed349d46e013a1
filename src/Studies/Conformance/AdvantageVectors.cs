using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Advantages of completions and of tokens, in the conventions of verl and OpenRLHF.</summary>
internal static class AdvantageVectors
{
    private static readonly GroupAdvantageOptions Centred = new() { Scale = AdvantageScale.None };

    public static void OutcomeVerl(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        int[] groups = inputs.Ints("group_ids");
        double epsilon = inputs.Number("epsilon");
        double[] scores = Scores(inputs, mask);
        int[] lengths = [.. Enumerable.Range(0, mask.Rows).Select(mask.CountInRow)];
        Write("grpo", GroupAdvantages.Relative(scores, groups, new() { Epsilon = epsilon }));

        // The peer's mean of a group of equal rewards is a rounding away from them, and the difference is divided by ε alone.
        outputs.Round(
            scores.Zip(groups).GroupBy(pair => pair.Second, pair => pair.First).Select(group => group.ToArray())
                .Where(group => group.Length > 1 && group.Distinct().Count() == 1)
                .Select(group => StatisticsVectors.Rounding(group, epsilon))
                .DefaultIfEmpty().Max(),
            "grpo",
            "advantages");
        Write("grpo_no_std", GroupAdvantages.Relative(scores, groups, Centred));
        Write("grpo_vectorized", GroupAdvantages.Relative(scores, groups, new() { Epsilon = epsilon, VarianceFloor = 1e-6 }));
        Write("rloo", GroupAdvantages.LeaveOneOut(scores, groups));
        Write("rloo_vectorized", GroupAdvantages.LeaveOneOut(scores, groups));
        Write("opo", GroupAdvantages.LengthWeighted(scores, lengths, groups));
        Write("gpg", GroupAdvantages.ScaledByInformative(scores, groups));
        double[] centred = TokenAdvantages.Spread(GroupAdvantages.Relative(scores, groups, Centred), mask);
        outputs.Set(TokenAdvantages.Whitened(centred, mask, StatisticsVectors.VerlMoments), "reinforce_plus_plus_baseline", "advantages");

        void Write(string name, double[] advantages) => outputs.Set(TokenAdvantages.Spread(advantages, mask), name, "advantages");
    }

    public static void PassKVerl(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        int[] groups = inputs.Ints("group_ids");
        double[] scores = Scores(inputs, mask);
        Write("passk", new() { Epsilon = inputs.Number("epsilon") });
        Write("passk_no_std", Centred);

        void Write(string name, GroupAdvantageOptions options) =>
            outputs.Set(TokenAdvantages.Spread(GroupAdvantages.BestOfGroup(scores, groups, options), mask), name, "advantages");
    }

    public static void TokenVerl(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] rewards = inputs.Array("token_level_rewards");
        double[] returns = TokenReturns.DiscountedWithResets(rewards, mask, inputs.Number("gamma"));
        outputs.Set(returns, "reinforce_plus_plus", "returns");
        outputs.Set(TokenAdvantages.Whitened(returns, mask, StatisticsVectors.VerlMoments), "reinforce_plus_plus", "advantages");
        outputs.Set(TokenReturns.Discounted(rewards, mask, 1), "remax", "returns");
        outputs.Set(TokenAdvantages.LessBaseline(rewards, inputs.Array("reward_baselines"), mask), "remax", "advantages");
    }

    public static void OptimalBaselineVerl(VectorInputs inputs, VectorOutputs outputs)
    {
        double[]? weights = inputs.OptionalArray("rollout_is_weights");
        double[] squares = inputs.Array("sum_pi_squared");
        double[] norms = [.. inputs.Array("old_log_probs").Select((logProb, i) =>
            (1 - (2 * Math.Exp(logProb)) + squares[i]) * (weights is null ? 1 : weights[i] * weights[i]))];
        Write("otb", "mask", StepAlignment.Column, zeroTail: false);
        Write("otb_zero_tail", "mask", StepAlignment.Column, zeroTail: true);
        Write("multi_turn_otb", "multi_turn_mask", StepAlignment.ActionIndex, zeroTail: true);

        void Write(string name, string maskName, StepAlignment alignment, bool zeroTail)
        {
            SequenceMask mask = inputs.Mask(maskName);
            double[] returns = TokenReturns.Discounted(inputs.Array("token_level_rewards"), mask, 1);
            outputs.Set(returns, name, "returns");
            outputs.Set(
                OptimalTokenBaseline.Advantages(
                    returns, norms, mask, inputs.Ints("group_ids"), alignment, zeroTail, inputs.Number("epsilon")),
                name,
                "advantages");
        }
    }

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] rewards = inputs.Array("rewards");
        int size = inputs.Int("num_generations");
        int[] groups = [.. rewards.Select((_, i) => i / size)];
        double gamma = inputs.Number("gamma");
        bool meanOnly = inputs.Flag("no_std_norm");
        double[] gae = TokenReturns.Gae(Placed(rewards), inputs.Array("values"), mask, gamma, inputs.Number("lam"), HoleRule.ZeroValue);
        double[] values = MaskedStatistics.ZeroOutside(inputs.Array("values"), mask);
        outputs.Set(gae.Zip(values, (advantage, value) => advantage + value), "gae", "returns");
        outputs.Set(Normalize(gae), "gae", "advantages");
        Write("reinforce", rewards, gamma, normalize: true);
        Write("rloo", GroupAdvantages.LeaveOneOut(rewards, groups), 1, normalize: false);
        double[] centred = GroupAdvantages.Relative(rewards, groups, Centred);
        Write("reinforce_baseline", centred, 1, normalize: true);
        Write("dr_grpo", centred, 1, normalize: false);
        Write("group_norm", GroupAdvantages.Relative(rewards, groups, new() { Epsilon = 1e-9 }), 1, normalize: false);

        void Write(string name, double[] outcome, double discount, bool normalize)
        {
            double[] returns = TokenReturns.Discounted(Placed(outcome), mask, discount);
            outputs.Set(returns, name, "returns");
            outputs.Set(normalize ? Normalize(returns) : returns, name, "advantages");
        }

        double[] Placed(double[] outcome)
        {
            double[] clipped = inputs.OptionalArray("reward_clip_range") is [double low, double high]
                ? TokenRewards.Clip(outcome, low, high)
                : outcome;
            return TokenRewards.WithKlPenalty(clipped, inputs.Array("kl"), mask, Math.Max(0, inputs.Number("kl_coef")));
        }

        double[] Normalize(double[] advantages) => meanOnly
            ? MaskedStatistics.Center(advantages, mask)
            : MaskedStatistics.Whiten(advantages, mask, new(Ddof: 0, VarianceEpsilon: 0, VarianceFloor: 1e-8));
    }

    /// <summary>The score of each completion: its rewards summed over the whole row.</summary>
    public static double[] Scores(VectorInputs inputs, SequenceMask mask) =>
        MaskedStatistics.RowSums(inputs.Array("token_level_rewards"), SequenceMask.Full(mask.Rows, mask.Columns));
}
