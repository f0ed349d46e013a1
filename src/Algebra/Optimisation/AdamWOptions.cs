namespace RlCore.Algebra;

/// <summary>
/// The constants of AdamW: decoupled decay, bias-corrected, ε added to √v̂. Source: Kingma &amp; Ba 2015; Loshchilov &amp; Hutter 2019.
/// </summary>
public record AdamWOptions
{
    /// <summary>Decay of the first moment.</summary>
    /// <value>0.9.</value>
    [Within(0, 1, HighOpen = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>0.999.</value>
    [Within(0, 1, HighOpen = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Constant added to the square root of the second moment.</summary>
    /// <value>1e-8.</value>
    [Within(0, LowOpen = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices, per unit of learning rate.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double WeightDecay { get; init; }
}
