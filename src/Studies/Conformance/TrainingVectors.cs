using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Optimizers, schedules, sampling filters, length penalties and pass@k.</summary>
internal static class TrainingVectors
{
    public static void Adam(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] initial = inputs.Array("initial_parameters");
        int width = inputs.Shape("gradients")[1];
        double[][] gradients = [.. inputs.Array("gradients").Chunk(Math.Max(1, width))];
        double learningRate = inputs.Number("lr");
        var options = new AdamWOptions
        {
            Beta1 = inputs.Number("beta1"),
            Beta2 = inputs.Number("beta2"),
            Epsilon = inputs.Number("eps"),
            WeightDecay = inputs.Number("weight_decay"),
        };
        double[] norms = [.. gradients.Select(gradient => Descent.GlobalNorm(gradient))];
        double limit = inputs.Number("max_norm");
        Write("adamw", gradients);
        Write("adamw_clipped", [.. gradients.Select((gradient, i) => Scale(gradient, Descent.ClipFactor(norms[i], limit)))]);
        outputs.Set(norms, "adamw_clipped", "norm_before_clipping");
        Write("adam_l2", gradients, decoupled: false);
        WriteMomentum(inputs, outputs, initial, gradients, learningRate);
        double norm = Descent.GlobalNorm(inputs.Array("gradient_a"), inputs.Array("gradient_b"));
        outputs["clip_grad_norm", "total_norm"] = norm;
        outputs.Set(Scale(inputs.Array("gradient_a"), Descent.ClipFactor(norm, limit)), "clip_grad_norm", "clipped_a");
        outputs.Set(Scale(inputs.Array("gradient_b"), Descent.ClipFactor(norm, limit)), "clip_grad_norm", "clipped_b");

