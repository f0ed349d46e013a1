using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Reference-free and unpaired preference losses, and reward models.</summary>
internal static class UnpairedVectors
{
    public static void Cpo(VectorInputs inputs, VectorOutputs outputs)
    {
        double beta = inputs.Number("beta");
        double smoothing = inputs.Number("label_smoothing");
        double gamma = inputs.Number("simpo_gamma");
        double alpha = inputs.Number("alphapo_alpha");
        double nll = inputs.Number("cpo_alpha") * inputs.Number("nll_loss");
        double floor = inputs.Optional("alphapo_min_log_prob") ?? double.NegativeInfinity;
        double[] chosenMeans = inputs.Array("mean_chosen_log_probs");
        double[] rejectedMeans = inputs.Array("mean_rejected_log_probs");
        PairBatch sums = PairBatch.Read(inputs);
        var means = new PairBatch(chosenMeans, rejectedMeans);
        double[] chosenFloored = [.. chosenMeans.Select(value => Math.Max(value, floor))];
        double[] rejectedFloored = [.. rejectedMeans.Select(value => Math.Max(value, floor))];
        var floored = new PairBatch(chosenFloored, rejectedFloored);
        var sigmoid = new PreferenceLoss.Sigmoid(beta, smoothing);
        var simpo = new PreferenceLoss.SimPo(beta, gamma, smoothing);
        Write("sigmoid", sums, sigmoid, 0, inputs.Array("chosen_log_probs"), inputs.Array("rejected_log_probs"));
        Write("hinge", sums, new PreferenceLoss.Hinge(beta), 0, inputs.Array("chosen_log_probs"), inputs.Array("rejected_log_probs"));
        Write("ipo", means, new PreferenceLoss.Ipo(beta), 0, chosenMeans, rejectedMeans);
        Write("simpo", means, simpo, 0, chosenMeans, rejectedMeans);
        Write("alphapo_simpo", floored, simpo, alpha, chosenFloored, rejectedFloored);
        Write("alphapo_sigmoid", floored, sigmoid, alpha, chosenFloored, rejectedFloored);

        void Write(string name, PairBatch pairs, PreferenceLoss loss, double order, double[] chosen, double[] rejected)
        {
            Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses = PairBatch.Each((w, l, _) =>
                loss.Evaluate(PreferenceLosses.AlphaReward(w, order), PreferenceLosses.AlphaReward(l, order)));
            pairs.Write(outputs, losses, name);
            outputs[name, "loss_with_nll"] = pairs.Values(losses).Average() + nll;
            outputs.Set(
                chosen.Select(value => loss.ImplicitReward(PreferenceLosses.AlphaReward<Real>(value, order))), name, "chosen_rewards");
            outputs.Set(
                rejected.Select(value => loss.ImplicitReward(PreferenceLosses.AlphaReward<Real>(value, order))), name, "rejected_rewards");
        }
    }

