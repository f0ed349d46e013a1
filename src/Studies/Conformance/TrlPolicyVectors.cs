using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>TRL's GRPO family, at the token and at the sequence level, and its options.</summary>
internal static class TrlPolicyVectors
{
    private const double SapoPositive = 1;
    private const double SapoNegative = 1.05;

    public static void Token(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        Family(batch, outputs, x => TokenGrid.Exp(x - batch.Old), batch.Mask, batch.Ratios, batch.AdvantageValues);
        batch.Write(
            outputs,
            "vespo",
            x => WithKl(batch, x, -(batch.Expand(Phi(batch, x)) * batch.Advantages * x), inputs.Number("beta")),
            ItemWeights(batch));
        double[] phi = PolicyBatch.Values(Phi(batch, batch.Data(batch.Variable)));
        outputs["vespo", "metrics", "vespo_phi_seq_mean"] = phi.Average();
        WriteKl(batch, outputs, "vespo");
    }

    public static void Sequence(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double[] ratios = PolicyBatch.Values(
            TokenGrid.Exp(SequenceRatios.LogGeometricMean(batch.Data(batch.Variable), batch.Old, batch.Mask)));
        double[] advantages = inputs.Array("advantages");
        SequenceMask sequences = SequenceMask.Full(batch.Mask.Rows, 1);
        Family(batch, outputs, x => SequenceRatio(batch, x), sequences, ratios, advantages);
        double[] luspo = [.. Enumerable.Repeat(1.0 / batch.Mask.Rows, batch.Mask.Rows)];
        batch.Write(outputs, "luspo", x => Luspo(batch, x), luspo);
        WriteClip(outputs, "luspo", ratios, advantages, sequences, 1 - inputs.Number("epsilon_low"), 1 + inputs.Number("epsilon_high"));
        WriteKl(batch, outputs, "luspo");
    }

    public static void Options(VectorInputs inputs, VectorOutputs outputs)
    {
        const double Beta = 0.1;
        const double SamplerBeta = 0.05;
        var batch = new PolicyBatch(inputs);
        double[] items = ItemWeights(batch);
        double[] mean = new Aggregation.SequenceMean().RowWeights(batch.Mask);
        double low = inputs.Number("epsilon_low");
        double high = inputs.Number("epsilon_high");
        TokenGrid Ratio(TokenGrid x) => TokenGrid.Exp(x - batch.Old);
        TokenGrid K3(TokenGrid x) => KlEstimators.K3(x, batch.Grid("ref_log_probs"));
        batch.Write(
            outputs,
            "two_sided_delta",
            x => PolicyLosses.TwoSidedClip(Ratio(x), batch.Advantages, low, high, inputs.Number("delta")),
            items);
        batch.Write(outputs, "bias_corrected_kl", x => Clip(batch, Ratio(x)) + TokenGrid.Scale(K3(x) * Ratio(x), Beta), items);
        batch.Write(
            outputs,
            "bias_corrected_kl_sequence",
            x => Clip(batch, SequenceRatio(batch, x)) + TokenGrid.Scale(K3(x) * SequenceRatio(batch, x), Beta),
            mean);
        batch.Write(
            outputs,
            "no_old_log_probs",
            x => Clip(batch, TokenGrid.Exp(x - TokenGrid.StopGradient(x))) + TokenGrid.Scale(K3(x), Beta),
            mean);
        foreach (string level in new[] { "token", "sequence" })
        {
            batch.Write(
                outputs,
                "sampler_is_" + level,
                x => (Clip(batch, Ratio(x)) * batch.Tokens("importance_ratio_" + level)) + TokenGrid.Scale(K3(x), SamplerBeta),
                items);
        }

        SequenceMask high20 = TokenSelection.HighestEntropy(inputs.Array("entropies"), batch.Mask, inputs.Number("top_entropy_quantile"));
        outputs.Set(Flags(high20.Flags.ToArray()), "high_entropy_mask");
        batch.Write(outputs, "top_entropy_quantile", x => TokenGrid.Where(high20, Clip(batch, Ratio(x)), TokenGrid.Constant(x, 0)), items);
        bool[] keep = TokenSelection.NearPolicy(
            batch.Variable,
            inputs.Array("sampling_log_probs"),
            inputs.Array("advantages"),
            batch.Mask,
            inputs.Number("off_policy_threshold"));
        outputs.Set(Flags(keep), "off_policy_keep_mask");
        double[] rows = [.. mean.Zip(keep, (weight, kept) => kept ? weight : 0)];
        batch.Write(outputs, "off_policy_mask", x => Clip(batch, Ratio(x)), rows);
    }

