namespace RlCore.Interop.Tests.Gguf;

/// <summary>Arithmetic that tests need.</summary>
internal static class Numbers
{
    /// <summary>log softmax.</summary>
    public static float[] LogSoftmax(float[] logits)
    {
        double most = logits.Max();
        double log = most + Math.Log(logits.Sum(logit => Math.Exp(logit - most)));
        return [.. logits.Select(logit => (float)(logit - log))];
    }

    /// <summary>The divergence KL(p ‖ q) of two distributions, in nats.</summary>
    public static double Divergence(float[] p, float[] q) => p.Zip(q, (a, b) => Math.Exp(a) * ((double)a - b)).Sum();

    /// <summary>The largest difference of two lists of lists.</summary>
    public static double Difference(float[][] first, float[][] second) =>
        first.Zip(second, (a, b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max()).Max();
}
