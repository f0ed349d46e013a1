using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>KL estimators, their clamps, controllers and reward shaping.</summary>
internal static class KlVectors
{
    private const double Infinity = double.PositiveInfinity;

    /// <summary>verl's k3: the log-ratio within ±20, the value within ±10.</summary>
    private static readonly KlTerm VerlK3 = new(KlEstimator.K3, 20, 10);

    public static void Verl(VectorInputs inputs, VectorOutputs outputs)
    {
        Run(inputs, outputs, "k1", new KlTerm(KlEstimator.K1));
        Run(inputs, outputs, "abs", new KlTerm(KlEstimator.Abs));
        Run(inputs, outputs, "k2", new KlTerm(KlEstimator.K2));
        Run(inputs, outputs, "k3", VerlK3);
        Run(inputs, outputs, "k1+", new KlTerm(KlEstimator.K1, SquareGradient: true));
        Run(inputs, outputs, "abs+", new KlTerm(KlEstimator.Abs, SquareGradient: true));
        Run(inputs, outputs, "k3+", VerlK3 with { SquareGradient = true });
    }

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        foreach ((string name, KlEstimator estimator) in new[] { ("k1", KlEstimator.K1), ("k2", KlEstimator.K2), ("k3", KlEstimator.K3) })
        {
            Run(inputs, outputs, name, new KlTerm(estimator, Infinity, 10));
            Run(inputs, outputs, name + "_unclamped_v0.7.0", new KlTerm(estimator));
        }
    }

    public static void OpenInstruct(VectorInputs inputs, VectorOutputs outputs)
    {
        Run(inputs, outputs, "linear", new KlTerm(KlEstimator.K1, 40));
        Run(inputs, outputs, "quadratic", new KlTerm(KlEstimator.K2, 40));
        Run(inputs, outputs, "expm1_k3", new KlTerm(KlEstimator.K3, 40));
        Write(outputs, "ratio_weighted", RatioWeighted(inputs), inputs.Array("upstream"));
    }

    /// <summary>open-instruct's fourth estimator: exp(ℓ − ℓ_old) · clamp(ℓ − ℓ_ref, ±40).</summary>
    public static TermRun RatioWeighted(VectorInputs inputs) => TermRun.Of(
        new ImportanceWeightedKlTerm(40), inputs.Array("log_probs"), inputs.Array("old_log_probs"), inputs.Array("ref_log_probs"), []);

    public static void TrlV011(VectorInputs inputs, VectorOutputs outputs)
    {
        Run(inputs, outputs, "kl", new KlTerm(KlEstimator.K1));
        Run(inputs, outputs, "abs", new KlTerm(KlEstimator.Abs));
        Run(inputs, outputs, "mse", new KlTerm(KlEstimator.K2));
        int categories = inputs.Shape("full_log_probs")[1];
        double[] reference = inputs.Array("full_ref_log_probs");
        double[] upstream = inputs.Array("full_upstream");
        double[] logProbs = inputs.Array("full_log_probs");
        outputs.Set(upstream.Select((_, row) => (double)RowKl(ToReal(logProbs), row)), "full", "kl");
        outputs.Set(
            Gradients.Of(logProbs, x => Gradients.Dot(upstream, row => RowKl(x, row))), "full", "grad_full_log_probs");

        T RowKl<T>(T[] logP, int row)
            where T : struct, IAlgebra<T>
        {
            T[] q = [.. reference.Skip(row * categories).Take(categories).Select(value => T.Constant(logP[0], value))];
            return Categorical.Kl<T>(logP.AsSpan(row * categories, categories), q);
        }
    }

    public static void Controller(VectorInputs inputs, VectorOutputs outputs)
    {
        KlController controller = new KlController.Adaptive(
            inputs.Number("init_kl_coef"), inputs.Number("target"), inputs.Number("horizon"));
        var coefficients = new List<double>();
        foreach ((double kl, int steps) in inputs.Array("current_kl").Zip(inputs.Ints("n_steps")))
        {
            controller = controller.Update(kl, steps);
            coefficients.Add(controller.Coefficient);
        }

        outputs.Set(coefficients, "kl_coef_after_each_update");
    }

    public static void RewardShaping(VectorInputs inputs, VectorOutputs outputs)
    {
        TermRun k1 = TermRun.Of(new KlTerm(KlEstimator.K1), inputs.Array("log_probs"), inputs.Array("ref_log_probs"));
        SequenceMask mask = inputs.Mask("mask");
        double[] none = new double[mask.Rows];
        double[] penalty = TokenRewards.WithKlPenalty(none, k1.Values, mask, inputs.Number("kl_coef"));
        outputs.Set(inputs.Array("token_level_scores").Zip(penalty, (score, kl) => score + kl), "verl_token_rewards");

        double[] scores = inputs.Array("sequence_rewards");
        if (inputs.OptionalArray("reward_clip_range") is [double low, double high])
        {
            scores = TokenRewards.Clip(scores, low, high);
        }

        double coefficient = Math.Max(0, inputs.Number("openrlhf_kl_coef"));
        outputs.Set(TokenRewards.WithKlPenalty(scores, inputs.Array("kl"), mask, coefficient), "openrlhf_token_rewards");
    }

    public static void SchulmanTable(VectorInputs inputs, VectorOutputs outputs)
    {
        // Printed to two or three digits, from a simulation.
        outputs.Tolerance = new(Relative: 0.01, Absolute: 1e-3);
        foreach ((string name, KlEstimator estimator) in new[] { ("k1", KlEstimator.K1), ("k2", KlEstimator.K2), ("k3", KlEstimator.K3) })
        {
            (double bias, double deviation) = GaussianEstimators.Moments(
                estimator, inputs.Number("q_mean"), inputs.Number("q_std"), inputs.Number("p_mean"), inputs.Number("p_std"));
            outputs[name, "bias_over_true"] = bias;
            outputs[name, "stdev_over_true"] = deviation;
        }
    }

    private static void Run(VectorInputs inputs, VectorOutputs outputs, string name, KlTerm term) =>
        Write(outputs, name, TermRun.Of(term, inputs.Array("log_probs"), inputs.Array("ref_log_probs")), inputs.Array("upstream"));

    private static void Write(VectorOutputs outputs, string name, TermRun run, double[] upstream)
    {
        outputs.Set(run.Values, name, "kl");
        outputs.Set(run.Gradient(upstream), name, "grad_log_probs");
    }

    private static Real[] ToReal(double[] values) => [.. values.Select(value => (Real)value)];
}
