using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Trainers.Stages;

/// <summary>What the settings of several kinds of stages ask of each other.</summary>
internal static class StageRules
{
    /// <summary>A warm-up ends within its stage.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="key">The key of the warm-up.</param>
    /// <param name="updates">Optimizer steps of the stage.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void CheckWarmup(this Schedule schedule, string key, long updates, Action<string, string, string> add)
    {
        if (schedule.WarmupSteps > updates)
        {
            add(key, $"{schedule.WarmupSteps}", $"at most the {updates} optimizer steps of the stage");
        }
    }

    /// <summary>Completions that are compared with each other are drawn at a temperature.</summary>
    /// <param name="sampling">How they are drawn.</param>
    /// <param name="key">Where the settings stand.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void CheckVaried(this SamplingOptions sampling, string key, Action<string, string, string> add)
    {
        if (sampling.Temperature == 0)
        {
            add(
                $"{key}.temperature",
                sampling.Temperature.ToString(CultureInfo.InvariantCulture),
                "a number above 0, as greedy completions of one prompt are all the same");
        }
    }

    /// <summary>The log-probs of completions can be computed at the temperature at which they were drawn.</summary>
    /// <param name="sampling">How they are drawn.</param>
    /// <param name="key">Where the settings stand.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void CheckScored(this SamplingOptions sampling, string key, Action<string, string, string> add)
    {
        if (sampling.Temperature is > 0 and < ScoringTemperature.Least)
        {
            add(
                $"{key}.temperature",
                sampling.Temperature.ToString(CultureInfo.InvariantCulture),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"at least {ScoringTemperature.Least}: the policy's log-probs are computed at this temperature too, in float32"));
        }
    }
}
