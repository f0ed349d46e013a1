using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>verl's policy losses, aggregation and entropy.</summary>
internal static class VerlPolicyVectors
{
    private const double RatioClamp = 20;
    private const double Epsilon = 1e-8;
    private static readonly string[] Modes = ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm"];

    public static void Aggregate(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] losses = inputs.Array("loss_matrix");
        double processes = inputs.Number("dp_size");
        foreach (string mode in Modes)
        {
            bool norm = mode == "seq-mean-token-sum-norm";
            string total = mode == "token-mean" ? "batch_num_tokens" : norm ? "loss_scale_factor" : "global_batch_size";
            Write(mode, string.Empty, PolicyBatch.VerlWeights(mode, mask));
            Write(
                mode,
                "_with_globals",
                [.. PolicyBatch.VerlWeights(mode, mask, inputs.Optional(total)).Select(weight => weight * (norm ? 1 : processes))]);
        }

        void Write(string mode, string suffix, double[] weights)
        {
            (double value, double[] gradient) = Gradients.Run(
                losses, mask.Rows, mask.Columns, x => TokenLosses.Aggregate(x, mask, weights));
            outputs[mode, "loss" + suffix] = value;
            outputs.Set(gradient, mode, "grad_loss_matrix" + suffix);
        }
    }

    public static void Entropy(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        int categories = inputs.Shape("logits")[2];
        double[] logits = inputs.Array("logits");
        foreach (string mode in Modes)
        {
            double[] weights = PolicyBatch.VerlWeights(mode, mask);
            Dual<Real> Loss(Dual<Real>[] x) =>
                TokenLosses.Aggregate(LogitVectors.Entropies(x, mask.Rows, mask.Columns, categories), mask, weights)[0, 0];
            outputs[mode, "entropy"] = Loss([.. logits.Select(value => Dual<Real>.Constant(value))]).Value;
            outputs.Set(Gradients.Of(logits, Loss), mode, "grad_logits");
        }
    }

    public static void Vanilla(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double low = inputs.Optional("clip_eps_low") ?? inputs.Number("clip_eps");
        double high = inputs.Optional("clip_eps_high") ?? inputs.Number("clip_eps");
        double cap = inputs.Number("dual_clip");
        foreach (string mode in Modes)
        {
            batch.Write(
                outputs,
                mode,
                x => Weighted(batch, PolicyLosses.DualClip(
                    PolicyLosses.ClippedSurrogate(Ratio(batch, x), batch.Advantages, low, high), batch.Advantages, cap)),
                PolicyBatch.VerlWeights(mode, batch.Mask));
        }

        double[] ratios = PolicyBatch.Values(Ratio(batch, batch.Data(batch.Variable)));
        outputs["clip_fraction"] = Fraction(
            batch.Mask, PolicyDiagnostics.Clipping(ratios, batch.AdvantageValues, batch.Mask, 1 - low, 1 + high).Region);
        double capped = PolicyDiagnostics.Clipping(
            [.. ratios.Select(ratio => -ratio)], batch.AdvantageValues, batch.Mask, -cap, double.PositiveInfinity).Low;
        outputs["clip_fraction_lower"] = Fraction(batch.Mask, capped);
        outputs["approx_kl"] = Kl(batch, RatioClamp);
    }

    public static void Family(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double low = inputs.Number("clip_eps_low");
        double high = inputs.Number("clip_eps_high");
        double[] sequenceMean = PolicyBatch.VerlWeights("seq-mean-token-mean", batch.Mask);
        double[] tokenMean = PolicyBatch.VerlWeights("token-mean", batch.Mask);
        batch.Write(
            outputs,
            "gspo",
            x => Weighted(batch, PolicyLosses.ClippedSurrogate(GspoRatio(batch, x), batch.Advantages, low, high)),
            sequenceMean);
        batch.Write(
            outputs,
            "sapo",
            x => Weighted(batch, PolicyLosses.Sapo(Ratio(batch, x), batch.Advantages, inputs.Number("tau_pos"), inputs.Number("tau_neg"))),
            sequenceMean);
        batch.Write(outputs, "gpg", x => Weighted(batch, PolicyLosses.Reinforce(x, batch.Advantages)), tokenMean);
        batch.Write(
            outputs, "cispo", x => Weighted(batch, PolicyLosses.Cispo(x, Ratio(batch, x), batch.Advantages, 1 - low, 1 + high)), tokenMean);
        batch.Write(
            outputs,
            "reinforce",
            x => Weighted(batch, PolicyLosses.Reinforce(x, batch.Advantages)),
            PolicyBatch.VerlWeights("seq-mean-token-sum", batch.Mask));
        batch.Write(outputs, "kl_cov", x => Weighted(batch, KlCov(batch, x)), tokenMean);
        batch.WriteScalar(outputs, "geo_mean", x => GeoMean(batch, x, low, high));
        WriteMetrics(batch, outputs, low, high);
    }

    private static void WriteMetrics(PolicyBatch batch, VectorOutputs outputs, double low, double high)
    {
        double kl = Kl(batch, double.PositiveInfinity);
        double clampedKl = Kl(batch, RatioClamp);
        double[] advantages = batch.AdvantageValues;
        double[] gspo = PolicyBatch.Values(GspoRatio(batch, batch.Data(batch.Variable)));
        double[] ratios = PolicyBatch.Values(Ratio(batch, batch.Data(batch.Variable)));
        double outside = Outside(batch.Mask, ratios, ratios.Select(_ => 1.0), 1 - low, 1 + high);
        double[] logRatios = PolicyBatch.Values(batch.Data(batch.Variable) - batch.Old);
        Set("gspo", Fraction(batch.Mask, PolicyDiagnostics.Clipping(gspo, advantages, batch.Mask, 1 - low, 1 + high).Region), 0, kl);
        Set("sapo", 0, 0, clampedKl);
        Set("cispo", outside, 0, clampedKl);
        Set(
            "geo_mean",
            Outside(batch.Mask, logRatios, advantages, -low, high),
            Outside(batch.Mask, logRatios, advantages.Select(a => -a), -low, high),
            kl);
        outputs["kl_cov", "approx_kl"] = MaskedStatistics.Mean([.. logRatios.Select(Math.Abs)], batch.Mask, Epsilon);
        outputs["reinforce", "approx_kl"] = kl;

        void Set(string name, double clip, double lower, double divergence)
        {
            outputs[name, "clip_fraction"] = clip;
            outputs[name, "clip_fraction_lower"] = lower;
            outputs[name, "approx_kl"] = divergence;
        }
    }

    // Share of the actions whose value leaves [low, high] and whose sign is positive.
    private static double Outside(SequenceMask mask, double[] values, IEnumerable<double> signs, double low, double high) =>
        MaskedStatistics.Mean(
        [.. values.Zip(signs, (value, sign) => sign > 0 && Math.Clamp(value, low, high) != value ? 1.0 : 0.0)], mask, Epsilon);

    // verl's masked means have ε in the denominator.
    private static double Fraction(SequenceMask mask, double share) => share * Math.Max(1, mask.Count) / (mask.Count + Epsilon);

    private static double Kl(PolicyBatch batch, double clamp) =>
        PolicyDiagnostics.MeanLogRatio(batch.Variable, PolicyBatch.Values(batch.Old), batch.Mask, clamp, Epsilon);

    private static TokenGrid Ratio(PolicyBatch batch, TokenGrid x) =>
        TokenGrid.Exp(TokenGrid.Clamp(LogRatios.LogRatio(x, batch.Old), -RatioClamp, RatioClamp));

    private static TokenGrid GspoRatio(PolicyBatch batch, TokenGrid x) => TokenGrid.Exp(
        TokenGrid.Clamp(SequenceRatios.LogGeometricMeanAtTokens(x, batch.Old, batch.Mask), double.NegativeInfinity, 10));

    private static TokenGrid KlCov(PolicyBatch batch, TokenGrid x)
    {
        SequenceMask penalised = TokenSelection.LargestCovariance(
            batch.Variable, batch.AdvantageValues, batch.Mask, batch.Inputs.Number("kl_cov_ratio"));
        TokenGrid loss = PolicyLosses.ImportanceWeighted(x, batch.Old, batch.Advantages);
        TokenGrid penalty = TokenGrid.Scale(KlEstimators.Abs(x, batch.Old), batch.Inputs.Number("ppo_kl_coef"));
        return TokenGrid.Where(penalised, loss + penalty, loss);
    }

    private static TokenGrid GeoMean(PolicyBatch batch, TokenGrid x, double low, double high)
    {
        TokenGrid ratio = TokenGrid.Exp(
            SequenceRatios.LogClippedGeometricMean(x, batch.Old, batch.Advantages, batch.Mask, low, high, Epsilon));
        TokenGrid loss = -(SequenceRatios.Mean(batch.Advantages, batch.Mask, Epsilon) * ratio);
        if (batch.Inputs.OptionalArray("rollout_is_weights") is { } weights)
        {
            loss *= TokenGrid.Exp(SequenceRatios.Mean(TokenGrid.Log(TokenGrid.Shift(batch.Data(weights), 1e-10)), batch.Mask, Epsilon));
        }

        return TokenGrid.Scale(TokenGrid.SumOverBatch(loss), 1.0 / batch.Mask.Rows);
    }

    private static TokenGrid Weighted(PolicyBatch batch, TokenGrid loss) =>
        batch.Inputs.OptionalArray("rollout_is_weights") is { } weights ? loss * batch.Data(weights) : loss;
}
