namespace RlCore.Engines.Tests;

/// <summary>A matrix of doubles for references: values are rounded to float so that engine and reference start equal.</summary>
public sealed record Matrix(int Rows, int Columns, double[] Values)
{
    public double this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    public static Matrix Zeros(int rows, int columns) => new(rows, columns, new double[rows * columns]);

    public static Matrix Of(int rows, int columns, Func<int, int, double> value)
    {
        var matrix = Zeros(rows, columns);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                matrix[row, column] = value(row, column);
            }
        }

        return matrix;
    }

    public static Matrix Random(Random random, int rows, int columns, double low = -2, double high = 2) =>
        Of(rows, columns, (_, _) => (float)(low + ((high - low) * random.NextDouble())));

    public Matrix Map(Func<double, double> function) => new(Rows, Columns, [.. Values.Select(function)]);

    public Matrix Times(Matrix right) =>
        Of(Rows, right.Columns, (i, j) => Enumerable.Range(0, Columns).Sum(k => this[i, k] * right[k, j]));

    public Matrix Transposed => Of(Columns, Rows, (i, j) => this[j, i]);

    public float[] Floats => [.. Values.Select(value => (float)value)];

    public double Dot(Matrix other) => Values.Zip(other.Values, (x, y) => x * y).Sum();

    public Matrix Copy() => new(Rows, Columns, [.. Values]);
}
