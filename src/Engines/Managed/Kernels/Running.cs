namespace RlCore.Engines.Managed;

/// <summary>A softmax seen so far: maximum m, Σ e^(z−m), Σ e^(z−m)(z−m), and the target's logit.</summary>
internal struct Running
{
    public float Maximum;
    public float Target;
    public double Sum;
    public double Weighted;

    public static Running Empty => new() { Maximum = float.NegativeInfinity };

    /// <summary>Adds a tile whose sums are relative to <paramref name="maximum"/>, which is at least the present one.</summary>
    /// <returns>What earlier sums are multiplied by for that.</returns>
    public double Add(float maximum, double sum, double weighted)
    {
        double factor = 1;
        if (Sum > 0)
        {
            double shift = (double)Maximum - maximum;
            factor = Math.Exp(shift);
            Weighted = factor * (Weighted + (shift * Sum));
            Sum *= factor;
        }

        Maximum = maximum;
        Sum += sum;
        Weighted += weighted;
        return factor;
    }
}
