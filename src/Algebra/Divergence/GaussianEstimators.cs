namespace RlCore.Algebra;

/// <summary>
/// Bias and standard deviation of the one-sample KL estimators between two normal distributions, by quadrature; the
/// textbook example of their bias–variance trade-off. Source: J. Schulman, "Approximating KL Divergence", 2020.
/// </summary>
public static class GaussianEstimators
{
    private const int Steps = 20_000;
    private const double Reach = 14;

    /// <summary>KL(q‖p) of two normals, in nats.</summary>
    public static double Kl(double qMean, double qStd, double pMean, double pStd) =>
        Math.Log(pStd / qStd) + (((qStd * qStd) + ((qMean - pMean) * (qMean - pMean))) / (2 * pStd * pStd)) - 0.5;

    /// <summary>(E[k] − KL)/KL and std[k]/KL for samples of q.</summary>
    /// <param name="estimator">Which estimator.</param>
    /// <param name="qMean">Mean of the sampled distribution.</param>
    /// <param name="qStd">Its standard deviation.</param>
    /// <param name="pMean">Mean of the reference.</param>
    /// <param name="pStd">Its standard deviation.</param>
    public static (double BiasOverTrue, double StdOverTrue) Moments(
        KlEstimator estimator, double qMean, double qStd, double pMean, double pStd)
    {
        double mean = 0;
        double square = 0;
        const double Width = 2 * Reach / Steps;
        for (int i = 0; i <= Steps; i++)
        {
            double z = -Reach + (i * Width);
            double weight = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) * Width;
            double x = qMean + (qStd * z);
            double k = KlEstimators.Estimate<Real>(estimator, LogDensity(x, qMean, qStd), LogDensity(x, pMean, pStd));
            mean += weight * k;
            square += weight * k * k;
        }

        double kl = Kl(qMean, qStd, pMean, pStd);
        return ((mean - kl) / kl, Math.Sqrt(square - (mean * mean)) / kl);
    }

    // Less the ½·log 2π that cancels in every ratio.
    private static double LogDensity(double x, double mean, double std) => (-0.5 * ((x - mean) / std) * ((x - mean) / std)) - Math.Log(std);
}
