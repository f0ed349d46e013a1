using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Corrections of a loss for a sampler that is not the policy, on completions that can all be enumerated.</summary>
public sealed class SamplerCorrectionLaws
{
    private const int Tokens = 3;
    private const int Length = 2;

    private static readonly SamplerCorrection[] All =
    [
        new SamplerCorrection.None(),
        new SamplerCorrection.TokenTruncate(),
        new SamplerCorrection.TokenReject(),
        new SamplerCorrection.SequenceTruncate(),
        new SamplerCorrection.SequenceReject(),
        new SamplerCorrection.GeometricMean(),
    ];

    // Sampled hotter than it says: the gradient of the expected reward, by the policy, by the sampler, and by the sampler with weights.
    [Property]
    public void With_weights_of_whole_completions_the_gradient_is_the_policys(Signal a, Signal b, Signal c, Signal d, Signal e, Signal f)
    {
        double[] logits = [a, b, c, d, e, f];
        double[] policy = logits, hotter = [.. logits.Select(logit => logit / 1.7)];
        double[] exact = Gradient(policy, policy, null);
        double[] biased = Gradient(policy, hotter, null);
        double[] corrected = Gradient(policy, hotter, new SamplerCorrection.SequenceTruncate(1e12));
        double gap = Distance(exact, biased);
        Assert.True(Distance(exact, corrected) <= 1e-9 + (1e-6 * gap), $"{Distance(exact, corrected)} of a gap of {gap}");

        // A cap trades some of that for less variance; it never makes a weight larger.
        double[] capped = Gradient(policy, hotter, new SamplerCorrection.SequenceTruncate(1.5));
        Assert.All(capped, value => Assert.True(double.IsFinite(value)));
    }

    [Property]
    public void A_sampler_that_is_the_policy_needs_no_correction(TokenBatch batch, Signal level)
    {
        double[] logProbs = [.. Enumerable.Range(0, batch.Mask.Flags.Length).Select(i => -Math.Abs((double)level) - (0.1 * i))];
        foreach (SamplerCorrection correction in All)
        {
            double[] weights = correction.Weights(logProbs, logProbs, batch.Mask);
            for (int i = 0; i < weights.Length; i++)
            {
                Assert.Equal(batch.Mask.Flags[i] ? 1 : 0, weights[i], 1e-12);
            }
        }
    }

    [Fact]
    public void Each_correction_weighs_as_it_says()
    {
        // Two completions of two actions: ratios 3 and 1/2, and 1 and 1.005.
        SequenceMask mask = SequenceMask.Full(2, 2);
        double[] sampler = [-1, -1, -1, -1];
        double[] policy = [-1 + Math.Log(3), -1 - Math.Log(2), -1, -1 + Math.Log(1.005)];
        double[] Of(SamplerCorrection correction) => correction.Weights(policy, sampler, mask);
        AssertWeights([1, 1, 1, 1], Of(new SamplerCorrection.None()));
        AssertWeights([2, 0.5, 1, 1.005], Of(new SamplerCorrection.TokenTruncate(2)));
        AssertWeights([0, 0.5, 1, 1.005], Of(new SamplerCorrection.TokenReject(2)));
        AssertWeights([1.2, 1.2, 1.005, 1.005], Of(new SamplerCorrection.SequenceTruncate(1.2)));
        AssertWeights([0, 0, 1.005, 1.005], Of(new SamplerCorrection.SequenceReject(1.2)));
        AssertWeights([0, 0, 1, 1], Of(new SamplerCorrection.GeometricMean(0.99, 1.01)));
        Assert.Throws<ArgumentException>(() => new SamplerCorrection.None().Weights(policy, [0], mask));
    }

    private static void AssertWeights(double[] expected, double[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-12);
        }
    }

    // Σ_y μ(y) Σ_t w_t·R(y)·∇log π(y_t): logits of the first token, then of the second whatever the first is.
    private static double[] Gradient(double[] policy, double[] sampler, SamplerCorrection? correction)
    {
        double[][] log = [LogSoftmax(policy[..Tokens]), LogSoftmax(policy[Tokens..])];
        double[][] drawn = [LogSoftmax(sampler[..Tokens]), LogSoftmax(sampler[Tokens..])];
        var gradient = new double[Length * Tokens];
        for (int y = 0; y < Tokens * Tokens; y++)
        {
            int[] tokens = [y / Tokens, y % Tokens];
            double[] of = [.. tokens.Select((token, t) => log[t][token])];
            double[] by = [.. tokens.Select((token, t) => drawn[t][token])];
            double[] weights = correction?.Weights(of, by, SequenceMask.Full(1, Length)) ?? [1, 1];
            double reward = (tokens[0] * 0.7) - (tokens[1] * tokens[0]) + (y == 4 ? 2 : 0);
            for (int t = 0; t < Length; t++)
            {
                for (int v = 0; v < Tokens; v++)
                {
                    gradient[(t * Tokens) + v] +=
                        Math.Exp(by.Sum()) * weights[t] * reward * ((v == tokens[t] ? 1 : 0) - Math.Exp(log[t][v]));
                }
            }
        }

        return gradient;
    }

    private static double[] LogSoftmax(double[] logits)
    {
        double most = logits.Max();
        double sum = Math.Log(logits.Sum(logit => Math.Exp(logit - most))) + most;
        return [.. logits.Select(logit => logit - sum)];
    }

    private static double Distance(double[] left, double[] right) =>
        Math.Sqrt(left.Zip(right, (a, b) => (a - b) * (a - b)).Sum());
}
