using System.Globalization;

namespace RlCore.Engines;

/// <summary>
/// The temperatures at which log-probs can be computed. Sampling works at any: it needs only the order of the logits as the temperature
/// goes to 0. A log-prob needs their differences divided by the temperature, in float32.
/// </summary>
public static class ScoringTemperature
{
    /// <summary>The least: below it, rounding a logit of 16 to float32 would move its log-prob by more than 0.001 nats.</summary>
    public const double Least = 0.001;

    /// <summary>Rejects a temperature at which no log-prob is computed.</summary>
    /// <param name="temperature">The temperature that divides the logits.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below <see cref="Least"/>, infinite or NaN.</exception>
    public static void Check(double temperature)
    {
        if (!(temperature >= Least && double.IsFinite(temperature)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(temperature),
                temperature,
                string.Create(CultureInfo.InvariantCulture, $"A temperature at which log-probs are computed is at least {Least}."));
        }
    }
}