    public static void SequenceLosses(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double low = inputs.Number("epsilon_low");
        double high = inputs.Number("epsilon_high");
        double beta = inputs.Number("beta");
        double[] advantages = inputs.Array("advantages");
        double[] mean = new Aggregation.SequenceMean().RowWeights(batch.Mask);
        double[] logRatios = PolicyBatch.Values(batch.Data(batch.Variable) - batch.Old);
        batch.WriteScalar(outputs, "gmpo", x =>
        {
            TokenGrid ratio = TokenGrid.Exp(SequenceRatios.LogClippedGeometricMean(x, batch.Old, batch.Advantages, batch.Mask, low, high));
            TokenGrid loss = -(ratio * batch.Data(advantages)) + TokenGrid.Scale(
                SequenceRatios.Mean(KlEstimators.K3(x, batch.Grid("ref_log_probs")), batch.Mask), beta);
            return TokenGrid.Scale(TokenGrid.SumOverBatch(loss), 1.0 / batch.Mask.Rows);
        });
        WriteClip(outputs, "gmpo", logRatios, batch.AdvantageValues, batch.Mask, -low, high);
        batch.Write(outputs, "gspo_token", x => WithKl(batch, x, Clip(batch, GspoToken(batch, x)), beta), mean);
        WriteClip(
            outputs,
            "gspo_token",
            PolicyBatch.Values(GspoToken(batch, batch.Data(batch.Variable))),
            batch.AdvantageValues,
            batch.Mask,
            1 - low,
            1 + high);
        batch.WriteScalar(outputs, "rloo", x => TokenGrid.Scale(
            TokenGrid.SumOverBatch(PolicyLosses.ClippedSurrogate(Whole(batch, x), batch.Data(advantages), low, high)),
            1.0 / batch.Mask.Rows));
        SequenceMask sequences = SequenceMask.Full(batch.Mask.Rows, 1);
        WriteClip(outputs, "rloo", PolicyBatch.Values(Whole(batch, batch.Data(batch.Variable))), advantages, sequences, 1 - low, 1 + high);
        WriteKl(batch, outputs, "gmpo");
        WriteKl(batch, outputs, "gspo_token");
    }

    private static void Family(
        PolicyBatch batch,
        VectorOutputs outputs,
        Func<TokenGrid, TokenGrid> ratio,
        SequenceMask metricMask,
        double[] ratios,
        double[] advantages)
    {
        VectorInputs inputs = batch.Inputs;
        double beta = inputs.Number("beta");
        double cap = inputs.Number("cispo_epsilon_high");
        double[] mean = new Aggregation.SequenceMean().RowWeights(batch.Mask);
        double[] items = ItemWeights(batch);
        foreach ((string name, double[] weights) in new[]
        {
            ("grpo", mean),
            ("bnpo", new Aggregation.TokenMean().RowWeights(batch.Mask)),
            ("dr_grpo", new Aggregation.ConstantLength(inputs.Int("max_completion_length")).RowWeights(batch.Mask)),
            ("dapo", items),
        })
        {
            batch.Write(outputs, name, x => WithKl(batch, x, Clip(batch, ratio(x)), beta), weights);
            WriteClip(outputs, name, ratios, advantages, metricMask, 1 - inputs.Number("epsilon_low"), 1 + inputs.Number("epsilon_high"));
            WriteKl(batch, outputs, name);
        }

        batch.Write(
            outputs,
            "cispo",
            x => WithKl(batch, x, PolicyLosses.Cispo(x, ratio(x), batch.Advantages, double.NegativeInfinity, cap), beta),
            items);
        outputs["cispo", "metrics", "cispo_clip_ratio"] = PolicyDiagnostics.Clipping(
            ratios, advantages, metricMask, double.NegativeInfinity, cap).High;
        WriteKl(batch, outputs, "cispo");
        batch.Write(
            outputs, "sapo", x => WithKl(batch, x, PolicyLosses.Sapo(ratio(x), batch.Advantages, SapoPositive, SapoNegative), beta), mean);
        WriteKl(batch, outputs, "sapo");
    }

