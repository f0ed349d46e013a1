namespace RlCore.Algebra;

/// <summary>Plain gradient descent with momentum, and the global-norm clip, as pure functions.</summary>
public static class Descent
{
    /// <summary>
    /// One step: buffer ← μ·buffer + g; the direction is the buffer, or g + μ·buffer (Nesterov). The first step has
    /// buffer = g.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="buffer">The momentum buffer; empty before the first step.</param>
    /// <param name="gradient">∂loss/∂parameters.</param>
    /// <param name="learningRate">Rate.</param>
    /// <param name="momentum">μ.</param>
    /// <param name="nesterov">Whether to look ahead.</param>
    /// <param name="weightDecay">λ, added to the gradient as λ·parameter.</param>
    public static (double[] Parameters, double[] Buffer) Momentum(
        ReadOnlySpan<double> parameters,
        ReadOnlySpan<double> buffer,
        ReadOnlySpan<double> gradient,
        double learningRate,
        double momentum,
        bool nesterov,
        double weightDecay = 0)
    {
        var next = new double[parameters.Length];
        var nextBuffer = new double[parameters.Length];
        for (int i = 0; i < next.Length; i++)
        {
            double g = gradient[i] + (weightDecay * parameters[i]);
            nextBuffer[i] = buffer.IsEmpty ? g : (momentum * buffer[i]) + g;
            next[i] = parameters[i] - (learningRate * (nesterov ? g + (momentum * nextBuffer[i]) : nextBuffer[i]));
        }

        return (next, nextBuffer);
    }

    /// <summary>The Euclidean norm of all gradients together.</summary>
    /// <param name="gradients">One array a parameter.</param>
    public static double GlobalNorm(params ReadOnlySpan<double[]> gradients)
    {
        double squares = 0;
        foreach (double[] gradient in gradients)
        {
            squares += gradient.Sum(g => g * g);
        }

        return Math.Sqrt(squares);
    }

    /// <summary>min(1, limit/(norm + 1e-6)): the factor applied to all gradients. Source: Pascanu et al. 2013.</summary>
    /// <param name="norm">The global norm.</param>
    /// <param name="limit">Greatest norm.</param>
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));
}
