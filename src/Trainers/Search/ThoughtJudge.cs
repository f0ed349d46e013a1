using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Search;

/// <summary>A reward model that scores thoughts.</summary>
/// <param name="Model">The model.</param>
/// <param name="StepEnd">Where the steps end that it scores; null if it scores what is written so far.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed record ThoughtJudge<T>(ScalarModel<T> Model, StepEnd? StepEnd)
    where T : struct, ITensor<T>;

/// <summary>Loads reward models that score thoughts.</summary>
internal static class ThoughtJudges
{
    /// <summary>A reward model that scores the thoughts of a search.</summary>
    /// <param name="models">Where reward models come from.</param>
    /// <param name="settings">Which one; null for none.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <exception cref="Inputs.InputException">It is missing or damaged, or does not fit the policy.</exception>
    public static ThoughtJudge<T>? Judge<T>(this RewardModels<T> models, RewardSettings.Learnt? settings)
        where T : struct, ITensor<T>
    {
        if (settings is null)
        {
            return null;
        }

        (ScalarModel<T> model, StepEnd? stepEnd) = models.Load(settings);
        return new ThoughtJudge<T>(model, stepEnd);
    }
}
