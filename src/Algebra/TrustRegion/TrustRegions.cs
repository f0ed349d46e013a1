namespace RlCore.Algebra;

/// <summary>What a step would do, measured at its end.</summary>
/// <param name="Kl">Mean KL(π_old‖π) over whole distributions, in nats.</param>
/// <param name="Improvement">How much greater the surrogate objective is than before the step.</param>
public readonly record struct StepMeasure(double Kl, double Improvement);

/// <summary>The step that a line search settled on.</summary>
/// <param name="Fraction">Its length as a fraction of the full step; 0 if none was acceptable.</param>
/// <param name="Backtracks">How often it was shortened.</param>
/// <param name="Measure">What it does; zeros if none was acceptable.</param>
public readonly record struct AcceptedStep(double Fraction, int Backtracks, StepMeasure Measure);

/// <summary>The steps of TRPO (Schulman et al. 2015): natural gradients and the line search that holds the constraint.</summary>
public static class TrustRegions
{
    /// <summary>
    /// The longest of the fractions 1, s, s², … of a step at which KL ≤ δ and the surrogate improves; no step if there is none.
    /// Whatever the step, the constraint holds at what is returned. Source: Schulman et al. 2015, app. C.
    /// </summary>
    /// <param name="options">δ, s and how many fractions are tried.</param>
    /// <param name="at">The measure at a fraction of the step. What is NaN is not acceptable.</param>
    public static AcceptedStep Search(TrustRegionOptions options, Func<double, StepMeasure> at)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(at);
        double fraction = 1;
        for (int backtracks = 0; backtracks <= options.Backtracks; backtracks++)
        {
            StepMeasure measure = at(fraction);
            if (measure.Kl <= options.MaxKl && measure.Improvement > 0)
            {
                return new(fraction, backtracks, measure);
            }

            fraction *= options.Shrink;
        }

        return new(0, options.Backtracks, default);
    }

    /// <summary>
    /// The natural-gradient step √(2δ/xᵀFx)·x, x = F⁻¹g: the direction of steepest ascent by KL, as long as its second-order KL
    /// ½·xᵀFx allows. Zero if the gradient is. Source: Kakade 2001; Schulman et al. 2015, app. C.
    /// </summary>
    /// <param name="gradient">g, of the surrogate.</param>
    /// <param name="fisher">v ↦ F·v, symmetric and positive semidefinite; g lies in its range.</param>
    /// <param name="maxKl">δ, in nats.</param>
    public static double[] NaturalStep(ReadOnlySpan<double> gradient, Func<double[], double[]> fisher, double maxKl)
    {
        ArgumentNullException.ThrowIfNull(fisher);
        double[] direction = ConjugateGradients.Solve(fisher, gradient, gradient.Length);
        double curvature = ConjugateGradients.Dot(direction, fisher(direction));
        double scale = curvature > 0 ? Math.Sqrt(2 * maxKl / curvature) : 0;
        return [.. direction.Select(x => scale * x)];
    }

    /// <summary>
    /// F·v of a table of softmax distributions, F = Σ_s w_s·(diag(p_s) − p_s·p_sᵀ): the second derivative of the mean KL(π_old‖π) with
    /// respect to the logits, at π = π_old.
    /// </summary>
    /// <param name="logProbs">log p_s of every token of every row, [rows, vocabulary].</param>
    /// <param name="weights">w_s, one per row: how often the row is visited.</param>
    /// <param name="vector">v, [rows, vocabulary].</param>
    /// <exception cref="ArgumentException">The shapes do not agree.</exception>
    public static double[] SoftmaxFisher(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> weights, ReadOnlySpan<double> vector)
    {
        if (weights.IsEmpty || logProbs.Length % weights.Length != 0 || vector.Length != logProbs.Length)
        {
            throw new ArgumentException(
                $"{logProbs.Length} log-probs of {weights.Length} rows cannot multiply {vector.Length} numbers.", nameof(vector));
        }

        int vocabulary = logProbs.Length / weights.Length;
        var product = new double[vector.Length];
        for (int row = 0; row < weights.Length; row++)
        {
            int first = row * vocabulary;
            double mean = 0;
            for (int i = first; i < first + vocabulary; i++)
            {
                mean += Math.Exp(logProbs[i]) * vector[i];
            }

            for (int i = first; i < first + vocabulary; i++)
            {
                product[i] = weights[row] * Math.Exp(logProbs[i]) * (vector[i] - mean);
            }
        }

        return product;
    }
}
