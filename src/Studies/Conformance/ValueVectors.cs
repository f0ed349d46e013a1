using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>Value losses, and the whole PPO losses of TRL.</summary>
internal static class ValueVectors
{
    public static void Verl(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        foreach (string mode in new[] { "token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm" })
        {
            Write(inputs, outputs, mask, PolicyBatch.VerlWeights(mode, mask), clipped: true, mode);
        }

        outputs["clip_fraction"] = ClipFraction(inputs, mask, "clip_range", 1e-8);
    }

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] token = new Aggregation.TokenMean().RowWeights(mask);
        double[] sequence = new Aggregation.SequenceMean(CountEmpty: false, CountEpsilon: 1e-8).RowWeights(mask);
        Write(inputs, outputs, mask, token, clipped: true, "clipped_token");
        Write(inputs, outputs, mask, sequence, clipped: true, "clipped_sequence");
        Write(inputs, outputs, mask, token, clipped: false, "unclipped_token");
        Write(inputs, outputs, mask, sequence, clipped: false, "unclipped_sequence");
    }

    public static void TrlPpo(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double clip = inputs.Number("clip_range");
        (double policy, double[] policyGradient) = Policy(batch, clip);
        SequenceMask valueMask = inputs.Mask("value_mask");
        (double value, double[] valueGradient) = Value(
            inputs, valueMask, new Aggregation.TokenMean().RowWeights(valueMask), "clip_range_value", clipped: true);
        double weight = inputs.Number("vf_coef");
        outputs["loss"] = policy + (weight * value);
        outputs["policy_loss"] = policy;
        outputs["value_loss"] = value;
        outputs.Set(policyGradient, "grad_log_probs");
        outputs.Set(valueGradient.Select(gradient => gradient * weight), "grad_values");
        outputs["policy_clip_fraction"] = Clipped(batch, clip);
        outputs["value_clip_fraction"] = ClipFraction(inputs, valueMask, "clip_range_value", 0);
        outputs["approx_kl_unmasked_mean"] = HalfSquare(batch, batch.Mask);
        int[] shape = inputs.Shape("logits");
        outputs.Set(
            PolicyBatch.Values(
                LogitVectors.Entropies([.. inputs.Array("logits").Select(l => Dual<Real>.Constant(l))], shape[0], shape[1], shape[2])),
            "entropy");
    }

    public static void TrlV011(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        SequenceMask mask = batch.Mask;
        double clip = inputs.Number("clip_range");
        (double policy, double[] policyGradient) = Policy(batch, clip);
        (double value, double[] valueGradient) = Value(
            inputs, mask, new Aggregation.TokenMean().RowWeights(mask), "clip_range_value", clipped: true);
        double weight = inputs.Number("vf_coef");

        // A batch whose mean ratio has run away is skipped.
        bool skip = MaskedStatistics.Mean(batch.Ratios, mask) > inputs.Number("ratio_threshold");
        double keep = skip ? 0 : 1;
        outputs["policy_loss"] = keep * policy;
        outputs["value_loss_times_vf_coef"] = keep * weight * value;
        outputs.Set(policyGradient.Select(gradient => skip ? 0 : gradient), "grad_log_probs");
        outputs.Set(valueGradient.Select(gradient => skip ? 0 : gradient * weight), "grad_values");
        outputs["stats", "loss/policy"] = keep * policy;
        outputs["stats", "loss/value"] = keep * value;
        outputs["stats", "loss/total"] = keep * (policy + (weight * value));
        WriteStatistics(batch, outputs, clip);
    }

    private static void WriteStatistics(PolicyBatch batch, VectorOutputs outputs, double clip)
    {
        VectorInputs inputs = batch.Inputs;
        SequenceMask mask = batch.Mask;
        int[] shape = inputs.Shape("logits");
        double[] entropy = PolicyBatch.Values(
            LogitVectors.Entropies([.. inputs.Array("logits").Select(l => Dual<Real>.Constant(l))], shape[0], shape[1], shape[2]));
        double[] errors = [.. inputs.Array("values").Zip(inputs.Array("returns"), (v, r) => (v - r) * (v - r))];
        Set("policy/entropy", MaskedStatistics.Mean(entropy, mask));
        Set("policy/approxkl", HalfSquare(batch, mask));
        Set("policy/policykl", PolicyDiagnostics.MeanLogRatio(batch.Variable, PolicyBatch.Values(batch.Old), mask));
        Set("policy/clipfrac", Clipped(batch, clip));
        Set("policy/advantages_mean", MaskedStatistics.Mean(batch.AdvantageValues, mask));
        Set("returns/mean", MaskedStatistics.Mean(inputs.Array("returns"), mask));
        Set("returns/var", MaskedStatistics.Variance(inputs.Array("returns"), mask, StatisticsVectors.TrlMoments));
        Set("val/vpred", MaskedStatistics.Mean(inputs.Array("values"), mask));
        Set("val/error", MaskedStatistics.Mean(errors, mask));
        Set("val/clipfrac", ClipFraction(inputs, mask, "clip_range_value", 0));
        Set("val/mean", MaskedStatistics.Mean(inputs.Array("old_values"), mask));
        Set("val/var", MaskedStatistics.Variance(inputs.Array("old_values"), mask, StatisticsVectors.TrlMoments));

        void Set(string name, double value) => outputs["stats", name] = value;
    }

    private static (double Value, double[] Gradient) Policy(PolicyBatch batch, double clip) => Gradients.Run(
        batch.Variable,
        batch.Mask.Rows,
        batch.Mask.Columns,
        x =>
            TokenLosses.Aggregate(
                PolicyLosses.PpoClip(x, batch.Old, batch.Advantages, clip, clip),
                batch.Mask,
                new Aggregation.TokenMean().RowWeights(batch.Mask)));

    private static double Clipped(PolicyBatch batch, double clip) =>
        PolicyDiagnostics.Clipping(batch.Ratios, batch.AdvantageValues, batch.Mask, 1 - clip, 1 + clip).Region;

    // ½·mean of the squared log-ratio: k2 of the KL between the two policies.
    private static double HalfSquare(PolicyBatch batch, SequenceMask mask) =>
        MaskedStatistics.Mean(TermRun.Of(new KlTerm(KlEstimator.K2), batch.Variable, PolicyBatch.Values(batch.Old)).Values, mask);

    private static void Write(VectorInputs inputs, VectorOutputs outputs, SequenceMask mask, double[] weights, bool clipped, string name)
    {
        (double value, double[] gradient) = Value(inputs, mask, weights, "clip_range", clipped);
        outputs[name, "loss"] = value;
        outputs.Set(gradient, name, "grad_values");
    }

    private static (double Value, double[] Gradient) Value(
        VectorInputs inputs, SequenceMask mask, double[] weights, string range, bool clipped)
    {
        TokenGrid old = Gradients.Data(mask.Rows, mask.Columns, inputs.Array("old_values"));
        TokenGrid returns = Gradients.Data(mask.Rows, mask.Columns, inputs.Array("returns"));
        return Gradients.Run(inputs.Array("values"), mask.Rows, mask.Columns, x => TokenLosses.Aggregate(
            clipped ? ValueLosses.Clipped(x, old, returns, inputs.Number(range)) : ValueLosses.Squared(x, returns), mask, weights));
    }

    // Share of the tokens where the clipped error is the greater.
    private static double ClipFraction(VectorInputs inputs, SequenceMask mask, string range, double countEpsilon)
    {
        double[] values = inputs.Array("values");
        double[] old = inputs.Array("old_values");
        double[] returns = inputs.Array("returns");
        return MaskedStatistics.Mean(
            [
                .. values.Select((value, i) =>
                    ValueLosses.Squared<Real>(ValueLosses.ClippedValue<Real>(value, old[i], inputs.Number(range)), returns[i]).Value
                        > ValueLosses.Squared<Real>(value, returns[i]).Value
                        ? 1.0
                        : 0.0),
            ],
            mask,
            countEpsilon);
    }
}
