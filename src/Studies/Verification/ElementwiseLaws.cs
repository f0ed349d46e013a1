using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>Every elementwise operation, value and gradient.</summary>
internal sealed class ElementwiseLaws<T>(Workbench<T> bench)
    where T : struct, ITensor<T>
{
    private const double Exact = 0.5;
    private const double Elementary = 4;

    public IEnumerable<Func<LawResult>> All =>
    [
        Unary("negation", Exact, -80, 80, x => -x, x => -x),
        Unary("scale", Exact, -80, 80, x => T.Scale(x, -1.5), x => Dual<Real>.Scale(x, -1.5)),
        Unary("shift", Exact, -80, 80, x => T.Shift(x, 0.75), x => Dual<Real>.Shift(x, 0.75)),
        Unary("exp", Elementary, -80, 80, T.Exp, Dual<Real>.Exp),
        Unary("log", Elementary, 0, 80, T.Log, Dual<Real>.Log),
        Unary("sqrt", Elementary, 0, 80, T.Sqrt, Dual<Real>.Sqrt),
        Unary("abs", Exact, -80, 80, T.Abs, Dual<Real>.Abs),
        Unary("exp x - 1", Elementary, -80, 80, T.ExpM1, Dual<Real>.ExpM1),
        Unary("log(1 + x)", Elementary, 0, 80, T.LogP1, Dual<Real>.LogP1),
        Unary("exp x - 1 - x", Elementary, -80, 80, T.ExpM1MinusX, Dual<Real>.ExpM1MinusX),
        Unary("log(1 - exp x)", Elementary, -80, 0, T.Log1MExp, Dual<Real>.Log1MExp),
        Unary("sigmoid", Elementary, -80, 80, T.Sigmoid, Dual<Real>.Sigmoid),
        Unary("log sigmoid", Elementary, -80, 80, T.LogSigmoid, Dual<Real>.LogSigmoid),
        Unary("clamp", Exact, -80, 80, x => T.Clamp(x, -0.75, 1.5), x => Dual<Real>.Clamp(x, -0.75, 1.5)),
        Unary("stopped gradient", Exact, -80, 80, T.StopGradient, Dual<Real>.StopGradient),
        Binary("addition", Exact, (x, y) => x + y, (x, y) => x + y),
        Binary("subtraction", Exact, (x, y) => x - y, (x, y) => x - y),
        Binary("multiplication", Exact, (x, y) => x * y, (x, y) => x * y),
        Binary("division", Elementary, (x, y) => x / y, (x, y) => x / y),
        Binary("minimum, ties", Exact, T.Min, Dual<Real>.Min),
        Binary("maximum, ties", Exact, T.Max, Dual<Real>.Max),
        Binary(
            "selection by order",
            Exact,
            (x, y) => T.SelectByOrder(x, y, x, T.Scale(y, 2), y),
            (x, y) => Dual<Real>.SelectByOrder(x, y, x, Dual<Real>.Scale(y, 2), y)),
        Binary("selection by interval", Exact, (x, y) => T.SelectInside(x, -1, 2, x, y), (x, y) => Dual<Real>.SelectInside(x, -1, 2, x, y)),
        NanAndInfinity,
    ];

    private Func<LawResult> Unary(
        string name, double tolerance, double low, double high, Func<T, T> operation, Func<Dual<Real>, Dual<Real>> reference) => () =>
    {
        (int rows, int columns) = Workbench<T>.Shape(bench.Cases);
        double[] x = bench.Magnitudes(rows * columns, low, high);
        (double[] values, double[][] gradients) = bench.Run([(rows, columns, x)], at => operation(at[0]));
        var error = new UlpError();
        for (int i = 0; i < x.Length; i++)
        {
            Dual<Real> expected = reference(Dual<Real>.Variable(x[i]));
            Compare(error, expected.Value, values[i]);
            Compare(error, expected.Tangent, gradients[0][i]);
        }

        return error.Result(name, tolerance);
    };

    private Func<LawResult> Binary(
        string name, double tolerance, Func<T, T, T> operation, Func<Dual<Real>, Dual<Real>, Dual<Real>> reference) => () =>
    {
        (int rows, int columns) = Workbench<T>.Shape(bench.Cases);
        double[] x = bench.Magnitudes(rows * columns, -80, 80);
        double[] y = [.. bench.Magnitudes(rows * columns, -80, 80).Select((value, i) => i % 5 == 0 ? x[i] : value)];
        (double[] values, double[][] gradients) = bench.Run([(rows, columns, x), (rows, columns, y)], at => operation(at[0], at[1]));
        var error = new UlpError();
        for (int i = 0; i < x.Length; i++)
        {
            Dual<Real> left = reference(Dual<Real>.Variable(x[i]), Dual<Real>.Constant(y[i]));
            Compare(error, left.Value, values[i]);
            Compare(error, left.Tangent, gradients[0][i]);
            Compare(error, reference(Dual<Real>.Constant(x[i]), Dual<Real>.Variable(y[i])).Tangent, gradients[1][i]);
        }

        return error.Result(name, tolerance);
    };

    // A reference past the ends of the floats is infinite or zero there.
    private static void Compare(UlpError error, double expected, double actual)
    {
        double stored = Math.Abs(expected) > float.MaxValue ? (float)expected : expected;
        error.Compare(stored, actual, Math.Abs(stored));
    }

    private LawResult NanAndInfinity()
    {
        double[] special = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, 1, -1];
        (double Left, double Right)[] pairs = [.. special.SelectMany(x => special.Select(y => (x, y)))];
        using IDisposable scope = bench.Engine.Scope();
        T left = bench.Constant(1, pairs.Length, [.. pairs.Select(pair => pair.Left)]);
        T right = bench.Constant(1, pairs.Length, [.. pairs.Select(pair => pair.Right)]);
        T Of(double value) => T.Constant(left, value);
        (Func<T> Engine, Func<Real, Real, Real> Reference)[] laws =
        [
            (() => T.Min(left, right), Real.Min),
            (() => T.Max(left, right), Real.Max),
            (() => T.Clamp(left, -0.5, 0.5), (x, _) => Real.Clamp(x, -0.5, 0.5)),
            (() => T.SelectByOrder(left, right, Of(1), Of(2), Of(3)), (x, y) => Real.SelectByOrder(x, y, 1, 2, 3)),
            (() => T.SelectInside(left, -1, 1, Of(1), Of(2)), (x, _) => Real.SelectInside(x, -1, 1, 1, 2)),
            (() => left + right, (x, y) => x + y),
            (() => left * right, (x, y) => x * y),
        ];
        var error = new UlpError();
        foreach ((Func<T> run, Func<Real, Real, Real> reference) in laws)
        {
            double[] values = bench.Read(run());
            for (int i = 0; i < pairs.Length; i++)
            {
                error.Compare(reference(pairs[i].Left, pairs[i].Right), values[i], 1);
            }
        }

        return error.Result("NaN and infinity", 0);
    }
}
