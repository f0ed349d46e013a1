namespace RlCore.Algebra;

/// <summary>A one-sample estimator of KL(π‖π_ref); δ = ℓ − ℓ_ref.</summary>
public enum KlEstimator
{
    /// <summary>k1 = δ: unbiased in value; its gradient in a loss has mean zero.</summary>
    K1,

    /// <summary>k2 = ½δ²: biased in value; on policy its gradient is the gradient of the KL.</summary>
    K2,

    /// <summary>k3 = e^(−δ) − 1 + δ: unbiased in value and never negative; its gradient follows the forward KL.</summary>
    K3,

    /// <summary>|δ|.</summary>
    Abs,
}
