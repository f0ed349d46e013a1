using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>The numbers that rlax prints in its own unit tests; the case names the function.</summary>
internal static class RlaxLiteralVectors
{
    public static void Run(VectorInputs inputs, VectorOutputs outputs)
    {
        string function = inputs.Text("function");
        switch (function)
        {
            case "lambda_returns":
                Write(
                    outputs,
                    Rows(inputs, "r_t", row => Multistep.LambdaReturns(row("r_t"), row("discount_t"), row("v_t"), Lambda(inputs))),
                    "returns");
                break;
            case "discounted_returns":
                Write(
                    outputs,
                    Rows(inputs, "r_t", row => Multistep.DiscountedReturns(row("r_t"), row("discount_t"), row("v_t")[^1])),
                    "returns");
                break;
            case "n_step_bootstrapped_returns":
                Write(
                    outputs,
                    Rows(
                        inputs,
                        "r_t",
                        row => Multistep.NStepReturns(row("r_t"), row("discount_t"), row("v_t"), inputs.Int("n"), Lambda(inputs))),
                    "returns");
                break;
            case "truncated_generalized_advantage_estimation":
                Write(
                    outputs,
                    Rows(inputs, "r_t", row => Multistep.Gae(row("r_t"), row("discount_t"), Lambda(inputs), row("values"))),
                    "advantages");
                break;
            case "vtrace" or "leaky_vtrace" or "vtrace_td_error_and_advantage" or "leaky_vtrace_td_error_and_advantage":
                WriteVTrace(inputs, outputs);
                break;
            case "policy_gradient_loss":
                WriteLoss(outputs, PolicyMean(inputs, "logits", (logProbs, action, i) =>
                    PolicyLosses.Reinforce<Real>(logProbs[action], Repeated(Any(inputs, "advantages", "adv_t"), i)) * Weight(inputs, i)));
                break;
            case "entropy_loss":
                WriteLoss(
                    outputs, PolicyMean(inputs, "logits", (logProbs, _, i) => -Categorical.Entropy<Real>(logProbs) * Weight(inputs, i)));
                break;
            case "clipped_surrogate_pg_loss":
                WriteLoss(outputs, ClippedSurrogate(inputs));
                break;
            default:
                throw new FormatException($"The library knows no function '{function}'.");
        }
    }

    private static void WriteVTrace(VectorInputs inputs, VectorOutputs outputs)
    {
        int steps = inputs.Shape("r_t")[1];
        double[] bootstrap = inputs.Has("bootstrap_value") ? inputs.Array("bootstrap_value") : [];
        double[] ratios = Ratios(inputs);
        VTraceOptions options = new(
            Optional(inputs, "lambda", 1),
            Optional(inputs, "clip_rho_threshold", 1),
            Optional(inputs, "clip_pg_rho_threshold", 1),
            Optional(inputs, "alpha", 1));
        VTraceResult[] results =
        [
            .. Enumerable.Range(0, inputs.Shape("r_t")[0]).Select(row => VTrace.Compute(
                Row(inputs.Array("r_t"), row, steps),
                Row(inputs.Array("discount_t"), row, steps),
                Row(ratios, row, steps),
                Values(row),
                options)),
        ];
        Write(outputs, [.. results.SelectMany(result => result.Errors)], "errors", "td", "td_errors");
        Write(outputs, [.. results.SelectMany(result => result.Advantages)], "pg_advantage", "pg_advantages", "pg");
        Write(outputs, [.. results.SelectMany(result => result.ActionValues)], "q_estimate");

        double[] Values(int row) => bootstrap.Length > 0
            ? [.. Row(inputs.Array("v_tm1"), row, steps), bootstrap[row]]
            : Row(inputs.Array("values"), row, steps + 1);
    }

    // π/μ of the actions: given, or from the two policies' logits.
    private static double[] Ratios(VectorInputs inputs)
    {
        if (inputs.Has("rho_tm1"))
        {
            return inputs.Array("rho_tm1");
        }

        double[] target = ActionLogProbs(inputs, "target_logits");
        double[] behaviour = ActionLogProbs(inputs, "behavior_logits");
        return [.. target.Zip(behaviour, (t, b) => (double)LogRatios.Ratio<Real>(t, b))];
    }

