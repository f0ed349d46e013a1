namespace RlCore.Algebra;

/// <summary>
/// The rewards of two attempts at one question: what each attempt's own actions are credited with. Both attempts are scored as they
/// stand; the second is paid for the progress from the first as well, so that an answer given twice earns no more than once. Source: Kumar
/// et al. 2024 (SCoRe), sec. 5.2.
/// </summary>
/// <param name="FirstWeight">Weight of the first attempt's reward in its own credit, at least 0. With 0 only the second is trained.</param>
/// <param name="Bonus">α, at least 0: what the second attempt earns for each unit of progress, and pays for each lost.</param>
/// <param name="Discount">
/// γ from 0 to 1: the share of the second attempt's credit that the first one has too. The first attempt's reward then counts
/// w − γ·α for it: where that is below 0, it earns by being wrong so that the second can be better.
/// </param>
public readonly record struct AttemptRewards(double FirstWeight = 1, double Bonus = 1, double Discount = 0)
{
    /// <summary>
    /// The credit of both attempts: second = r₂ + α·(r₂ − r₁), first = w·r₁ + γ·second.
    /// </summary>
    /// <param name="first">r₁, the first attempt's reward.</param>
    /// <param name="second">r₂, the second attempt's reward.</param>
    public (double First, double Second) Of(double first, double second)
    {
        double credit = second + (Bonus * (second - first));
        return ((FirstWeight * first) + (Discount * credit), credit);
    }
}
