namespace RlCore.Algebra;

/// <summary>Conjugate gradients (Hestenes &amp; Stiefel 1952): A·x = b from products with A alone.</summary>
public static class ConjugateGradients
{
    private const double Tolerance = 1e-12;

    /// <summary>
    /// x with A·x = b, from 0. It is exact after as many iterations as A has distinct eigenvalues; of a singular A it is the solution in
    /// the range of A, where b must lie.
    /// </summary>
    /// <param name="product">v ↦ A·v, symmetric and positive semidefinite.</param>
    /// <param name="target">b.</param>
    /// <param name="iterations">The most iterations; fewer where the residual has fallen to 1e-12 of b.</param>
    public static double[] Solve(Func<double[], double[]> product, ReadOnlySpan<double> target, int iterations)
    {
        ArgumentNullException.ThrowIfNull(product);
        ArgumentOutOfRangeException.ThrowIfNegative(iterations);
        var solution = new double[target.Length];
        double[] residual = target.ToArray();
        double[] direction = target.ToArray();
        double size = Dot(residual, residual);
        double enough = Tolerance * Tolerance * size;
        for (int i = 0; i < iterations && size > enough; i++)
        {
            double[] image = product(direction);
            double curvature = Dot(direction, image);
            if (!(curvature > 0))
            {
                break; // Rounding has left the range of A.
            }

            Add(solution, size / curvature, direction);
            Add(residual, -size / curvature, image);
            double next = Dot(residual, residual);
            for (int k = 0; k < direction.Length; k++)
            {
                direction[k] = residual[k] + (next / size * direction[k]);
            }

            size = next;
        }

        return solution;
    }

    internal static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    private static void Add(double[] sum, double factor, double[] addend)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += factor * addend[i];
        }
    }
}