    public static void Orpo(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs, "mean_chosen_log_probs", "mean_rejected_log_probs");
        double beta = inputs.Number("beta");
        Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses = PairBatch.Each((w, l, _) => PreferenceLosses.Orpo(w, l, beta));
        double[] terms = [.. pairs.Values(losses).Select(loss => -loss)];
        double[] logOdds = pairs.Values(PairBatch.Each((w, l, _) => PreferenceLosses.LogOddsRatio(w, l)));
        (double[] chosen, double[] rejected) = pairs.Gradient(losses);
        outputs.Set(terms, "odds_ratio_term");
        outputs.Set(terms, "odds_ratio_term_v0.11.4");
        outputs["loss"] = inputs.Number("nll_loss") - terms.Average();
        outputs.Set(inputs.Array("mean_chosen_log_probs").Select(value => beta * value), "chosen_rewards");
        outputs.Set(inputs.Array("mean_rejected_log_probs").Select(value => beta * value), "rejected_rewards");
        outputs["mean_log_sigmoid_log_odds"] = terms.Average() / beta;
        outputs["mean_log_odds"] = logOdds.Average();
        outputs.Set(chosen, "grad_chosen_log_probs");
        outputs.Set(rejected, "grad_rejected_log_probs");
    }

    public static void Bco(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] logProbs = inputs.Array("log_probs");
        double[] reference = inputs.Array("ref_log_probs");
        bool[] desirable = inputs.Flags("labels");
        double beta = inputs.Number("beta");
        RunningMoments running = RunningMoments.Empty;
        Write("batch_1", 1, update: true);
        Write("batch_2_log_probs_x1.1", 1.1, update: true);
        Write("batch_3_log_probs_x1.2_no_update", 1.2, update: false);

        void Write(string name, double scale, bool update)
        {
            double[] x = [.. logProbs.Select(value => value * scale)];
            running = update ? running.Update([.. x.Zip(reference, (l, r) => beta * (l - r))]) : running;
            double delta = running.Mean;
            Dual<Real> Loss(Dual<Real> logProb, int i) =>
                UnpairedLosses.Bco(Dual<Real>.Shift(logProb, -reference[i]), desirable[i], beta, delta);
            WriteUnpaired(outputs, name, x, desirable, Loss);
            outputs[name, "delta"] = delta;
            outputs[name, "running_mean"] = running.Mean;
            outputs[name, "running_std"] = running.Moments.SampleDeviation;
            outputs[name, "running_count"] = running.Count;
        }
    }

    public static void Kto(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] logProbs = inputs.Array("log_probs");
        double[] reference = inputs.Array("ref_log_probs");
        bool[] desirable = inputs.Flags("labels");
        double beta = inputs.Number("beta");
        double[] weights = [.. desirable.Select(label => inputs.Number(label ? "desirable_weight" : "undesirable_weight"))];
        double kl = UnpairedLosses.ReferencePoint<Real>(Reals(inputs.Array("kl_log_probs")), Reals(inputs.Array("ref_kl_log_probs")));
        double[] kto = WriteUnpaired(outputs, "kto", logProbs, desirable, (x, i) => Loss(x, i, kl));
        WriteUnpaired(outputs, "apo_zero_unpaired", logProbs, desirable, (x, i) => Loss(x, i, 0));
        WriteMetrics("kto", kl);

        // APO-zero has no reference point.
        WriteMetrics("apo_zero_unpaired", 0);
        outputs.Set(kto, "v0_24_losses_chosen_then_rejected");
        outputs["kl"] = kl;
        outputs["openrlhf_v0_8_kto", "loss"] = kto.Average();
        outputs["openrlhf_v0_8_kto", "kl"] = kl;
        WritePairs(outputs, logProbs, reference, beta);

        Dual<Real> Loss(Dual<Real> x, int i, double point) => Dual<Real>.Scale(
            UnpairedLosses.Kto(Dual<Real>.Shift(x, -reference[i]), Dual<Real>.Constant(point), desirable[i], beta), weights[i]);

        void WriteMetrics(string name, double divergence)
        {
            double Mean(bool label) => logProbs.Select((x, i) => (Reward: beta * (x - reference[i]), Label: desirable[i]))
                .Where(pair => pair.Label == label).Select(pair => pair.Reward).DefaultIfEmpty(double.NaN).Average();
            outputs[name, "metrics", "kl"] = divergence;
            outputs[name, "metrics", "rewards_chosen"] = Mean(true);
            outputs[name, "metrics", "rewards_rejected"] = Mean(false);
            outputs[name, "metrics", "rewards_margins"] = Mean(true) - Mean(false);
        }
    }

    public static void BradleyTerry(VectorInputs inputs, VectorOutputs outputs)
    {
        PairBatch pairs = PairBatch.Read(inputs, "chosen_rewards", "rejected_rewards");
        double[] chosen = inputs.Array("chosen_rewards");
        double[] rejected = inputs.Array("rejected_rewards");
        double[] margins = inputs.Array("margin");
        double[] none = new double[margins.Length];
        double centring = inputs.Number("center_coefficient");
        double plain = Write("plain", none, 0);
        double margin = Write("margin", margins, 0);
        Write("centered", none, centring);
        Write("margin_centered", margins, centring);
        outputs["openrlhf_pairwise", "loss"] = plain;
        outputs["openrlhf_pairwise_margin", "loss"] = margin;
        outputs["openrlhf_logexp", "loss"] = plain;
        outputs["accuracy"] = chosen.Zip(rejected, (w, l) => w > l ? 1.0 : 0).Average();
        outputs["mean_margin"] = chosen.Zip(rejected, (w, l) => w - l).Average();

        double Write(string name, double[] by, double coefficient)
        {
            Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses = PairBatch.Each((w, l, i) =>
                RewardModelLosses.BradleyTerry(w, l, Dual<Real>.Constant(by[i]), coefficient));
            (double[] chosenGradient, double[] rejectedGradient) = pairs.Gradient(losses);
            outputs[name, "loss"] = pairs.Values(losses).Average();
            outputs.Set(chosenGradient, name, "grad_chosen_rewards");
            outputs.Set(rejectedGradient, name, "grad_rejected_rewards");
            return pairs.Values(losses).Average();
        }
    }

    // The first three against the last three, each side's reference point from the other.
    private static void WritePairs(VectorOutputs outputs, double[] logProbs, double[] reference, double beta)
    {
        int half = logProbs.Length / 2;
        Dual<Real>[] references = [.. reference.Select(value => Dual<Real>.Constant(value))];
        Dual<Real>[] Losses(Dual<Real>[] w, Dual<Real>[] l)
        {
            Dual<Real> chosenPoint = UnpairedLosses.ReferencePoint<Dual<Real>>(w, references.AsSpan(0, half));
            Dual<Real> rejectedPoint = UnpairedLosses.ReferencePoint<Dual<Real>>(l, references.AsSpan(half));
            return
            [
                .. w.Select((x, i) => UnpairedLosses.Kto(x - references[i], rejectedPoint, desirable: true, beta)),
                .. l.Select((x, i) => UnpairedLosses.Kto(x - references[half + i], chosenPoint, desirable: false, beta)),
            ];
        }

        var pairs = new PairBatch(logProbs[..half], logProbs[half..]);
        pairs.Write(outputs, Losses, "kto_pair_first3_vs_last3_openrlhf_v0_8");
        outputs.Set(pairs.Values(Losses), "kto_pair_first3_vs_last3_trl_v0.7.11_losses");
    }

    // Losses are listed with the desirable first; the gradient is of their mean.
    private static double[] WriteUnpaired(
        VectorOutputs outputs, string name, double[] logProbs, bool[] desirable, Func<Dual<Real>, int, Dual<Real>> loss)
    {
        double[] losses = [.. logProbs.Select((x, i) => (double)loss(Dual<Real>.Constant(x), i).Value)];
        double[] ordered = [.. losses.Where((_, i) => desirable[i]), .. losses.Where((_, i) => !desirable[i])];
        outputs[name, "loss"] = losses.Average();
        outputs.Set(ordered, name, "losses");
        outputs.Set(logProbs.Select((x, i) => (double)loss(Dual<Real>.Variable(x), i).Tangent / losses.Length), name, "grad_log_probs");
        return ordered;
    }

    private static Real[] Reals(double[] values) => [.. values.Select(value => (Real)value)];
}
