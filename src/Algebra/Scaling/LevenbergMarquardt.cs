namespace RlCore.Algebra;

/// <summary>Residuals r(θ) with their derivatives.</summary>
/// <param name="Values">r, n numbers.</param>
/// <param name="Slopes">∂r_i/∂θ_j at [i][j].</param>
internal sealed record Residuals(double[] Values, double[][] Slopes)
{
    /// <summary>Σ r².</summary>
    public double Squares { get; } = ConjugateGradients.Dot(Values, Values);
}

/// <summary>
/// Nonlinear least squares (Levenberg 1944, Marquardt 1963): steps (JᵀJ + λ·diag(JᵀJ))·δ = −Jᵀr, of which only those that lower Σ r² are
/// taken. Marquardt's diagonal makes the path independent of the scale of each parameter.
/// </summary>
internal static class LevenbergMarquardt
{
    private const int MostIterations = 300;
    private const double FirstDamping = 1e-3, LeastDamping = 1e-12, MostDamping = 1e12;
    private const double Enough = 1e-13;

    // A direction in which nothing changes has a diagonal of 0: this keeps the system regular.
    private const double LeastDiagonal = 1e-14;

    /// <summary>A local minimum near a start.</summary>
    /// <param name="start">Where to start.</param>
    /// <param name="evaluate">θ ↦ r(θ).</param>
    public static double[] Minimise(double[] start, Func<double[], Residuals> evaluate)
    {
        double[] best = start;
        Residuals at = evaluate(best);
        double damping = FirstDamping;
        for (int i = 0; i < MostIterations && damping < MostDamping; i++)
        {
            double[] step = Step(at, damping);
            double[] next = [.. best.Zip(step, (value, change) => value + change)];
            Residuals there = evaluate(next);
            if (!(there.Squares < at.Squares))
            {
                damping *= 8;
                continue;
            }

            bool isDone = at.Squares - there.Squares <= Enough * at.Squares && damping <= FirstDamping;
            (best, at, damping) = (next, there, Math.Max(damping / 8, LeastDamping));
            if (isDone)
            {
                break;
            }
        }

        return best;
    }

    private static double[] Step(Residuals at, double damping)
    {
        int count = at.Slopes[0].Length;
        var matrix = new double[count, count];
        var target = new double[count];
        for (int i = 0; i < at.Values.Length; i++)
        {
            double[] slopes = at.Slopes[i];
            for (int j = 0; j < count; j++)
            {
                target[j] -= slopes[j] * at.Values[i];
                for (int k = 0; k <= j; k++)
                {
                    matrix[j, k] += slopes[j] * slopes[k];
                }
            }
        }

        for (int j = 0; j < count; j++)
        {
            matrix[j, j] = (matrix[j, j] * (1 + damping)) + LeastDiagonal;
        }

        return SolveInPlace(matrix, target);
    }

    // Cholesky's factor takes the place of the lower triangle. A pivot that rounding has made negative is raised.
    private static double[] SolveInPlace(double[,] matrix, double[] target)
    {
        int count = target.Length;
        for (int j = 0; j < count; j++)
        {
            for (int k = 0; k <= j; k++)
            {
                double sum = matrix[j, k];
                for (int m = 0; m < k; m++)
                {
                    sum -= matrix[j, m] * matrix[k, m];
                }

                matrix[j, k] = j == k ? Math.Sqrt(Math.Max(sum, LeastDiagonal)) : sum / matrix[k, k];
            }
        }

        for (int j = 0; j < count; j++)
        {
            for (int m = 0; m < j; m++)
            {
                target[j] -= matrix[j, m] * target[m];
            }

            target[j] /= matrix[j, j];
        }

        for (int j = count - 1; j >= 0; j--)
        {
            for (int m = j + 1; m < count; m++)
            {
                target[j] -= matrix[m, j] * target[m];
            }

            target[j] /= matrix[j, j];
        }

        return target;
    }
}
