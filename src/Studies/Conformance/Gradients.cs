using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Gradients of scalars by forward mode: one pass per input, which is fast enough for the small tensors of the vectors.</summary>
internal static class Gradients
{
    /// <summary>∂f/∂x.</summary>
    public static double[] Of(double[] x, Func<Dual<Real>[], Dual<Real>> function)
    {
        var gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            gradient[i] = function([.. x.Select((value, j) => j == i ? Dual<Real>.Variable(value) : Dual<Real>.Constant(value))]).Tangent;
        }

        return gradient;
    }

    /// <summary>∂f/∂x of a loss over a grid.</summary>
    public static double[] OfGrid(double[] x, int rows, int columns, Func<Grid<Dual<Real>>, Grid<Dual<Real>>> loss) =>
        Of(x, values => loss(Grid<Dual<Real>>.Of(rows, columns, values))[0, 0]);

    /// <summary>Value and gradient of a loss over a grid.</summary>
    public static (double Value, double[] Gradient) Run(double[] x, int rows, int columns, Func<Grid<Dual<Real>>, Grid<Dual<Real>>> loss)
    {
        double value = loss(Data(rows, columns, x))[0, 0].Value;
        return (value, OfGrid(x, rows, columns, loss));
    }

    /// <summary>A grid of data: no gradient flows to it.</summary>
    public static Grid<Dual<Real>> Data(int rows, int columns, double[] values) =>
        Grid<Dual<Real>>.Of(rows, columns, [.. values.Select(value => Dual<Real>.Constant(value))]);

    /// <summary>Σ weight · f(row).</summary>
    public static Dual<Real> Dot(double[] weights, Func<int, Dual<Real>> function)
    {
        Dual<Real> sum = default;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += Dual<Real>.Scale(function(i), weights[i]);
        }

        return sum;
    }
}
