using RlCore.Algebra;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What the formulas say of a token: its loss, the loss's derivative by the log-prob, and on which side it is clipped.</summary>
internal readonly record struct TokenTerm(double Loss, double Slope, bool ClippedLow = false, bool ClippedHigh = false);

/// <summary>The losses of policies told again, in plain numbers and one completion at a time.</summary>
internal static class PolicyFormula
{
    /// <summary>The surrogate of a completion's tokens, with the KL that is in the loss.</summary>
    public static TokenTerm[] Of(OnPolicyLoss loss, double[] now, double[] old, double[] reference, double[] advantages) =>
        [.. Surrogates(loss.Surrogate, now, old, advantages).Select((term, t) => WithKl(term, loss.Kl, now[t] - reference[t]))];

    private static IEnumerable<TokenTerm> Surrogates(Surrogate surrogate, double[] now, double[] old, double[] advantages)
    {
        double[] logRatios = [.. now.Zip(old, (current, before) => current - before)];
        double mean = logRatios.DefaultIfEmpty(0).Average();
        return surrogate switch
        {
            Surrogate.Gspo of => advantages.Select(a => Clip(Math.Exp(mean), a, of.ClipLow, of.ClipHigh)),
            Surrogate.Gmpo of => Gmpo(of, logRatios, advantages),
            Surrogate.Vespo of => Vespo(of, now, logRatios, advantages),
            _ => logRatios.Select((logRatio, t) => OfToken(surrogate, Math.Exp(logRatio), now[t], advantages[t])),
        };
    }

    private static TokenTerm OfToken(Surrogate surrogate, double ratio, double logProb, double a) => surrogate switch
    {
        Surrogate.Clip { DualClip: { } cap } of when a < 0 && Clip(ratio, a, of.ClipLow, of.ClipHigh).Loss > -cap * a =>
            Clip(ratio, a, of.ClipLow, of.ClipHigh) with { Loss = -cap * a, Slope = 0 },
        Surrogate.Clip of => Clip(ratio, a, of.ClipLow, of.ClipHigh),
        Surrogate.TwoSided of when a < 0 && ratio > of.Delta => Clip(ratio, a, of.ClipLow, of.ClipHigh) with
        {
            Loss = -of.Delta * a,
            Slope = 0,
        },
        Surrogate.TwoSided of => Clip(ratio, a, of.ClipLow, of.ClipHigh),
        Surrogate.Cispo of => new(
            -Math.Min(ratio, of.WeightCap) * a * logProb, -Math.Min(ratio, of.WeightCap) * a, false, ratio > of.WeightCap),
        Surrogate.Sapo of => Sapo(ratio, a, a > 0 ? of.PositiveTemperature : of.NegativeTemperature),
        Surrogate.ImportanceWeighted => new(-ratio * a, -ratio * a),
        Surrogate.Reinforce => new(-a * logProb, -a),
        _ => throw new ArgumentOutOfRangeException(nameof(surrogate), surrogate, "A surrogate without a formula here."),
    };

    // max(−ρA, −clip(ρ)A): flat where the clipped side is the larger loss.
    private static TokenTerm Clip(double ratio, double a, double low, double high)
    {
        (bool below, bool above) = (a < 0 && ratio < 1 - low, a > 0 && ratio > 1 + high);
        return below ? new(-(1 - low) * a, 0, ClippedLow: true)
            : above ? new(-(1 + high) * a, 0, ClippedHigh: true)
            : new(-ratio * a, -ratio * a);
    }

    private static TokenTerm Sapo(double ratio, double a, double temperature)
    {
        double sigma = 1 / (1 + Math.Exp(-temperature * (ratio - 1)));
        return new(-a * sigma * 4 / temperature, -a * 4 * sigma * (1 - sigma) * ratio);
    }

    // The geometric mean of ratios that are limited on the side to which the advantage pushes.
    private static IEnumerable<TokenTerm> Gmpo(Surrogate.Gmpo of, double[] logRatios, double[] advantages)
    {
        bool[] low = [.. logRatios.Zip(advantages, (x, a) => a <= 0 && x < -of.ClipLow)];
        bool[] high = [.. logRatios.Zip(advantages, (x, a) => a > 0 && x > of.ClipHigh)];
        double mean = logRatios.Select((x, t) => low[t] ? -of.ClipLow : high[t] ? of.ClipHigh : x).DefaultIfEmpty(0).Average();
        return advantages.Select((a, t) => new TokenTerm(
            -Math.Exp(mean) * a, low[t] || high[t] ? 0 : -Math.Exp(mean) * a, low[t] && a < 0, high[t]));
    }

    private static IEnumerable<TokenTerm> Vespo(Surrogate.Vespo of, double[] now, double[] logRatios, double[] advantages)
    {
        (double k, double rate) = advantages.DefaultIfEmpty(0).Average() < 0
            ? (of.NegativeShape, of.NegativeRate)
            : (of.PositiveShape, of.PositiveRate);
        double weight = Math.Exp((k * logRatios.Sum()) - (rate * Math.Exp(logRatios.Sum())) + rate);
        return advantages.Select((a, t) => new TokenTerm(-weight * a * now[t], -weight * a));
    }

    private static TokenTerm WithKl(TokenTerm term, KlPenalty kl, double logRatio)
    {
        if (kl is not KlPenalty.Loss { KlCoefficient: > 0 } loss)
        {
            return term;
        }

        (double value, double slope) = loss.KlEstimator switch
        {
            KlEstimator.K1 => (logRatio, 1),
            KlEstimator.K2 => (0.5 * logRatio * logRatio, logRatio),
            _ => (Math.Exp(-logRatio) + logRatio - 1, 1 - Math.Exp(-logRatio)),
        };
        return term with
        {
            Loss = term.Loss + (loss.KlCoefficient * value),
            Slope = term.Slope + (loss.KlCoefficient * slope),
        };
    }
}

/// <summary>What the loss of a policy consists of.</summary>
internal sealed record OnPolicyLoss(Surrogate Surrogate, KlPenalty Kl);