    private static double[] ClippedSurrogate(VectorInputs inputs)
    {
        double epsilon = inputs.Number("epsilon");
        double[] ratios = inputs.Has("prob_ratios_t")
            ? inputs.Array("prob_ratios_t")
            : [.. ActionLogProbs(inputs, "logits").Zip(ActionLogProbs(inputs, "old_logits"), (x, y) => Math.Exp(x - y))];
        double[] advantages = Any(inputs, "advantages", "adv_t");
        int columns = ratios.Length / Count(inputs);
        return [.. ratios
            .Select((ratio, i) => (double)PolicyLosses.ClippedSurrogate<Real>(ratio, Repeated(advantages, i), epsilon, epsilon))
            .Chunk(columns).Select(row => row.Average())];
    }

    private static int Count(VectorInputs inputs) => inputs.Shape(inputs.Has("prob_ratios_t") ? "prob_ratios_t" : "logits")[0];

    // The mean over each row of a loss of log-probs and action.
    private static double[] PolicyMean(VectorInputs inputs, string name, Func<Real[], int, int, double> loss)
    {
        int[] shape = inputs.Shape(name);
        double[] logits = inputs.Array(name);
        double[] actions = inputs.Has("actions") || inputs.Has("a_t") ? Any(inputs, "actions", "a_t") : new double[shape[0] * shape[1]];
        return [.. Enumerable.Range(0, shape[0] * shape[1])
            .Select(i => loss(LogSoftmax(logits, i, shape[2]), (int)actions[i], i))
            .Chunk(shape[1]).Select(row => row.Average())];
    }

    private static double[] ActionLogProbs(VectorInputs inputs, string name)
    {
        int categories = inputs.Shape(name)[2];
        double[] logits = inputs.Array(name);
        return [.. Any(inputs, "actions", "a_tm1", "a_t").Select((action, i) => (double)LogSoftmax(logits, i, categories)[(int)action])];
    }

    private static Real[] LogSoftmax(double[] logits, int position, int categories) => Categorical.LogSoftmax<Real>(
        [.. logits.Skip(position * categories).Take(categories).Select(value => (Real)value)]);

    private static double Weight(VectorInputs inputs, int i)
    {
        double[] weights = inputs.Has("weights") || inputs.Has("w_t") ? Any(inputs, "weights", "w_t") : [1];
        return Repeated(weights, i);
    }

    // A list shorter than the batch is that of every row.
    private static double Repeated(double[] values, int i) => values[i % values.Length];

    private static double[] Any(VectorInputs inputs, params string[] names)
    {
        string name = names.FirstOrDefault(inputs.Has)
            ?? throw new FormatException($"One of the inputs {string.Join(", ", names)} is needed.");
        return inputs.Array(name);
    }

    private static double Optional(VectorInputs inputs, string name, double otherwise) =>
        inputs.Has(name) ? inputs.Optional(name) ?? otherwise : otherwise;

    private static double[] Lambda(VectorInputs inputs) => ReturnVectors.Fill(inputs.Shape("r_t")[1], Optional(inputs, "lambda", 1));

    private static double[] Rows(VectorInputs inputs, string shape, Func<Func<string, double[]>, double[]> perRow) =>
        [.. Enumerable.Range(0, inputs.Shape(shape)[0])
            .SelectMany(row => perRow(name => Row(inputs.Array(name), row, inputs.Shape(name)[1])))];

    private static double[] Row(double[] grid, int row, int columns) => grid[(row * columns)..((row + 1) * columns)];

    private static void WriteLoss(VectorOutputs outputs, double[] losses) => Write(outputs, losses, "loss_per_row");

    private static void Write(VectorOutputs outputs, double[] values, params string[] names)
    {
        foreach (string name in names)
        {
            outputs.Set(values, name);
        }
    }
}