    private static double[] ItemWeights(PolicyBatch batch) =>
        new Aggregation.TokenMean().RowWeights(batch.Mask, Math.Max(1, batch.Inputs.Number("num_items_in_batch")));

    /// <summary>LUSPO's loss of each position: the clipped surrogate of the sequence's ratio, with the KL of the token.</summary>
    public static TokenGrid Luspo(PolicyBatch batch, TokenGrid x) =>
        WithKl(batch, x, Clip(batch, SequenceRatio(batch, x)), batch.Inputs.Number("beta"));

    private static TokenGrid Clip(PolicyBatch batch, TokenGrid ratio) => PolicyLosses.ClippedSurrogate(
        ratio, batch.Advantages, batch.Inputs.Number("epsilon_low"), batch.Inputs.Number("epsilon_high"));

    private static TokenGrid SequenceRatio(PolicyBatch batch, TokenGrid x) =>
        batch.Expand(TokenGrid.Exp(SequenceRatios.LogGeometricMean(x, batch.Old, batch.Mask)));

    private static TokenGrid GspoToken(PolicyBatch batch, TokenGrid x) =>
        TokenGrid.Exp(SequenceRatios.LogGeometricMeanAtTokens(x, batch.Old, batch.Mask));

    // π/π_old of the whole sequence.
    private static TokenGrid Whole(PolicyBatch batch, TokenGrid x) => TokenGrid.Exp(SequenceRatios.Sum(x - batch.Old, batch.Mask));

    private static TokenGrid Phi(PolicyBatch batch, TokenGrid x) => SequenceRatios.GammaWeight(
        x, batch.Old, batch.Data(batch.Inputs.Array("advantages")), batch.Mask, (2, 3), (3, 2));

    private static TokenGrid WithKl(PolicyBatch batch, TokenGrid x, TokenGrid loss, double beta) =>
        beta == 0 ? loss : loss + TokenGrid.Scale(KlEstimators.K3(x, batch.Grid("ref_log_probs")), beta);

    private static void WriteKl(PolicyBatch batch, VectorOutputs outputs, string name)
    {
        double[] kl = TermRun.Of(new KlTerm(KlEstimator.K3), batch.Variable, batch.Inputs.Array("ref_log_probs")).Values;
        outputs[name, "metrics", "kl"] = MaskedStatistics.Sum(kl, batch.Mask) / Math.Max(1, batch.Mask.Count);
    }

    private static void WriteClip(
        VectorOutputs outputs, string name, double[] ratios, double[] advantages, SequenceMask mask, double low, double high)
    {
        ClipFractions clip = PolicyDiagnostics.Clipping(ratios, advantages, mask, low, high);
        outputs[name, "metrics", "clip_ratio_low_mean"] = clip.Low;
        outputs[name, "metrics", "clip_ratio_high_mean"] = clip.High;
        outputs[name, "metrics", "clip_ratio_region_mean"] = clip.Region;
        outputs[name, "metrics", "clip_ratio_low_min"] = clip.LowestLow;
        outputs[name, "metrics", "clip_ratio_high_max"] = clip.HighestHigh;
    }

    private static double[] Flags(bool[] flags) => [.. flags.Select(flag => flag ? 1.0 : 0.0)];
}
