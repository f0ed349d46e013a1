using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>What the peers compute where the library departs from them: their formula with its mistake.</summary>
internal static class DepartedValues
{
    /// <summary>The score stands one position past the last token where the grid has one, and rewards and values of that position
    /// take part in whitening and in GAE.</summary>
    public static void TerminalReward(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] shape = inputs.Shape("values");
        int[] last = inputs.Ints("last_token_index");
        SequenceMask mask = ReturnVectors.Prefix(shape[1], [.. last.Select(index => index + 1)]);
        SequenceMask onePast = ReturnVectors.Prefix(shape[1], [.. last.Select(index => Math.Min(index + 2, shape[1]))]);
        double[] scores = inputs.Array("scores");
        double[] rewards = [.. ReturnVectors.TrlPpoKl(inputs, mask).Select(kl => -inputs.Number("kl_coef") * kl)];
        for (int row = 0; row < shape[0]; row++)
        {
            rewards[(row * shape[1]) + Math.Min(last[row] + 1, shape[1] - 1)] += scores[row];
        }

        if (inputs.Flag("whiten_rewards"))
        {
            rewards = MaskedStatistics.ZeroOutside(
                MaskedStatistics.Whiten(rewards, onePast, StatisticsVectors.TrlMoments, keepMean: true), onePast);
        }

        double[] values = MaskedStatistics.ZeroOutside(inputs.Array("values"), onePast);
        double[] advantages = TokenReturns.Gae(
            rewards, values, SequenceMask.Full(shape[0], shape[1]), inputs.Number("gamma"), inputs.Number("lam"));
        outputs.Set(rewards, "rewards");
        outputs.Set(advantages.Zip(values, (advantage, value) => advantage + value), "returns");
        outputs.Set(
            MaskedStatistics.ZeroOutside(MaskedStatistics.Whiten(advantages, mask, StatisticsVectors.TrlMoments), mask),
            "whitened_advantages");
    }

    /// <summary>½·mean of the squared log-ratio over every position; both log-probs of padding are the same constant.</summary>
    public static void PaddedKl(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] squares = [.. inputs.Array("log_probs").Zip(inputs.Array("old_log_probs"), (x, y) => (x - y) * (x - y))];
        outputs["approx_kl_unmasked_mean"] = MaskedStatistics.Sum(squares, inputs.Mask("mask")) / squares.Length / 2;
    }

    /// <summary>Each position of the grid, padding too, weighs its sequence's length over B·T.</summary>
    public static void PaddedLuspo(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        SequenceMask all = SequenceMask.Full(batch.Mask.Rows, batch.Mask.Columns);
        double[] weights = [.. Enumerable.Range(0, batch.Mask.Rows)
            .Select(row => (double)batch.Mask.CountInRow(row) / (batch.Mask.Rows * batch.Mask.Columns))];
        batch.WriteScalar(outputs, "luspo", x => TokenLosses.Aggregate(TrlPolicyVectors.Luspo(batch, x), all, weights));
    }

    /// <summary>log(1 + exp(r_l − r_w)) as written.</summary>
    public static void OverflowingExponential(VectorInputs inputs, VectorOutputs outputs) =>
        outputs["openrlhf_logexp", "loss"] = inputs.Array("rejected_rewards")
            .Zip(inputs.Array("chosen_rewards"), (l, w) => Math.Log(1 + Math.Exp(l - w))).Average();

    /// <summary>β·log σ(log-odds ratio), with log(1 − exp(x)) and the sigmoid as written.</summary>
    public static void UnderflowingSigmoid(VectorInputs inputs, VectorOutputs outputs)
    {
        outputs.Set(
            inputs.Array("mean_chosen_log_probs").Zip(inputs.Array("mean_rejected_log_probs"), (w, l) =>
                inputs.Number("beta") * Math.Log(1 / (1 + Math.Exp(LogOdds(l) - LogOdds(w))))),
            "odds_ratio_term_v0.11.4");

        static double LogOdds(double logProb) => logProb - Math.Log(1 - Math.Exp(logProb));
    }

    /// <summary>A completion alone in its group keeps its score, less a baseline of 0 and over a deviation of 1.</summary>
    public static void RawSingletons(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        int[] groups = inputs.Ints("group_ids");
        HashSet<int> singletons = [.. groups.CountBy(id => id).Where(pair => pair.Value == 1).Select(pair => pair.Key)];
        double epsilon = inputs.Number("epsilon");
        double[] scores = AdvantageVectors.Scores(inputs, mask);
        int[] lengths = [.. Enumerable.Range(0, mask.Rows).Select(mask.CountInRow)];
        GroupAdvantageOptions centred = new() { Scale = AdvantageScale.None };
        double[] less = Keep(GroupAdvantages.Relative(scores, groups, centred), 1);
        Write("grpo", Keep(GroupAdvantages.Relative(scores, groups, new() { Epsilon = epsilon }), 1 / (1 + epsilon)));
        Write("grpo_no_std", less);
        Write(
            "grpo_vectorized",
            Keep(GroupAdvantages.Relative(scores, groups, new() { Epsilon = epsilon, VarianceFloor = 1e-6 }), 1 / (1 + epsilon)));
        Write("rloo", Keep(GroupAdvantages.LeaveOneOut(scores, groups), 1));
        Write("opo", Keep(GroupAdvantages.LengthWeighted(scores, lengths, groups), 1));
        Write(
            "gpg",
            Keep(
                GroupAdvantages.ScaledByInformative(scores, groups),
                (double)scores.Length / Math.Max(1, scores.Count(score => score != 0))));
        outputs.Set(
            TokenAdvantages.Whitened(TokenAdvantages.Spread(less, mask), mask, StatisticsVectors.VerlMoments),
            "reinforce_plus_plus_baseline",
            "advantages");

        double[] Keep(double[] advantages, double factor) =>
            [.. advantages.Select((advantage, i) => singletons.Contains(groups[i]) ? scores[i] * factor : advantage)];

        void Write(string name, double[] advantages) => outputs.Set(TokenAdvantages.Spread(advantages, mask), name, "advantages");
    }
}
