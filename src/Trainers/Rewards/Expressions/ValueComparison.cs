using System.Numerics;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Whether two expressions have the same value. Where both are rational at every point, in exact arithmetic: for numbers this is a
/// proof; with variables, different rational functions of degree d agree at all points with a probability below (d/2²³)³. Otherwise in
/// floating point, to the bound of its error, which must be below 1e-9 of the value. Last, if one side was written with decimals and
/// neither has variables, to the stated number of decimals.
/// </summary>
/// <param name="precision">Decimals to which a number written with decimals must agree.</param>
internal sealed class ValueComparison(int precision)
{
    private const int Wanted = 3;

    private const int MostPoints = 12;

    private const double MostError = 1e-9;

    private const double LeastSize = 1e-250;

    /// <summary>Whether two expressions are equal.</summary>
    /// <param name="gold">One, the right one.</param>
    /// <param name="other">The other.</param>
    public bool AreEqual(ExpressionNode gold, ExpressionNode other)
    {
        if (gold.Key == other.Key)
        {
            return true;
        }

        bool isConstant = !HasVariables(gold) && !HasVariables(other);
        bool isEqual = AreEqualAt(gold, other, isConstant, false, out bool isDecided)
            || (!isDecided && !isConstant && AreEqualAt(gold, other, false, true, out _));
        return isEqual || (isConstant && (HasDecimals(gold) || HasDecimals(other)) && AreClose(gold, other));
    }

    /// <summary>Whether one expression is a constant multiple of another, as the sides of equal equations are.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    /// <param name="isPositive">Whether the constant must be positive.</param>
    public static bool AreProportional(ExpressionNode one, ExpressionNode other, bool isPositive)
    {
        int found = 0;
        Complex ratio = 0;
        var quotient = new ApplyNode("/", one, other);
        Rational? exact = null;
        for (int i = 0; i < MostPoints && found < Wanted; i++)
        {
            ExactOutcome outcome = new ExactValue(new SamplePoint(i, false)).Evaluate(quotient, out Rational value);
            if (outcome == ExactOutcome.Known)
            {
                if (value == default || (isPositive && value.Numerator.Sign < 0) || (exact is { } known && known != value))
                {
                    return false;
                }

                exact = value;
                found++;
            }
            else if (outcome == ExactOutcome.Inexact
                && new NumericValue(new SamplePoint(i, false)).Evaluate(quotient) is { IsKnown: true } near)
            {
                bool isSame = found == 0 || Complex.Abs(near.Value - ratio) <= (8 * near.Error) + (1e-12 * Complex.Abs(ratio));
                bool isPrecise = near.Error <= MostError * Complex.Abs(near.Value);
                bool hasSign = !isPositive || (near.Value.Real > 0 && Math.Abs(near.Value.Imaginary) <= near.Error);
                if (!isSame || !isPrecise || !hasSign || exact is not null)
                {
                    return false;
                }

                ratio = near.Value;
                found++;
            }
        }

        return found == Wanted;
    }

    /// <summary>Whether an expression has variables.</summary>
    /// <param name="node">The expression.</param>
    public static bool HasVariables(ExpressionNode node) => node switch
    {
        SymbolNode symbol => !ExpressionConstants.IsConstant(symbol.Name),
        ApplyNode apply when ExpressionConstants.IsOpaque(apply) => true,
        _ => node.Parts.Any(HasVariables),
    };

    /// <summary>The real value of an expression without variables.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="value">Its value.</param>
    public static bool TryReal(ExpressionNode node, out double value)
    {
        Approximation near = HasVariables(node) ? Approximation.None : new NumericValue(new SamplePoint(0, false)).Evaluate(node);
        value = near.Value.Real;
        return near.IsKnown && Math.Abs(near.Value.Imaginary) <= near.Error;
    }

    private static bool HasDecimals(ExpressionNode node) => node is NumberNode { IsDecimal: true } || node.Parts.Any(HasDecimals);

    private static bool AreEqualAt(ExpressionNode gold, ExpressionNode other, bool isConstant, bool isWhole, out bool isDecided)
    {
        int wanted = isConstant ? 1 : Wanted;
        int found = 0;
        isDecided = false;
        for (int i = 0; i < (isConstant ? 1 : MostPoints) && found < wanted; i++)
        {
            var point = new SamplePoint(i, isWhole);
            bool? same = IsSameAt(gold, other, point);
            isDecided |= same is not null;
            if (same == false)
            {
                return false;
            }

            found += same == true ? 1 : 0;
        }

        return found == wanted;
    }

    // Null if one of the two has no value at the point.
    private static bool? IsSameAt(ExpressionNode gold, ExpressionNode other, SamplePoint point)
    {
        var exact = new ExactValue(point);
        ExactOutcome first = exact.Evaluate(gold, out Rational right);
        ExactOutcome second = exact.Evaluate(other, out Rational given);
        if (first == ExactOutcome.Known && second == ExactOutcome.Known)
        {
            return right == given;
        }

        if (first == ExactOutcome.Undefined || second == ExactOutcome.Undefined)
        {
            return null;
        }

        var numeric = new NumericValue(point);
        Approximation a = numeric.Evaluate(gold);
        Approximation b = numeric.Evaluate(other);
        if (!a.IsKnown || !b.IsKnown)
        {
            return null;
        }

        // What has vanished below the range of the numbers tells nothing.
        double error = a.Error + b.Error;
        double size = Math.Max(Complex.Abs(a.Value), Complex.Abs(b.Value));
        return size < LeastSize ? null : Complex.Abs(a.Value - b.Value) <= 4 * error && error <= MostError * Math.Max(size, 1e-3);
    }

    // The last decimal may be rounded; a small number must agree in its leading digits too.
    private bool AreClose(ExpressionNode gold, ExpressionNode other)
    {
        if (!TryReal(gold, out double right) || !TryReal(other, out double given))
        {
            return false;
        }

        double distance = Math.Abs(right - given);
        double unit = Math.Pow(10, -precision);
        return distance <= unit * (0.5 + 1e-9) && distance <= 10 * unit * Math.Abs(right);
    }
}
