using RlCore.Algebra;

namespace RlCore.Engines.Tests;

using Reference = Grid<Real>;

/// <summary>The members of <see cref="ISequenceAlgebra{T}"/>: value and gradient against the grid of reals.</summary>
public abstract class SequenceLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Reductions_and_repeats_agree_with_the_reference() =>
        Laws.Hold(40, [8, 40], (random, size) =>
        {
            var (rows, columns) = (size[0], size[1]);
            var x = Matrix.Random(random, rows, columns);
            var mask = Mask(random, rows, columns);
            Agrees(random, [x], v => T.SumOverTime(v[0], mask), v => Reference.SumOverTime(v[0], mask));
            Agrees(random, [x], v => T.SumOverBatch(v[0]), v => Reference.SumOverBatch(v[0]));
            Agrees(
                random,
                [Matrix.Random(random, rows, 1)],
                v => T.ExpandOverTime(v[0], columns),
                v => Reference.ExpandOverTime(v[0], columns));
            Agrees(
                random,
                [Matrix.Random(random, 1, columns)],
                v => T.ExpandOverBatch(v[0], rows),
                v => Reference.ExpandOverBatch(v[0], rows));
            Agrees(
                random, [x, Matrix.Random(random, rows, columns)], v => T.Where(mask, v[0], v[1]), v => Reference.Where(mask, v[0], v[1]));
        });

    [Fact]
    public void A_term_in_one_pass_agrees_with_the_reference() =>
        Laws.Hold(40, [8, 40], (random, size) =>
        {
            var data = Enumerable.Range(0, 4).Select(_ => Matrix.Random(random, size[0], size[1])).ToArray();
            Agrees(
                random,
                [Matrix.Random(random, size[0], size[1])],
                v => T.MapElements(new Polynomial(), v[0], Constant(data[0]), Constant(data[1]), Constant(data[2]), Constant(data[3])),
                v => Reference.MapElements(new Polynomial(), v[0], Grid(data[0]), Grid(data[1]), Grid(data[2]), Grid(data[3])));
        });

    [Fact]
    public void A_term_gives_its_data_no_gradient()
    {
        var x = Parameter(new Matrix(1, 1, [2]));
        var y = Parameter(new Matrix(1, 1, [3]));
        Engine.Backward(T.MapElements(new Polynomial(), x, y, y, y, y));
        Assert.Equal(0, ReadGradient(y).Values[0]);
        Assert.Equal((2 * 2 * 3) + 3, ReadGradient(x).Values[0]);
    }

    [Fact]
    public void What_a_mask_leaves_out_does_not_leak() =>
        Laws.Hold(40, [8, 40], (random, size) =>
        {
            var mask = Mask(random, size[0], size[1]);
            var clean = Matrix.Random(random, size[0], size[1]);
            var poisoned = Matrix.Of(
                size[0], size[1], (i, j) => mask[i, j] ? clean[i, j] : random.Next(2) == 0 ? double.NaN : double.NegativeInfinity);
            using var scope = Engine.Scope();
            var parameter = Parameter(poisoned);
            var variable = T.Scale(parameter, 1);
            var safe = T.Where(mask, variable, T.Constant(variable, 0));
            Engine.Backward(T.SumOverBatch(T.SumOverTime(variable * variable, mask)) + SumAll(T.Exp(safe)));
            var expected = Matrix.Of(size[0], size[1], (i, j) => mask[i, j] ? (2 * clean[i, j]) + Math.Exp(clean[i, j]) : 0);
            Close.To(expected, ReadGradient(parameter), 1e-5, "gradient");
        });

    [Fact]
    public void Values_are_constants_beside_their_model()
    {
        var x = Parameter(new Matrix(1, 1, [2]));
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(T.FromValues(x, 2, 3, [1, 2, 3, 4, 5, 6])).Values);
        Assert.Throws<ArgumentException>(() => T.FromValues(x, 2, 3, [1, 2]));
    }

    [Fact]
    public void A_mask_of_another_shape_is_refused()
    {
        var x = Constant(Matrix.Zeros(2, 3));
        string message = Assert.Throws<ArgumentException>(() => T.SumOverTime(x, SequenceMask.Full(3, 2))).Message;
        Assert.Contains("[3, 2]", message, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => T.ExpandOverTime(x, 3));
        Assert.Throws<ArgumentException>(() => T.ExpandOverBatch(x, 3));
    }

    private static SequenceMask Mask(Random random, int rows, int columns) =>
        SequenceMask.FromFlags(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(3) > 0)]);

    private static Reference Grid(Matrix x) => Reference.Of(x.Rows, x.Columns, [.. x.Values.Select(value => new Real(value))]);

    private static Matrix Of(Reference x) => Matrix.Of(x.Rows, x.Columns, (i, j) => x[i, j].Value);

    private void Agrees(Random random, Matrix[] inputs, Func<T[], T> operation, Func<Reference[], Reference> reference) =>
        AgreesWithReference(random, inputs, operation, v => Of(reference([.. v.Select(Grid)])));

    /// <summary>x²a + xb + c·d: every argument counts.</summary>
    private readonly struct Polynomial : IElementFormula
    {
        public V Evaluate<V>(V variable, V first, V second, V third, V fourth)
            where V : struct, IAlgebra<V> => (variable * variable * first) + (variable * second) + (third * fourth);
    }
}
