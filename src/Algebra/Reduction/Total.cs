namespace RlCore.Algebra;

/// <summary>
/// A weighted sum before division: the monoid in which a loss is accumulated over micro-batches, rows and
/// processes. The division happens once, at the end, so the split does not matter.
/// </summary>
/// <param name="Sum">Σ wᵢ·xᵢ.</param>
/// <param name="Weight">Σ wᵢ.</param>
public readonly record struct Total(double Sum, double Weight)
{
    /// <summary>The neutral element: nothing added yet.</summary>
    public static Total Zero => default;

    /// <summary>Adds two totals.</summary>
    public static Total operator +(Total left, Total right) => new(left.Sum + right.Sum, left.Weight + right.Weight);

    /// <summary>Sum / Weight; 0 when nothing has weight, so that a step without tokens has loss 0 and not NaN.</summary>
    public double Mean => Weight == 0 ? 0 : Sum / Weight;
}
