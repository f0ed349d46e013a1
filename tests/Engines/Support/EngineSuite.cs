using RlCore.Algebra;

namespace RlCore.Engines.Tests;

/// <summary>What every suite needs of an engine: a fresh one, transfers, and the comparison of an operation with its reference.</summary>
public abstract class EngineSuite<T> : IDisposable
    where T : struct, ITensor<T>
{
    private const double Step = 1e-5;

    protected EngineSuite() => Engine = CreateEngine();

    protected IEngine<T> Engine { get; }

    protected abstract IEngine<T> CreateEngine();

    public void Dispose()
    {
        Engine.Dispose();
        GC.SuppressFinalize(this);
    }

    protected T Parameter(Matrix values) => Engine.Parameter(values.Rows, values.Columns, values.Floats);

    protected T Constant(Matrix values) => Engine.Constant(values.Rows, values.Columns, values.Floats);

    protected Matrix Read(T x)
    {
        var values = new float[x.Rows * x.Columns];
        Engine.Read(x, values);
        return new Matrix(x.Rows, x.Columns, [.. values.Select(value => (double)value)]);
    }

    protected Matrix ReadGradient(T parameter)
    {
        var values = new float[parameter.Rows * parameter.Columns];
        Engine.ReadGradient(parameter, values);
        return new Matrix(parameter.Rows, parameter.Columns, [.. values.Select(value => (double)value)]);
    }

    protected static T SumAll(T x) => T.SumOverBatch(T.SumOverTime(x, SequenceMask.Full(x.Rows, x.Columns)));

    protected T Weighted(T x, Matrix weights) => SumAll(x * Constant(weights));

    /// <summary>
    /// The value equals the reference's, and the gradient of a random weighted sum equals the central difference of the
    /// reference: where an input has no other use, where another use came first, and where another use comes after.
    /// </summary>
    protected void AgreesWithReference(
        Random random, Matrix[] inputs, Func<T[], T> operation, Func<Matrix[], Matrix> reference, double tolerance = 2e-5)
    {
        var expected = reference(inputs);
        var weights = Matrix.Random(random, expected.Rows, expected.Columns);
        var others = inputs.Select(input => Matrix.Random(random, input.Rows, input.Columns)).ToArray();
        var slopes = inputs.Select((_, index) => Slope(inputs, index, reference, weights)).ToArray();
        foreach (Use use in Enum.GetValues<Use>())
        {
            using var scope = Engine.Scope();
            var parameters = inputs.Select(Parameter).ToArray();
            var variables = parameters.Select(parameter => T.Scale(parameter, 1)).ToArray();
            var other = use == Use.Before ? OtherUses(variables, others) : default;
            var result = operation(variables);
            Close.To(expected, Read(result), tolerance, $"value, {use}");
            var loss = Weighted(result, weights);
            loss = use switch { Use.None => loss, Use.Before => loss + other, _ => loss + OtherUses(variables, others) };
            Engine.Backward(loss);
            for (int i = 0; i < inputs.Length; i++)
            {
                var slope = use == Use.None
                    ? slopes[i]
                    : new Matrix(slopes[i].Rows, slopes[i].Columns, [.. slopes[i].Values.Zip(others[i].Values, (x, y) => x + y)]);
                Close.To(slope, ReadGradient(parameters[i]), tolerance, $"gradient {i}, {use}");
                Engine.Release(parameters[i]);
            }
        }
    }

    /// <summary>
    /// <see cref="AgreesWithReference"/> for inputs with too many elements for a difference of each: the slope of the gradient along
    /// random directions is the reference's.
    /// </summary>
    protected void AgreesAlongDirections(
        Random random, Matrix[] inputs, Func<T[], T> operation, Func<Matrix[], Matrix> reference, double tolerance = 5e-5)
    {
        var expected = reference(inputs);
        var weights = Matrix.Random(random, expected.Rows, expected.Columns);
        using var scope = Engine.Scope();
        var parameters = inputs.Select(Parameter).ToArray();
        var result = operation([.. parameters.Select(parameter => T.Scale(parameter, 1))]);
        Close.To(expected, Read(result), tolerance, "value");
        Engine.Backward(Weighted(result, weights));
        for (int i = 0; i < inputs.Length; i++)
        {
            var gradient = ReadGradient(parameters[i]);
            var way = Matrix.Random(random, inputs[i].Rows, inputs[i].Columns, -1, 1);
            double slope = (Moved(Step) - Moved(-Step)) / (2 * Step);

            // A sum of n terms of random signs is about as long as n is wide: √n of their size.
            double size = Math.Sqrt(gradient.Dot(gradient) * way.Dot(way) / way.Values.Length);
            double found = gradient.Dot(way);
            Assert.True(
                Math.Abs(slope - found) <= 1e-3 * Math.Max(size, 1),
                $"the slope of gradient {i} of [{gradient.Rows}, {gradient.Columns}] is {found:R}, expected {slope:R}");
            Engine.Release(parameters[i]);

            double Moved(double distance)
            {
                Matrix[] moved = [.. inputs];
                moved[i] = Matrix.Of(way.Rows, way.Columns, (row, column) => inputs[i][row, column] + (distance * way[row, column]));
                return reference(moved).Dot(weights);
            }
        }
    }

    private T OtherUses(T[] variables, Matrix[] others) =>
        variables.Zip(others, Weighted).Aggregate((x, y) => x + y);

    private static Matrix Slope(Matrix[] inputs, int index, Func<Matrix[], Matrix> reference, Matrix weights)
    {
        var shifted = inputs.Select(input => input.Copy()).ToArray();
        var slope = Matrix.Zeros(inputs[index].Rows, inputs[index].Columns);
        for (int i = 0; i < slope.Values.Length; i++)
        {
            double centre = inputs[index].Values[i];
            shifted[index].Values[i] = centre + Step;
            double above = reference(shifted).Dot(weights);
            shifted[index].Values[i] = centre - Step;
            double below = reference(shifted).Dot(weights);
            shifted[index].Values[i] = centre;
            slope.Values[i] = (above - below) / (2 * Step);
        }

        return slope;
    }

    /// <summary>Whether the inputs are used by more than the operation, and when.</summary>
    private enum Use
    {
        None,
        Before,
        After,
    }
}
