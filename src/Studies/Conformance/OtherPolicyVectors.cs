using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>The policy losses of OpenRLHF and of open-instruct.</summary>
internal static class OtherPolicyVectors
{
    private const double RatioClamp = 20;

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        double low = inputs.Number("clip_eps_low");
        double high = inputs.Number("clip_eps_high");
        double[] token = new Aggregation.TokenMean().RowWeights(batch.Mask);
        Aggregation sequenceMean = new Aggregation.SequenceMean(CountEmpty: false, CountEpsilon: 1e-8);
        double[] sequence = sequenceMean.RowWeights(batch.Mask);
        TokenGrid Surrogate(TokenGrid x) => PolicyLosses.ClippedSurrogate(Ratio(batch, x), batch.Advantages, low, high);
        TokenGrid Gspo(TokenGrid x) => batch.Expand(TokenGrid.Exp(SequenceRatios.LogGeometricMean(x, batch.Old, batch.Mask)));
        batch.Write(outputs, "token", Surrogate, token);
        batch.Write(outputs, "sequence", Surrogate, sequence);
        batch.Write(
            outputs, "token_dual_clip", x => PolicyLosses.DualClip(Surrogate(x), batch.Advantages, inputs.Number("dual_clip")), token);
        batch.Write(outputs, "gspo", x => PolicyLosses.ClippedSurrogate(Gspo(x), batch.Advantages, low, high), sequence);
        VectorInputs global = inputs.Nested("global");
        double processes = global.Number("dp_size");
        batch.Write(
            outputs,
            "token_global",
            Surrogate,
            Scale(new Aggregation.TokenMean().RowWeights(batch.Mask, global.Number("batch_num_tokens")), processes));
        batch.Write(
            outputs,
            "sequence_global",
            Surrogate,
            Scale(sequenceMean.RowWeights(batch.Mask, global.Number("global_batch_size")), processes));
        double kl = PolicyDiagnostics.MeanLogRatio(batch.Variable, PolicyBatch.Values(batch.Old), batch.Mask);
        double clipped = Clipped(batch, PolicyBatch.Values(Ratio(batch, batch.Data(batch.Variable))), low, high);
        foreach (string name in new[] { "token", "sequence", "token_dual_clip", "gspo" })
        {
            outputs[name, "approx_kl"] = kl;
            outputs[name, "clip_fraction"] = name == "gspo"
                ? Clipped(batch, PolicyBatch.Values(Gspo(batch.Data(batch.Variable))), low, high)
                : clipped;
        }
    }

    public static void OpenInstruct(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] logProbs = inputs.Array("log_probs");
        double[] old = inputs.Array("old_log_probs");
        double[] reference = inputs.Array("ref_log_probs");
        double[] upstream = inputs.Array("upstream");
        foreach ((string name, KlEstimator estimator) in new[]
        {
            ("kl_estimator_0", KlEstimator.K1), ("kl_estimator_1", KlEstimator.K2), ("kl_estimator_2", KlEstimator.K3),
        })
        {
            WriteKl(name, TermRun.Of(new KlTerm(estimator, 40), logProbs, reference));
        }

        WriteKl("kl_estimator_3", KlVectors.RatioWeighted(inputs));
        double[] advantages = inputs.Array("advantages");
        double[] weights = inputs.Array("rho_weights");
        double low = inputs.Number("clip_lower");
        double high = inputs.Number("clip_higher");
        double[] ratios = [.. logProbs.Zip(old, (x, y) => Math.Exp(x - y))];
        Write("dapo", TermRun.Of(new PpoClipTerm(low, high), logProbs, old, old, advantages), i =>
            (ratios[i] < 1 - low && advantages[i] < 0) || (ratios[i] > 1 + high && advantages[i] > 0));
        Write(
            "cispo",
            TermRun.Of(new CispoTerm(double.NegativeInfinity, 1 + high), logProbs, old, old, advantages),
            i => ratios[i] > 1 + high);

        void WriteKl(string name, TermRun run)
        {
            outputs.Set(run.Values, name, "kl");
            outputs.Set(run.Gradient(upstream), name, "grad_log_probs");
        }

        void Write(string name, TermRun run, Func<int, bool> clipped)
        {
            outputs.Set(run.Values.Zip(weights, (loss, weight) => loss * weight), name, "per_token_loss");
            outputs.Set(run.Gradient(upstream).Zip(weights, (gradient, weight) => gradient * weight), name, "grad_log_probs");
            outputs.Set(weights.Select((weight, i) => weight != 0 && clipped(i) ? 1.0 : 0.0), name, "clipped");
        }
    }

    /// <summary>OpenRLHF's ratio: the log-ratio within ±20.</summary>
    public static TokenGrid Ratio(PolicyBatch batch, TokenGrid x) => TokenGrid.Exp(TokenGrid.Clamp(x - batch.Old, -RatioClamp, RatioClamp));

    private static double Clipped(PolicyBatch batch, double[] ratios, double low, double high) =>
        PolicyDiagnostics.Clipping(ratios, batch.AdvantageValues, batch.Mask, 1 - low, 1 + high).Region;

    private static double[] Scale(double[] weights, double factor) => [.. weights.Select(weight => weight * factor)];
}
