using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>Correction for a sampler that differs from the policy: weights, rejection, and their diagnostics.</summary>
internal static class SamplerVectors
{
    private const double Epsilon = 1e-8;
    private const double LogClamp = 20;

    public static void Correction(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double[] old = inputs.Array("old_log_probs");
        double[] rollout = inputs.Array("rollout_log_probs");
        double low = inputs.Optional("clip_min") ?? double.NegativeInfinity;
        double high = inputs.Optional("clip_max") ?? double.PositiveInfinity;
        double[] token = ImportanceWeights.Token(old, rollout, batch.Mask);
        double[] sequence = ImportanceWeights.Sequence(old, rollout, batch.Mask);
        outputs.Set(ImportanceWeights.Truncate(token, low, high), "trl_token_truncate", "ratio");
        outputs.Set(ImportanceWeights.Mask(token, low, high), "trl_token_mask", "ratio");
        outputs.Set(ImportanceWeights.Truncate(sequence, low, high), "trl_sequence_truncate", "ratio");
        outputs.Set(ImportanceWeights.Mask(sequence, low, high), "trl_sequence_mask", "ratio");

        double least = inputs.Number("openrlhf_low");
        double most = inputs.Number("openrlhf_high");
        double[] geometric = ImportanceWeights.GeometricMean(old, rollout, batch.Mask);
        double[] gate = [.. token
            .Select((weight, i) => geometric[i / batch.Mask.Columns] >= least && geometric[i / batch.Mask.Columns] <= most ? weight : 0)];
        Write("openrlhf_tis", ImportanceWeights.Truncate(token, least, most));
        Write("openrlhf_icepop", ImportanceWeights.Mask(token, least, most));
        Write("openrlhf_seq-mask-tis", gate);
        TokenGrid sampler = batch.Data(rollout);
        batch.Write(
            outputs,
            "openrlhf_gspo_vs_rollout",
            x => PolicyLosses.ClippedSurrogate(
                batch.Expand(TokenGrid.Exp(SequenceRatios.LogGeometricMean(x, sampler, batch.Mask))), batch.Advantages, 0.2, 0.2),
            new Aggregation.SequenceMean(CountEmpty: false, CountEpsilon: Epsilon).RowWeights(batch.Mask));

        void Write(string name, double[] weights)
        {
            batch.Write(
                outputs,
                name,
                x => PolicyLosses.ClippedSurrogate(OtherPolicyVectors.Ratio(batch, x), batch.Advantages, 0.2, 0.2) * batch.Data(weights),
                new Aggregation.TokenMean().RowWeights(batch.Mask));
            outputs[name, "vllm_kl"] = PolicyDiagnostics.MeanLogRatio(old, rollout, batch.Mask);
        }
    }

    public static void RolloutWeights(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] logProbs = inputs.Array("log_probs");
        double[] rollout = inputs.Array("rollout_log_probs");
        double cap = inputs.Number("threshold");
        double[] token = MaskedStatistics.ZeroOutside(ImportanceWeights.Token(logProbs, rollout, mask, LogClamp), mask);
        double[] sequence = TokenAdvantages.Spread(ImportanceWeights.Sequence(logProbs, rollout, mask, LogClamp), mask);
        double[] logRatioSums = [.. ImportanceWeights.Sequence(logProbs, rollout, mask).Select(ratio => Math.Log(ratio))];
        double[] cappedToken = ImportanceWeights.Truncate(token, double.NegativeInfinity, cap);
        double[] cappedSequence = ImportanceWeights.Truncate(sequence, double.NegativeInfinity, cap);
        outputs.Set(cappedToken, "token", "weights");
        outputs.Set(cappedSequence, "sequence", "weights");
        WriteShared(outputs, "token", token, mask, cap);
        WriteShared(outputs, "sequence", sequence, mask, cap);
        double[] actions = [.. token.Where((_, i) => mask.Flags[i])];
        outputs["token", "metrics", "rollout_is_max"] = actions.Max();
        outputs["token", "metrics", "rollout_is_min"] = actions.Min();
        outputs["token", "metrics", "rollout_is_ratio_fraction_high"] = Mean(token.Select(w => w > cap ? 1.0 : 0), mask);
        outputs["token", "metrics", "rollout_is_ratio_fraction_low"] = Mean(token.Select(w => w < 1 / cap ? 1.0 : 0), mask);
        outputs["sequence", "metrics", "rollout_is_max"] = Math.Exp(Math.Min(logRatioSums.Max(), LogClamp));
        outputs["sequence", "metrics", "rollout_is_min"] = Math.Exp(logRatioSums.Min());
        outputs["sequence", "metrics", "rollout_is_ratio_fraction_high"] = logRatioSums.Average(sum => sum > Math.Log(cap) ? 1.0 : 0);
        outputs["sequence", "metrics", "rollout_is_ratio_fraction_low"] = logRatioSums.Average(sum => sum < Math.Log(1 / cap) ? 1.0 : 0);
        double tokenFactor = Mean(cappedToken, mask);
        double[] rowMeans = MaskedStatistics.RowMeans(cappedSequence, mask, Epsilon);
        double sequenceFactor = rowMeans.Where((_, row) => mask.CountInRow(row) > 0).Average();
        Normalize("token_batch_normalized", cappedToken, tokenFactor);
        Normalize("sequence_batch_normalized", cappedSequence, sequenceFactor);
        OffPolicy(outputs, mask, logProbs, rollout);

