using System.Globalization;
using Microsoft.Extensions.Options;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>What a program trains.</summary>
public interface ITrainingPlan
{
    /// <summary>Reads it, after the model that it starts from has been fetched.</summary>
    /// <param name="stop">Stops a download.</param>
    /// <exception cref="InputException">With every problem of the recipe and its settings.</exception>
    RunRequest Read(CancellationToken stop);
}

/// <summary>The recipe that the options name.</summary>
/// <param name="options">The options.</param>
/// <param name="registry">What the recipe may name.</param>
internal sealed class ConfiguredTraining(IOptions<TrainingOptions> options, Registry registry) : ITrainingPlan
{
    /// <inheritdoc/>
    public RunRequest Read(CancellationToken stop)
    {
        TrainingOptions asked = options.Value;
        if (asked.Recipe.Length == 0)
        {
            throw new InputException(new InputProblem(nameof(TrainingOptions.Recipe), 0, "", "nothing", "a recipe's file"));
        }

        IEnumerable<string> seed = asked.Seed is { } number ? [string.Create(CultureInfo.InvariantCulture, $"seed={number}")] : [];
        Recipe recipe = RecipeReader.Read(asked.Recipe, [.. asked.Set, .. seed], registry);
        return RunRequest.Under(asked.Runs, recipe, asked.Output, asked.Resume) with
        {
            Tokenizers = registry.Tokenizers,
            SkipsDamaged = asked.SkipDamaged,
            ShardsOptimizer = asked.ShardOptimizer,
        };
    }
}
