using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>DPO and its relatives, in the conventions of the paper's code and of two generations of TRL.</summary>
internal static class DpoVectors
{
    public static void Original(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs);
        double beta = inputs.Number("beta");
        double smoothing = inputs.Number("label_smoothing");
        double[] referenceChosen = inputs.Array("ref_chosen_log_probs");
        double[] referenceRejected = inputs.Array("ref_rejected_log_probs");
        var sigmoid = new PreferenceLoss.Sigmoid(beta, smoothing);
        Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> dpo = Scored(sigmoid, referenceChosen, referenceRejected);
        Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> ipo = Scored(new PreferenceLoss.Ipo(beta), referenceChosen, referenceRejected);
        pairs.Write(outputs, dpo, "dpo_sigmoid");
        pairs.Write(outputs, PairBatch.Each((w, l, _) => sigmoid.Evaluate(w, l)), "dpo_reference_free");
        pairs.Write(outputs, ipo, "dpo_ipo");
        outputs["openrlhf_sigmoid", "loss"] = pairs.Values(dpo).Average();
        outputs["openrlhf_ipo", "loss"] = pairs.Values(ipo).Average();
        pairs.Write(outputs, dpo, "open_instruct_dpo");
        double[] chosenRewards = [.. inputs.Array("chosen_log_probs").Zip(referenceChosen, (l, r) => sigmoid.ImplicitReward(l - r))];
        double[] rejectedRewards = [.. inputs.Array("rejected_log_probs").Zip(referenceRejected, (l, r) => sigmoid.ImplicitReward(l - r))];
        outputs.Set(chosenRewards, "chosen_rewards");
        outputs.Set(rejectedRewards, "rejected_rewards");
        outputs.Set(chosenRewards.Zip(rejectedRewards, (w, l) => w - l), "reward_margins");
        outputs.Set(chosenRewards.Zip(rejectedRewards, (w, l) => w > l ? 1.0 : 0), "reward_accuracies");