        void Normalize(string name, double[] weights, double factor)
        {
            factor = factor > Epsilon ? factor : 1;
            outputs.Set(weights.Select(weight => weight / factor), name, "weights");
            outputs[name, "batch_norm_factor"] = factor;
        }
    }

    public static void Rejection(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] logProbs = inputs.Array("log_probs");
        double[] rollout = inputs.Array("rollout_log_probs");
        VectorInputs thresholds = inputs.Nested("thresholds");
        foreach (string name in new[]
        {
            "token_k1", "token_k2", "token_k3", "seq_sum_k1", "seq_sum_k2", "seq_sum_k3",
            "seq_mean_k1", "seq_mean_k2", "seq_mean_k3", "seq_max_k2", "seq_max_k3",
        })
        {
            Write(name, SamplerRejection.Keep(logProbs, rollout, mask, Rule(name, thresholds.Array(name))));
        }

        SequenceMask both = SamplerRejection.Keep(logProbs, rollout, mask, Rule("token_k1", [0.7, 1.3]));
        bool[] other = SamplerRejection.Keep(logProbs, rollout, mask, Rule("seq_mean_k3", [0.05])).Flags.ToArray();
        Write(
            "token_k1(0.7,1.3)_and_seq_mean_k3(0.05)",
            SequenceMask.FromFlags(mask.Rows, mask.Columns, [.. both.Flags.ToArray().Zip(other, (x, y) => x && y)]));

        void Write(string name, SequenceMask kept)
        {
            outputs.Set(kept.Flags.ToArray().Select(flag => flag ? 1.0 : 0), name, "mask");
            outputs[name, "masked_fraction"] = (mask.Count - kept.Count) / (mask.Count + Epsilon);
            outputs[name, "sequence_masked_fraction"] =
                Enumerable.Range(0, mask.Rows).Average(row => kept.CountInRow(row) < mask.CountInRow(row) ? 1.0 : 0);
        }
    }

    private static RejectionRule Rule(string name, double[] thresholds)
    {
        RejectionLevel level = name switch
        {
            _ when name.StartsWith("token", StringComparison.Ordinal) => RejectionLevel.Token,
            _ when name.StartsWith("seq_sum", StringComparison.Ordinal) => RejectionLevel.SequenceSum,
            _ when name.StartsWith("seq_mean", StringComparison.Ordinal) => RejectionLevel.SequenceMean,
            _ => RejectionLevel.SequenceMax,
        };
        KlEstimator estimator = name[^1] switch { '1' => KlEstimator.K1, '2' => KlEstimator.K2, _ => KlEstimator.K3 };
        return estimator == KlEstimator.K1
            ? new(level, estimator, Math.Log(thresholds[0]), Math.Log(thresholds[1]), LogClamp, Epsilon)
            : new(level, estimator, double.NegativeInfinity, thresholds[0], LogClamp, Epsilon);
    }

    private static void WriteShared(VectorOutputs outputs, string name, double[] weights, SequenceMask mask, double cap)
    {
        double[] inside = ImportanceWeights.Truncate(weights, 1 / cap, cap);
        double mean = Mean(inside, mask);
        double square = Mean(inside.Select(w => w * w), mask);
        double[] rows = MaskedStatistics.RowMeans(weights, mask, Epsilon);
        Set("mean", Mean(weights, mask));
        Set("std", mask.Count > 1 ? Math.Sqrt(Math.Max(0, square - (mean * mean))) : 0);
        Set("eff_sample_size", 1 / Mean(inside.Select(w => w / (mean + Epsilon)).Select(w => w * w), mask));
        Set("seq_mean", rows.Average());
        Set("seq_std", Moments.Of(rows).SampleDeviation);
        Set("seq_max", rows.Max());
        Set("seq_min", rows.Min());
        Set("seq_max_deviation", rows.Max(row => Math.Abs(row - 1)));
        Set("seq_fraction_high", rows.Average(row => row > cap ? 1.0 : 0));
        Set("seq_fraction_low", rows.Average(row => row < 1 / cap ? 1.0 : 0));

        void Set(string metric, double value) => outputs[name, "metrics", "rollout_is_" + metric] = value;
    }

    private static void OffPolicy(VectorOutputs outputs, SequenceMask mask, double[] logProbs, double[] rollout)
    {
        double[] training = MaskedStatistics.RowMeans(logProbs, mask, Epsilon);
        double[] sampled = MaskedStatistics.RowMeans(rollout, mask, Epsilon);
        double[] difference = [.. sampled.Zip(training, (s, t) => s - t)];
        Set("training_ppl", training.Average(mean => Math.Exp(-mean)));
        Set("training_log_ppl", -training.Average());
        Set("rollout_ppl", sampled.Average(mean => Math.Exp(-mean)));
        Set("rollout_log_ppl", -sampled.Average());
        Set("kl", PolicyDiagnostics.MeanLogRatio(logProbs, rollout, mask, countEpsilon: Epsilon));
        Set("k3_kl", Mean(TermRun.Of(new KlTerm(KlEstimator.K3), rollout, logProbs).Values, mask));
        Set("log_ppl_diff", difference.Average());
        Set("log_ppl_abs_diff", difference.Average(Math.Abs));
        Set("log_ppl_diff_max", difference.Max());
        Set("log_ppl_diff_min", difference.Min());
        Set("ppl_ratio", difference.Average(Math.Exp));
        Set("chi2_token", Mean(ImportanceWeights.Token(logProbs, rollout, mask, LogClamp).Select(w => w * w), mask) - 1);
        Set("chi2_seq", ImportanceWeights.Sequence(logProbs, rollout, mask, LogClamp).Average(w => w * w) - 1);

        void Set(string metric, double value) => outputs["offpolicy_metrics", metric] = value;
    }

    private static double Mean(IEnumerable<double> values, SequenceMask mask) => MaskedStatistics.Mean([.. values], mask, Epsilon);
}
