using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>An engine with random numbers, transfers and gradients: what every law needs.</summary>
internal sealed class Workbench<T>(IEngine<T> engine, VerificationOptions options)
    where T : struct, ITensor<T>
{
    // Not a multiple of any register, so that the tails are tried too.
    private const int RowLength = 67;

    private readonly Random _random = new(unchecked((int)(options.Seed * 2654435761)));

    public IEngine<T> Engine => engine;

    public Random Random => _random;

    /// <summary>Rows and columns of an elementwise law of about this many numbers.</summary>
    public static (int Rows, int Columns) Shape(int count) => ((count + RowLength - 1) / RowLength, RowLength);

    public int Cases => options.Cases;

    /// <summary>Evenly distributed numbers, rounded to floats.</summary>
    public double[] Uniform(int count, double low, double high) =>
        [.. Enumerable.Range(0, count).Select(_ => (double)(float)(low + ((high - low) * _random.NextDouble())))];

    /// <summary>Numbers of every magnitude between 1e-6 and the largest, of the allowed signs.</summary>
    public double[] Magnitudes(int count, double low, double high)
    {
        double largest = Math.Max(Math.Abs(low), Math.Abs(high));
        double Draw()
        {
            double magnitude = _random.Next(2) == 0
                ? _random.NextDouble() * largest
                : Math.Pow(10, -6 + (_random.NextDouble() * (Math.Log10(largest) + 6)));
            return _random.Next(2) == 0 ? magnitude : -magnitude;
        }

        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            double value = Draw();
            return (double)(float)(value < low || value > high ? -value : value);
        })];
    }

    public T Parameter(int rows, int columns, double[] values) => engine.Parameter(rows, columns, Floats(values));

    public T Constant(int rows, int columns, double[] values) => engine.Constant(rows, columns, Floats(values));

    public double[] Read(T x)
    {
        var values = new float[x.Rows * x.Columns];
        engine.Read(x, values);
        return [.. values.Select(value => (double)value)];
    }

    public double[] Gradient(T parameter)
    {
        var values = new float[parameter.Rows * parameter.Columns];
        engine.ReadGradient(parameter, values);
        return [.. values.Select(value => (double)value)];
    }

    public static T SumAll(T x) => T.SumOverBatch(T.SumOverTime(x, SequenceMask.Full(x.Rows, x.Columns)));

    /// <summary>
    /// Runs an operation on parameters: its values, and the gradients of the sum of its values times the weights; with
    /// no weights, of the plain sum.
    /// </summary>
    public (double[] Values, double[][] Gradients) Run(
        (int Rows, int Columns, double[] Values)[] inputs, Func<T[], T> operation, double[]? weights = null)
    {
        using IDisposable scope = engine.Scope();
        T[] parameters = [.. inputs.Select(input => Parameter(input.Rows, input.Columns, input.Values))];
        T result = operation(parameters);
        double[] values = Read(result);
        engine.Backward(SumAll(weights is null ? result : result * Constant(result.Rows, result.Columns, weights)));
        double[][] gradients = [.. parameters.Select(Gradient)];
        foreach (T parameter in parameters)
        {
            engine.Release(parameter);
        }

        return (values, gradients);
    }

    private static float[] Floats(double[] values) => [.. values.Select(value => (float)value)];
}
