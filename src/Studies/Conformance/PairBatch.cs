using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Pairs of completions, and the output of a loss over them.</summary>
internal sealed class PairBatch(double[] chosen, double[] rejected)
{
    public int Count => chosen.Length;

    /// <summary>Pairs read by name.</summary>
    public static PairBatch Read(VectorInputs inputs, string chosen = "chosen_log_probs", string rejected = "rejected_log_probs") =>
        new(inputs.Array(chosen), inputs.Array(rejected));

    /// <summary>The losses as numbers.</summary>
    public double[] Values(Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses) =>
        [.. losses([.. chosen.Select(value => Dual<Real>.Constant(value))], [.. rejected.Select(value => Dual<Real>.Constant(value))])
            .Select(loss => (double)loss.Value)];

    /// <summary>Gradients of the mean loss, by the chosen and by the rejected.</summary>
    public (double[] Chosen, double[] Rejected) Gradient(Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses)
    {
        double[] all = Gradients.Of([.. chosen, .. rejected], x => Mean(losses(x[..chosen.Length], x[chosen.Length..])));
        return (all[..chosen.Length], all[chosen.Length..]);
    }

    /// <summary>Writes losses and gradients under a name.</summary>
    public void Write(VectorOutputs outputs, Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> losses, params string[] path)
    {
        double[] values = Values(losses);
        (double[] chosenGradient, double[] rejectedGradient) = Gradient(losses);
        outputs[[.. path, "loss"]] = values.Average();
        outputs.Set(values, [.. path, "losses"]);
        outputs.Set(chosenGradient, [.. path, "grad_chosen_log_probs"]);
        outputs.Set(rejectedGradient, [.. path, "grad_rejected_log_probs"]);
    }

    /// <summary>A loss applied to each pair.</summary>
    public static Func<Dual<Real>[], Dual<Real>[], Dual<Real>[]> Each(Func<Dual<Real>, Dual<Real>, int, Dual<Real>> loss) =>
        (w, l) => [.. w.Select((value, i) => loss(value, l[i], i))];

    private static Dual<Real> Mean(Dual<Real>[] losses) =>
        Dual<Real>.Scale(losses.Aggregate((sum, loss) => sum + loss), 1.0 / losses.Length);
}
