using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>Quantities of logits: log-probs, entropies, and the losses over whole vocabularies.</summary>
internal static class LogitVectors
{
    private const int Ignored = -100;

    /// <summary>Entropy of each position's softmax.</summary>
    public static TokenGrid Entropies(Dual<Real>[] logits, int rows, int columns, int categories) => TokenGrid.Of(
        rows,
        columns,
        [.. Enumerable.Range(0, rows * columns)
            .Select(i => Categorical.Entropy<Dual<Real>>(Categorical.LogSoftmax<Dual<Real>>(Row(logits, i, categories))))]);

    public static void LogProbs(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] shape = inputs.Shape("logits");
        double[] logits = inputs.Array("logits");
        int[] labels = inputs.Ints("labels");
        double[] upstream = inputs.Array("upstream");
        Dual<Real>[] data = [.. logits.Select(value => Dual<Real>.Constant(value))];
        double[] logProbs = [.. labels.Select((_, i) => (double)LogProb(data, i, 1).Value)];
        double[] entropy = PolicyBatch.Values(Entropies(data, shape[0], shape[1], shape[2]));
        outputs.Set(logProbs, "log_probs");
        outputs.Set(logProbs, "log_probs_logsumexp_form");
        outputs.Set(labels.Select((_, i) => (double)LogProb(data, i, inputs.Number("temperature")).Value), "log_probs_with_temperature");
        outputs.Set(entropy, "entropy");
        outputs.Set(labels.Select((_, i) => Categorical.LogSoftmax<Real>(Reals(logits, i)).Sum(l => Math.Exp(2 * l))), "sum_pi_squared");
        outputs.Set(Gradients.Of(logits, x => Gradients.Dot(upstream, i => LogProb(x, i, 1))), "grad_logits_of_log_probs");
        outputs.Set(
            Gradients.Of(logits, x => Gradients.Dot(upstream, i => Entropies(x, shape[0], shape[1], shape[2]).Values[i])),
            "grad_logits_of_entropy");
        (double[] sums, double[] means) = Shifted(inputs.Ints("shifted_labels_with_ignore"), (i, label) =>
            Categorical.LogSoftmax<Real>(Reals(logits, i))[label], shape);
        outputs.Set(sums, "sequence_log_prob_sum_shifted");
        outputs.Set(means, "sequence_log_prob_mean_shifted");

        Dual<Real> LogProb(Dual<Real>[] x, int i, double temperature) => Categorical.LogSoftmax<Dual<Real>>(
            [.. Row(x, i, shape[2]).Select(value => Dual<Real>.Scale(value, 1 / temperature))])[labels[i]];

        Real[] Reals(double[] x, int i) => [.. x.Skip(i * shape[2]).Take(shape[2]).Select(value => (Real)value)];
    }

    public static void SftOpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        var batch = new PolicyBatch(inputs);
        batch.Write(outputs, "sft_token", SupervisedLosses.TokenNll, new Aggregation.TokenMean().RowWeights(batch.Mask));
        batch.Write(
            outputs,
            "sft_sequence",
            SupervisedLosses.TokenNll,
            new Aggregation.SequenceMean(CountEmpty: false, CountEpsilon: 1e-8).RowWeights(batch.Mask));
        WriteShifted(inputs, outputs, "gpt_lm", "logits", "grad_logits", logProb => SupervisedLosses.TokenNll(logProb));
    }

    public static void Distillation(VectorInputs inputs, VectorOutputs outputs)
    {
        int[] shape = inputs.Shape("student_logits");
        double[] student = inputs.Array("student_logits");
        double inverse = 1 / inputs.Number("temperature");
        int[] kept = [.. inputs.Ints("labels")
            .Select((label, i) => (label, i))
            .Where(pair => pair.label != Ignored)
            .Select(pair => pair.i)];
        foreach ((string name, double beta) in new[]
            { ("gkd_beta_0.0", 0.0), ("gkd_beta_0.1", 0.1), ("gkd_beta_0.5", 0.5), ("gkd_beta_1.0", 1.0) })
        {
            Dual<Real> Loss(Dual<Real>[] x) =>
                kept.Aggregate(default(Dual<Real>), (sum, i) => sum + Dual<Real>.Scale(Token(x, i, beta), 1.0 / kept.Length));
            outputs[name, "loss"] = Loss([.. student.Select(value => Dual<Real>.Constant(value))]).Value;
            outputs.Set(Gradients.Of(student, Loss), name, "grad_student_logits");
        }

        WriteShifted(inputs, outputs, "dft", "student_logits", "grad_student_logits", logProb => SupervisedLosses.DynamicNll(logProb));

        Dual<Real> Token(Dual<Real>[] x, int i, double beta)
        {
            Dual<Real>[] teacher = Scaled(
                [.. inputs.Array("teacher_logits").Skip(i * shape[2]).Take(shape[2]).Select(value => Dual<Real>.Constant(value))]);
            return Categorical.JensenShannon<Dual<Real>>(teacher, Scaled(Row(x, i, shape[2])), beta);
        }

        Dual<Real>[] Scaled(Dual<Real>[] logits) =>
            Categorical.LogSoftmax<Dual<Real>>([.. logits.Select(value => Dual<Real>.Scale(value, inverse))]);
    }

    // logits[t] scores labels[t + 1]; the mean over the labels that are kept.
    private static void WriteShifted(
        VectorInputs inputs,
        VectorOutputs outputs,
        string name,
        string logitsName,
        string gradientName,
        Func<Dual<Real>, Dual<Real>> tokenLoss)
    {
        int[] shape = inputs.Shape(logitsName);
        double[] logits = inputs.Array(logitsName);
        int[] labels = inputs.Ints("labels");
        (int Position, int Label)[] kept =
        [
            .. Enumerable.Range(0, labels.Length)
                .Where(i => i % shape[1] < shape[1] - 1 && labels[i + 1] != Ignored)
                .Select(i => (i, labels[i + 1])),
        ];
        outputs[name, "loss"] = kept.Length == 0 ? double.NaN : Loss([.. logits.Select(value => Dual<Real>.Constant(value))]).Value;
        outputs.Set(kept.Length == 0 ? logits.Select(_ => double.NaN) : Gradients.Of(logits, Loss), name, gradientName);

        Dual<Real> Loss(Dual<Real>[] x) => kept.Aggregate(default(Dual<Real>), (sum, token) =>
            sum + Dual<Real>.Scale(
                tokenLoss(Categorical.LogSoftmax<Dual<Real>>(Row(x, token.Position, shape[2]))[token.Label]), 1.0 / kept.Length));
    }

    private static (double[] Sums, double[] Means) Shifted(int[] labels, Func<int, int, Real> logProb, int[] shape)
    {
        var totals = new Total[shape[0]];
        for (int i = 0; i < labels.Length; i++)
        {
            if (i % shape[1] < shape[1] - 1 && labels[i + 1] != Ignored)
            {
                totals[i / shape[1]] += new Total(logProb(i, labels[i + 1]), 1);
            }
        }

        return ([.. totals.Select(total => total.Sum)], [.. totals.Select(total => total.Sum / total.Weight)]);
    }

    private static Dual<Real>[] Row(Dual<Real>[] logits, int position, int categories) =>
        logits[(position * categories)..((position + 1) * categories)];
}
