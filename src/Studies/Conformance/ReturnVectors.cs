using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>GAE in its several conventions, and multistep returns.</summary>
internal static class ReturnVectors
{
    public static void Verl(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] values = inputs.Array("values");
        SequenceMask mask = inputs.Mask("mask");
        double[] raw = TokenReturns.Gae(inputs.Array("token_level_rewards"), values, mask, inputs.Number("gamma"), inputs.Number("lam"));
        outputs.Set(raw, "raw_advantages");
        outputs.Set(Add(raw, values), "returns");
        outputs.Set(MaskedStatistics.Whiten(raw, mask, StatisticsVectors.VerlMoments), "whitened_advantages");
    }

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] rewards = inputs.Array("rewards");
        double gamma = inputs.Number("gamma");
        double[] advantages = TokenReturns.Gae(rewards, inputs.Array("values"), mask, gamma, inputs.Number("lam"), HoleRule.ZeroValue);
        outputs.Set(advantages, "advantages");
        outputs.Set(Add(advantages, MaskedStatistics.ZeroOutside(inputs.Array("values"), mask)), "returns");
        outputs.Set(TokenReturns.Discounted(rewards, mask, gamma), "cumulative_returns");
    }

    public static void TrlV011(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        KlEstimator estimator = inputs.Text("kl_penalty") switch
        {
            "kl" => KlEstimator.K1,
            "abs" => KlEstimator.Abs,
            "mse" => KlEstimator.K2,
            string other => throw new FormatException($"There is no KL penalty '{other}'."),
        };
        double[] kl = TermRun.Of(new KlTerm(estimator), inputs.Array("log_probs"), inputs.Array("ref_log_probs")).Values;
        double[] rewards = TokenRewards.WithKlPenalty(inputs.Array("scores"), kl, mask, inputs.Number("kl_coef"));
        double[] values = MaskedStatistics.ZeroOutside(inputs.Array("values"), mask);
        outputs.Set(kl, "kl");
        outputs.Set(rewards, "rewards");
        outputs.Set(values, "masked_values");
        if (inputs.Flag("whiten_rewards"))
        {
            rewards = MaskedStatistics.Whiten(
                MaskedStatistics.ZeroOutside(rewards, mask), mask, StatisticsVectors.TrlMoments, keepMean: true);
        }

        // The whitened rewards of padding are a step's rewards here: the recursion runs over every column.
        SequenceMask full = SequenceMask.Full(mask.Rows, mask.Columns);
        rewards = inputs.Flag("whiten_rewards") ? rewards : MaskedStatistics.ZeroOutside(rewards, mask);
        double[] advantages = TokenReturns.Gae(rewards, values, full, inputs.Number("gamma"), inputs.Number("lam"));
        outputs.Set(Add(advantages, values), "returns");
        outputs.Set(MaskedStatistics.Whiten(advantages, mask, StatisticsVectors.TrlMoments), "whitened_advantages");
    }

    public static void TrlPpo(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] shape = inputs.Shape("values");
        int[] last = inputs.Ints("last_token_index");
        SequenceMask mask = Prefix(shape[1], [.. last.Select(index => index + 1)]);
        SequenceMask valueMask = Prefix(shape[1], [.. last.Select(index => Math.Min(index + 2, shape[1]))]);
        double[] kl = TrlPpoKl(inputs, mask);
        double[] rewards = TokenRewards.WithKlPenalty(inputs.Array("scores"), kl, mask, inputs.Number("kl_coef"));
        if (inputs.Flag("whiten_rewards"))
        {
            rewards = MaskedStatistics.ZeroOutside(
                MaskedStatistics.Whiten(rewards, mask, StatisticsVectors.TrlMoments, keepMean: true), mask);
        }

        double[] values = MaskedStatistics.ZeroOutside(inputs.Array("values"), mask);
        double[] advantages = TokenReturns.Gae(rewards, values, mask, inputs.Number("gamma"), inputs.Number("lam"));
        outputs.Set(kl, "kl");
        outputs.Set(rewards, "rewards");
        outputs.Set(MaskedStatistics.ZeroOutside(inputs.Array("values"), valueMask), "values_after_fill");
        outputs.Set(MaskedStatistics.ZeroOutside(Add(advantages, values), mask), "returns");
        outputs.Set(
            MaskedStatistics.ZeroOutside(MaskedStatistics.Whiten(advantages, mask, StatisticsVectors.TrlMoments), mask),
            "whitened_advantages");
    }

    public static void OpenInstruct(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] shape = inputs.Shape("values");
        double[] rewards = inputs.Array("rewards");
        double[] values = inputs.Array("values");
        double[] ones = [.. values.Select(_ => 1.0)];
        double[] continues = [.. inputs.Array("dones").Zip(inputs.Array("response_masks"), (done, mask) => (1 - done) * mask)];
        Run("unpacked", ones);
        Run("packed", continues);

        void Run(string name, double[] continuation)
        {
            double[] advantages = [.. Enumerable.Range(0, shape[0]).SelectMany(row =>
            {
                double[] discount = [.. Row(continuation, row).Select(c => c * inputs.Number("gamma"))];
                return Multistep.Gae(Row(rewards, row), discount, Fill(shape[1], inputs.Number("lam")), [.. Row(values, row), 0]);
            })];
            outputs.Set(advantages, name, "advantages");
            outputs.Set(Add(advantages, values), name, "returns");
        }

        double[] Row(double[] grid, int row) => grid[(row * shape[1])..((row + 1) * shape[1])];
    }

    public static void Rlax(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] reward = inputs.Array("r_t");
        double[] discount = inputs.Array("discount_t");
        double[] values = inputs.Array("values");
        double[] ratio = inputs.Array("rho_tm1");
        double[] lambda = Fill(reward.Length, inputs.Number("lambda"));
        double[] ones = Fill(reward.Length, 1);
        int steps = inputs.Int("n");
        outputs.Set(Multistep.Gae(reward, discount, lambda, values), "truncated_gae");
        outputs.Set(Multistep.Gae(reward, discount, inputs.Array("lambda_vector"), values), "truncated_gae_vector_lambda");
        outputs.Set(Multistep.LambdaReturns(reward, discount, values.AsSpan(1), lambda), "lambda_returns");
        outputs.Set(Multistep.LambdaReturns(reward, discount, values.AsSpan(1), ones), "discounted_returns");
        outputs.Set(Multistep.DiscountedReturns(reward, discount, values[^1]), "discounted_returns_scalar_bootstrap");
        outputs.Set(Multistep.NStepReturns(reward, discount, values.AsSpan(1), steps, ones), "n_step_returns");
        outputs.Set(Multistep.NStepReturns(reward, discount, values.AsSpan(1), steps, lambda), "n_step_lambda_returns");
        outputs.Set(Multistep.ImportanceCorrectedErrors(reward, discount, ratio, lambda, values), "importance_corrected_td_errors");
        var options = new VTraceOptions(
            inputs.Number("lambda"), inputs.Number("clip_rho_threshold"), inputs.Number("clip_pg_rho_threshold"));
        Write("vtrace", options);
        Write("leaky_vtrace", options with { Alpha = inputs.Number("leaky_alpha") });

        void Write(string name, VTraceOptions choice)
        {
            VTraceResult result = VTrace.Compute(reward, discount, ratio, values, choice, inputs.Flags("sample_mask"));
            outputs.Set(result.Errors, name, "errors");
            outputs.Set(result.Advantages, name, "pg_advantage");
            outputs.Set(result.ActionValues, name, "q_estimate");
        }
    }

    /// <summary>The KL estimates of TRL's PPO, 0 outside the mask.</summary>
    public static double[] TrlPpoKl(VectorInputs inputs, SequenceMask mask)
    {
        KlEstimator estimator = inputs.Text("kl_estimator") == "k3" ? KlEstimator.K3 : KlEstimator.K1;
        return MaskedStatistics.ZeroOutside(
            TermRun.Of(new KlTerm(estimator), inputs.Array("log_probs"), inputs.Array("ref_log_probs")).Values, mask);
    }

    /// <summary>A mask of the first columns of each row.</summary>
    public static SequenceMask Prefix(int columns, int[] lengths) => SequenceMask.FromRanges(columns, new int[lengths.Length], lengths);

    /// <summary>A constant trajectory.</summary>
    public static double[] Fill(int length, double value) => [.. Enumerable.Repeat(value, length)];

    private static double[] Add(double[] left, double[] right) => [.. left.Zip(right, (x, y) => x + y)];
}
