using RlCore.Algebra;

namespace RlCore.Properties;

public sealed class RealObeysTheAlgebra : AlgebraLaws<Real>
{
    protected override double Tolerance => 1e-15;

    protected override Real Of(double value) => value;

    protected override double Read(Real value) => value;
}

public sealed class DualObeysTheAlgebra : AlgebraLaws<Dual<Real>>
{
    protected override double Tolerance => 1e-15;

    protected override Dual<Real> Of(double value) => Dual<Real>.Variable(value);

    protected override double Read(Dual<Real> value) => value.Value;
}

public sealed class SecondDualObeysTheAlgebra : AlgebraLaws<Dual<Dual<Real>>>
{
    protected override double Tolerance => 1e-15;

    protected override Dual<Dual<Real>> Of(double value) => Dual<Dual<Real>>.Variable(Dual<Real>.Variable(value));

    protected override double Read(Dual<Dual<Real>> value) => value.Value.Value;
}

public sealed class FloatLanesObeyTheAlgebra : AlgebraLaws<Lanes<float>>
{
    protected override double Tolerance => 5e-7;

    protected override Lanes<float> Of(double value) => Lanes<float>.Broadcast((float)value);

    protected override double Read(Lanes<float> value) => value.Vector[Lanes<float>.Count - 1];
}

public sealed class DoubleLanesObeyTheAlgebra : AlgebraLaws<Lanes<double>>
{
    protected override double Tolerance => 1e-15;

    protected override Lanes<double> Of(double value) => Lanes<double>.Broadcast(value);

    protected override double Read(Lanes<double> value) => value.Vector[Lanes<double>.Count - 1];
}

public sealed class DualFloatLanesObeyTheAlgebra : AlgebraLaws<Dual<Lanes<float>>>
{
    protected override double Tolerance => 5e-7;

    protected override Dual<Lanes<float>> Of(double value) => Dual<Lanes<float>>.Variable(Lanes<float>.Broadcast((float)value));

    protected override double Read(Dual<Lanes<float>> value) => value.Value.Vector[0];
}

public sealed class DualDoubleLanesObeyTheAlgebra : AlgebraLaws<Dual<Lanes<double>>>
{
    protected override double Tolerance => 1e-15;

    protected override Dual<Lanes<double>> Of(double value) => Dual<Lanes<double>>.Variable(Lanes<double>.Broadcast(value));

    protected override double Read(Dual<Lanes<double>> value) => value.Value.Vector[0];
}

public sealed class GridObeysTheAlgebra : AlgebraLaws<Grid<Real>>
{
    protected override double Tolerance => 1e-15;

    protected override Grid<Real> Of(double value) => Grid<Real>.Of(1, 2, [value, value]);

    protected override double Read(Grid<Real> value) => value[0, 1];
}

public sealed class DualGridObeysTheAlgebra : AlgebraLaws<Grid<Dual<Real>>>
{
    protected override double Tolerance => 1e-15;

    protected override Grid<Dual<Real>> Of(double value) => Grid<Dual<Real>>.Scalar(Dual<Real>.Variable(value));

    protected override double Read(Grid<Dual<Real>> value) => value[0, 0].Value;
}

/// <summary>A symbol named by its number, so that nothing folds before it is read.</summary>
public sealed class ExprObeysTheAlgebra : AlgebraLaws<Expr>
{
    protected override double Tolerance => 1e-15;

    protected override Expr Of(double value) => Expr.Symbol(value.ToString("R", System.Globalization.CultureInfo.InvariantCulture));

    protected override double Read(Expr value) => Value(value);

    internal static double Value(Expr value) =>
        value.Evaluate<Real>(0, name => double.Parse(name, System.Globalization.CultureInfo.InvariantCulture));
}

public sealed class DualExprObeysTheAlgebra : AlgebraLaws<Dual<Expr>>
{
    protected override double Tolerance => 1e-15;

    protected override Dual<Expr> Of(double value) =>
        Dual<Expr>.Variable(Expr.Symbol(value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));

    protected override double Read(Dual<Expr> value) => ExprObeysTheAlgebra.Value(value.Value);
}
