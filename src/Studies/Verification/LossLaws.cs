using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Studies.Formulas;

namespace RlCore.Studies.Verification;

/// <summary>Every loss of the catalogue, operation by operation and in one fused pass, value and gradient.</summary>
internal sealed class LossLaws<T>(Workbench<T> bench)
    where T : struct, ITensor<T>
{
    private const double Tolerance = 16;
    private const int MostArguments = 5;

    // Floats this far apart may stand on either side of a kink.
    private const double Kink = 4.0 / (1 << 23);

    public IEnumerable<Func<LawResult>> All => FormulaCatalogue.All.SelectMany(entry => Laws(entry));

    private IEnumerable<Func<LawResult>> Laws(LossEntry entry)
    {
        yield return () => Check(entry, $"{entry.Name}, by operations", at => entry.Formula.Evaluate<T>(at), entry.Variables.Count);
        if (entry.Variables.Count <= MostArguments)
        {
            yield return () => Check(entry, $"{entry.Name}, fused", at => Fused(entry.Formula, at), 1);
        }
    }

    private static T Fused(Formula formula, T[] at)
    {
        T Argument(int index) => at[Math.Min(index, at.Length - 1)];
        return T.MapElements(new ElementFormula(formula, at.Length), at[0], Argument(1), Argument(2), Argument(3), Argument(4));
    }

    // Gradients with respect to the first so many variables, those that are data left out.
    private LawResult Check(LossEntry entry, string name, Func<T[], T> run, int variables)
    {
        (int rows, int columns) = Workbench<T>.Shape(bench.Cases / 8);
        double[][] inputs = [.. entry.Variables.Select(variable => bench.Uniform(rows * columns, variable.Low, variable.High))];
        (double[] values, double[][] gradients) = bench.Run([.. inputs.Select(input => (rows, columns, input))], run);
        int[] differentiable = [.. Enumerable.Range(0, variables).Where(i => entry.Variables[i].Differentiable)];
        var error = new UlpError();
        var at = new double[inputs.Length];
        for (int i = 0; i < values.Length; i++)
        {
            for (int k = 0; k < at.Length; k++)
            {
                at[k] = inputs[k][i];
            }

            error.Add(ErrorNearKinks(entry.Formula, at, -1, values[i]));
            foreach (int variable in differentiable)
            {
                error.Add(ErrorNearKinks(entry.Formula, at, variable, gradients[variable][i]));
            }
        }

        return error.Result(name, Tolerance);
    }

    private static double ErrorNearKinks(Formula formula, double[] at, int variable, double actual)
    {
        double error = Error(formula, at, variable, actual);
        for (int k = 0; k < at.Length && error > Tolerance; k++)
        {
            foreach (double step in new[] { -Kink, Kink })
            {
                double[] beside = [.. at];
                beside[k] *= 1 + step;
                error = Math.Min(error, Error(formula, beside, variable, actual));
            }
        }

        return error;
    }

    // Of the value, or of the derivative by a variable, at its scale: a small loss is a difference of numbers near 1.
    private static double Error(Formula formula, double[] at, int variable, double actual)
    {
        double expected = 0;
        double scale = 0;
        for (int k = 0; k < at.Length; k++)
        {
            Dual<Dual<Real>> result = formula.Evaluate<Dual<Dual<Real>>>([.. at.Select((x, i) => new Dual<Dual<Real>>(
                new(x, i == k ? 1 : 0), new(i == variable ? 1 : 0, 0)))]);
            Dual<Real> quantity = variable < 0 ? result.Value : result.Tangent;
            expected = quantity.Value;
            scale += Math.Abs(at[k] * quantity.Tangent);
        }

        return UlpError.Of(expected, actual, Math.Max(1, Math.Abs(expected) + scale));
    }

    /// <summary>A formula of the catalogue, its variables in their order.</summary>
    private readonly record struct ElementFormula(Formula Formula, int Arguments) : IElementFormula
    {
        public V Evaluate<V>(V variable, V first, V second, V third, V fourth)
            where V : struct, IAlgebra<V>
        {
            V[] all = [variable, first, second, third, fourth];
            return Formula.Evaluate<V>(all.AsSpan(0, Arguments));
        }
    }
}