        double scale = inputs.Number("simpo_beta");
        var simpo = new PreferenceLoss.SimPo(scale, inputs.Number("gamma_beta_ratio") * scale, smoothing);
        PairBatch means = PairBatch.Read(inputs, "mean_chosen_log_probs", "mean_rejected_log_probs");
        means.Write(outputs, PairBatch.Each((w, l, _) => simpo.Evaluate(w, l)), "open_instruct_simpo");
        outputs.Set(inputs.Array("mean_chosen_log_probs").Select(simpo.ImplicitReward), "open_instruct_simpo", "chosen_rewards");
        outputs.Set(inputs.Array("mean_rejected_log_probs").Select(simpo.ImplicitReward), "open_instruct_simpo", "rejected_rewards");
    }

    public static void TrlV024(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs);
        double beta = inputs.Number("beta");
        double smoothing = inputs.Number("label_smoothing");
        double[] chosenReference = inputs.Array("ref_chosen_log_probs");
        double[] rejectedReference = inputs.Array("ref_rejected_log_probs");
        foreach ((string name, PreferenceLoss loss) in new (string, PreferenceLoss)[]
        {
            ("sigmoid", new PreferenceLoss.Sigmoid(beta, smoothing)),
            ("robust", new PreferenceLoss.Robust(beta, smoothing)),
            ("exo_pair", new PreferenceLoss.Exo(beta, smoothing == 0 ? 1e-3 : smoothing)),
            ("hinge", new PreferenceLoss.Hinge(beta)),
            ("ipo", new PreferenceLoss.Ipo(beta)),
            ("sppo_hard", new PreferenceLoss.SppoHard(beta)),
            ("nca_pair", new PreferenceLoss.Nca(beta)),
            ("apo_zero", new PreferenceLoss.ApoZero(beta)),
            ("apo_down", new PreferenceLoss.ApoDown(beta)),
            ("discopop", new PreferenceLoss.DiscoPop(beta, inputs.Number("discopop_tau"))),
        })
        {
            pairs.Write(outputs, Scored(loss, chosenReference, rejectedReference), name);
        }

        double[] zeros = new double[pairs.Count];
        var plain = new PreferenceLoss.Sigmoid(beta, smoothing);
        pairs.Write(outputs, Scored(plain, zeros, zeros), "sigmoid_reference_free");
        pairs.Write(outputs, Scored(new PreferenceLoss.Hinge(beta), zeros, zeros), "hinge_reference_free");
        PairBatch divergent = PairBatch.Read(inputs, "fdiv_chosen_log_probs", "fdiv_rejected_log_probs");
        divergent.Write(
            outputs, Scored(plain, chosenReference, rejectedReference, new FDivergence.JensenShannon()), "sigmoid_js_divergence");
        divergent.Write(
            outputs,
            Scored(plain, chosenReference, rejectedReference, new FDivergence.Alpha(0.5, Math.Log(double.MaxValue))),
            "sigmoid_alpha_divergence_0.5");
        WriteTransport(inputs, outputs, pairs, beta, smoothing, paired: "aot", unpaired: "aot_pair");
        WriteRunningBco(inputs, outputs, beta);
        outputs.Set(inputs.Array("chosen_log_probs").Zip(chosenReference, (l, r) => beta * (l - r)), "chosen_rewards");
        outputs.Set(inputs.Array("rejected_log_probs").Zip(rejectedReference, (l, r) => beta * (l - r)), "rejected_rewards");
    }

    public static void TrlV1(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs);
        double beta = inputs.Number("beta");
        double smoothing = inputs.Number("label_smoothing");
        double[] chosenReference = inputs.Array("ref_chosen_log_probs");
        double[] rejectedReference = inputs.Array("ref_rejected_log_probs");
        foreach ((string name, PreferenceLoss loss) in new (string, PreferenceLoss)[]
        {
            ("sigmoid", new PreferenceLoss.Sigmoid(beta)),
            ("sigmoid_norm", new PreferenceLoss.Sigmoid(beta, Normalized: true)),
            ("hinge", new PreferenceLoss.Hinge(beta)),
            ("ipo", new PreferenceLoss.Ipo(beta, Normalized: true)),
            ("exo_pair", new PreferenceLoss.Exo(beta, smoothing)),
            ("nca_pair", new PreferenceLoss.Nca(beta)),
            ("robust", new PreferenceLoss.Robust(beta, smoothing)),
            ("bco_pair", new PreferenceLoss.Bco(beta)),
            ("sppo_hard", new PreferenceLoss.SppoHard(beta)),
            ("apo_zero", new PreferenceLoss.ApoZero(beta)),
            ("apo_down", new PreferenceLoss.ApoDown(beta)),
            ("discopop", new PreferenceLoss.DiscoPop(beta, inputs.Number("discopop_tau"))),
        })
        {
            pairs.Write(outputs, Scored(loss, chosenReference, rejectedReference, null, inputs), name);
        }

        Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]>[] mixed =
        [
            Scored(new PreferenceLoss.Sigmoid(beta), chosenReference, rejectedReference),
            Scored(new PreferenceLoss.Bco(beta), chosenReference, rejectedReference),
            Scored(new PreferenceLoss.Ipo(beta, Normalized: true), chosenReference, rejectedReference, null, inputs),
        ];
        double[] weights = [0.8, 0.2, 1.5];
        pairs.Write(
            outputs,
            (w, l) => [.. w.Select((_, i) => Gradients.Dot(weights, m => mixed[m](w, l)[i]))],
            "weighted_sigmoid0.8_bco_pair0.2_ipo1.5");
        WriteTransport(inputs, outputs, pairs, beta, smoothing, paired: "aot", unpaired: "aot_unpaired");
        WriteMetrics(
            outputs,
            beta,
            inputs.Array("chosen_log_probs"),
            inputs.Array("rejected_log_probs"),
            [.. inputs.Array("chosen_log_probs").Zip(chosenReference, (l, r) => l - r)],
            [.. inputs.Array("rejected_log_probs").Zip(rejectedReference, (l, r) => l - r)],
            "metrics");
    }

    public static void FDivergences(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs);
        double beta = inputs.Number("beta");
        double smoothing = inputs.Number("label_smoothing");
        double[] chosenReference = inputs.Array("ref_chosen_log_probs");
        double[] rejectedReference = inputs.Array("ref_rejected_log_probs");
        foreach ((string name, FDivergence divergence) in new (string, FDivergence)[]
        {
            ("reverse_kl", new FDivergence.ReverseKl()),
            ("forward_kl", new FDivergence.ForwardKl()),
            ("js_divergence", new FDivergence.JensenShannon()),
            ("alpha_divergence", new FDivergence.Alpha(inputs.Number("alpha"))),
        })
        {
            Write("sigmoid", new PreferenceLoss.Sigmoid(beta), divergence);
            Write("hinge", new PreferenceLoss.Hinge(beta), divergence);
            Write("ipo", new PreferenceLoss.Ipo(beta, Normalized: true), divergence);
            Write("nca_pair", new PreferenceLoss.Nca(beta), divergence);

            // APO-zero and AOT are defined on the log-ratios themselves.
            Write("apo_zero", new PreferenceLoss.ApoZero(beta), new FDivergence.ReverseKl());
            pairs.Write(outputs, Unpaired(inputs, beta, smoothing), name, "aot_unpaired");

            void Write(string lossName, PreferenceLoss loss, FDivergence by) =>
                pairs.Write(outputs, Scored(loss, chosenReference, rejectedReference, by, inputs), name, lossName);
        }
    }

    /// <summary>The metrics of a DPO step, under a path.</summary>
    public static void WriteMetrics(
        VectorOutputs outputs,
        double beta,
        double[] chosen,
        double[] rejected,
        double[] chosenRatios,
        double[] rejectedRatios,
        params string[] path)
    {
        double[] chosenRewards = [.. chosenRatios.Select(ratio => beta * ratio)];
        double[] rejectedRewards = [.. rejectedRatios.Select(ratio => beta * ratio)];
        Set("rewards_chosen", chosenRewards.Average());
        Set("rewards_rejected", rejectedRewards.Average());
        Set("rewards_accuracies", chosenRewards.Zip(rejectedRewards, (w, l) => w > l ? 1.0 : 0).Average());
        Set("rewards_margins", chosenRewards.Zip(rejectedRewards, (w, l) => w - l).Average());
        Set("logps_chosen", chosen.Average());
        Set("logps_rejected", rejected.Average());

        void Set(string name, double value) => outputs[[.. path, name]] = value;
    }

    // The loss of log-probs: less the reference, scored, divided by the length where the loss asks for it.
    private static Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> Scored(
        PreferenceLoss loss,
        double[] chosenReference,
        double[] rejectedReference,
        FDivergence? divergence = null,
        VectorInputs? lengths = null)
    {
        FDivergence by = divergence ?? new FDivergence.ReverseKl();
        double[]? chosenLengths = loss.LengthNormalized && lengths is not null ? lengths.Array("chosen_lengths") : null;
        double[]? rejectedLengths = loss.LengthNormalized && lengths is not null ? lengths.Array("rejected_lengths") : null;
        return PairBatch.Each((w, l, i) => loss.Evaluate(
            Score(w, chosenReference[i], chosenLengths?[i]), Score(l, rejectedReference[i], rejectedLengths?[i])));

        Dual<Real> Score(Dual<Real> logProb, double reference, double? length) =>
            Dual<Real>.Scale(by.Score(Dual<Real>.Shift(logProb, -reference)), 1 / Math.Max(1, length ?? 1));
    }

    private static void WriteTransport(
        VectorInputs inputs, VectorOutputs outputs, PairBatch pairs, double beta, double smoothing, string paired, string unpaired)
    {
        double[] referenceGap = [.. inputs.Array("ref_chosen_log_probs").Zip(inputs.Array("ref_rejected_log_probs"), (w, l) => w - l)];
        pairs.Write(
            outputs,
            (w, l) =>
            {
                Dual<Real>[] gap = [.. w.Zip(l, (x, y) => x - y)];
                return AlignmentByTransport.Losses<Dual<Real>>(
                    gap, [.. referenceGap.Select(value => Dual<Real>.Constant(value))], Keys(gap), referenceGap, beta, smoothing);
            },
            paired);
        pairs.Write(outputs, Unpaired(inputs, beta, smoothing), unpaired);
    }

    private static Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> Unpaired(VectorInputs inputs, double beta, double smoothing)
    {
        double[] chosenReference = inputs.Array("ref_chosen_log_probs");
        double[] rejectedReference = inputs.Array("ref_rejected_log_probs");
        return (w, l) =>
        {
            Dual<Real>[] upper = [.. w.Select((x, i) => Dual<Real>.Shift(x, -chosenReference[i]))];
            Dual<Real>[] lower = [.. l.Select((x, i) => Dual<Real>.Shift(x, -rejectedReference[i]))];
            return AlignmentByTransport.Losses<Dual<Real>>(upper, lower, Keys(upper), Keys(lower), beta, smoothing);
        };
    }

    private static double[] Keys(Dual<Real>[] values) => [.. values.Select(value => (double)value.Value)];

    // The reward shift is a running mean over batches of the batch's mean reward.
    private static void WriteRunningBco(VectorInputs inputs, VectorOutputs outputs, double beta)
    {
        double[] chosen = inputs.Array("chosen_log_probs");
        double[] rejected = inputs.Array("rejected_log_probs");
        double[] chosenReference = inputs.Array("ref_chosen_log_probs");
        double[] rejectedReference = inputs.Array("ref_rejected_log_probs");
        RunningMoments running = Write(RunningMoments.Empty, chosen, rejected, "bco_pair");
        Write(
            running,
            [.. chosen.Select(value => value * 0.9)],
            [.. rejected.Select(value => value * 1.1)],
            "bco_pair_second_batch_chosen_x0.9_rejected_x1.1");

        RunningMoments Write(RunningMoments before, double[] w, double[] l, string name)
        {
            double mean = w.Zip(chosenReference, (x, r) => x - r).Concat(l.Zip(rejectedReference, (x, r) => x - r)).Average() * beta;
            RunningMoments after = before.Update([mean]);
            new PairBatch(w, l).Write(
                outputs, Scored(new PreferenceLoss.Bco(beta) { Delta = after.Mean }, chosenReference, rejectedReference), name);
            outputs[name, "running_delta_after"] = after.Mean;
            return after;
        }
    }
}