        void Write(string name, double[][] steps, bool decoupled = true)
        {
            AdamState state = AdamState.Start(initial);
            var path = new List<double>();
            foreach (double[] gradient in steps)
            {
                state = state.Step(gradient, learningRate, options, decoupled, inputs.Flag("amsgrad"));
                path.AddRange(state.Parameters);
            }

            outputs.Set(path, name, "parameters_after_each_step");
            outputs.Set(state.FirstMoment, name, "exp_avg");
            outputs.Set(state.SecondMoment, name, "exp_avg_sq");
        }
    }

    public static void Schedules(VectorInputs inputs, VectorOutputs outputs)
    {
        int warmup = inputs.Int("num_warmup_steps");
        int total = inputs.Int("num_training_steps");
        double least = inputs.Number("min_lr_ratio");
        double rate = inputs.Number("lr");
        int stable = inputs.Int("num_stable_steps");
        int decay = inputs.Int("num_decay_steps");
        int plateau = (int)(Math.Max(0, total - warmup) * inputs.Number("stable_ratio"));
        foreach ((string name, Schedule schedule) in new (string, Schedule)[]
        {
            ("constant", new Schedule.Constant()),
            ("constant_with_warmup", new Schedule.Constant(warmup)),
            ("linear", new Schedule.Linear(warmup)),
            ("cosine", new Schedule.Cosine(warmup)),
            ("cosine_num_cycles", new Schedule.Cosine(warmup, inputs.Number("num_cycles"))),
            ("cosine_with_restarts", new Schedule.CosineWithRestarts(warmup, inputs.Int("num_restarts"))),
            ("cosine_with_min_lr", new Schedule.Cosine(warmup, LeastFactor: least)),
            ("inverse_sqrt", new Schedule.InverseSqrt(warmup)),
            ("verl_cosine", new Schedule.Cosine(warmup, LeastFactor: least) { WarmupStart = inputs.Number("init_lr_ratio") }),
            ("verl_wsd", new Schedule.WarmupStableDecay(warmup, plateau, Math.Max(0, total - warmup) - plateau, LeastFactor: least)),
            ("polynomial_power2", new Schedule.Polynomial(warmup, 2, inputs.Number("polynomial_lr_end") / rate)),
            ("wsd_decay_linear", Stable(DecayShape.Linear)),
            ("wsd_decay_cosine", Stable(DecayShape.Cosine)),
            ("wsd_decay_1-sqrt", Stable(DecayShape.InverseSquareRoot)),
        })
        {
            outputs.Set(Enumerable.Range(0, total + 3).Select(step => rate * schedule.Factor(step, total)), name);
        }

        Schedule Stable(DecayShape shape) => new Schedule.WarmupStableDecay(warmup, stable, decay, shape, least) { WarmupStart = least };
    }

    public static void Filters(VectorInputs inputs, VectorOutputs outputs)
    {
        double temperature = inputs.Number("temperature");
        int k = inputs.Int("top_k");
        double p = inputs.Number("top_p");
        double minP = inputs.Number("min_p");
        int keep = inputs.Int("min_tokens_to_keep");
        Write("temperature", "logits", row => LogitFilters.Temperature(row, temperature));
        Write("top_k", "logits", row => LogitFilters.TopK(row, k));
        Write("top_k_min_keep", "logits", row => LogitFilters.TopK(row, k, keep));
        Write("top_p", "logits", row => LogitFilters.TopP(row, p));
        Write("top_p_min_keep", "logits", row => LogitFilters.TopP(row, p, keep));
        Write("min_p", "logits", row => LogitFilters.MinP(row, minP));
        Write("min_p_min_keep", "logits", row => LogitFilters.MinP(row, minP, keep));
        Write("top_k_on_tied_logits", "tied_logits", row => LogitFilters.TopK(row, k));
        Write("min_p_on_tied_logits", "tied_logits", row => LogitFilters.MinP(row, minP));
        Write("typical", "logits", row => LogitFilters.Typical(row, inputs.Number("typical_mass")));
        Write("temperature_then_top_k_then_top_p", "logits", Chain);
        Write("temperature_then_top_k_then_top_p_probabilities", "logits", row => LogitFilters.Softmax(Chain(row)));
        Write(
            "temperature_then_min_p_log_softmax",
            "logits",
            row => LogitFilters.LogSoftmax(LogitFilters.MinP(LogitFilters.Temperature(row, temperature), minP)));

        double[] Chain(double[] row) => LogitFilters.TopP(LogitFilters.TopK(LogitFilters.Temperature(row, temperature), k), p);

        void Write(string name, string input, Func<double[], double[]> filter) =>
            outputs.Set(inputs.Array(input).Chunk(inputs.Shape(input)[1]).SelectMany(filter), name);
    }

    public static void Overlong(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] lengths = inputs.Ints("response_lengths");
        double[] scores = inputs.Array("scores");
        bool[] truncated = inputs.Flags("truncated");
        int longest = inputs.Int("max_response_length");
        int buffer = inputs.Int("overlong_buffer_length");
        double factor = inputs.Number("penalty_factor");
        double[] growing = [.. lengths.Select(length => LengthPenalties.SoftOverlong(length, longest, buffer, factor, capped: false))];
        outputs.Set(growing, "verl", "penalty");
        outputs.Set(scores.Zip(growing, (score, penalty) => score + penalty), "verl", "reward");
        outputs.Set(
            scores.Zip(lengths, (score, length) => score + LengthPenalties.SoftOverlong(length, longest, buffer, factor)),
            "openrlhf",
            "reward");
        outputs.Set(lengths.Select(length => LengthPenalties.SoftOverlong(length, longest, buffer)), "trl", "penalty");
        double coefficient = inputs.Number("stop_properly_coef");
        outputs.Set(
            scores.Zip(truncated, (score, cut) => LengthPenalties.StopProperly(score, cut, coefficient)),
            "openrlhf_stop_properly",
            "reward");
    }

    public static void PassAtK(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] estimates = [.. inputs.Ints("num_samples")
            .Zip(inputs.Ints("num_correct"), (n, c) => TestTimeCompute.PassAtK(n, c, inputs.Int("k")))];
        outputs.Set(estimates, "pass_at_k");
        outputs["mean"] = estimates.Average();
    }

    private static void WriteMomentum(VectorInputs inputs, VectorOutputs outputs, double[] initial, double[][] gradients, double rate)
    {
        // The file states the form among its expectations.
        bool nesterov = inputs.ExpectedFlag("sgd_momentum0.9", "nesterov");
        double[] parameters = initial;
        double[] buffer = [];
        var path = new List<double>();
        foreach (double[] gradient in gradients)
        {
            (parameters, buffer) = Descent.Momentum(parameters, buffer, gradient, rate, 0.9, nesterov, inputs.Number("weight_decay"));
            path.AddRange(parameters);
        }

        outputs.Set(path, "sgd_momentum0.9", "parameters_after_each_step");
        outputs["sgd_momentum0.9", "nesterov"] = nesterov ? 1 : 0;
    }

    private static double[] Scale(double[] values, double factor) => [.. values.Select(value => value * factor)];
}
