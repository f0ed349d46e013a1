using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>Everything that a run reads, read and checked before any work starts.</summary>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Start">Weights to start from; null for random ones.</param>
/// <param name="Stages">The data of each stage.</param>
/// <param name="Evaluation">Questions of the evaluation; empty without one.</param>
public sealed record RunInputs(
    ModelSettings Model,
    ITokenizer Tokenizer,
    IReadOnlyDictionary<string, float[]>? Start,
    IReadOnlyList<StageData> Stages,
    IReadOnlyList<Question> Evaluation)
{
    /// <summary>Shape of the model that each stage trains: the run's, until a stage begins a student of its own.</summary>
    public required IReadOnlyList<ModelSettings> Trained { get; init; }

    /// <summary>Reads the inputs of a recipe.</summary>
    /// <param name="recipe">The recipe; its paths must lead to files, which stay as they are until the run ends.</param>
    /// <param name="observer">Told how far the check of a long dataset is.</param>
    /// <param name="memory">How much memory each dataset may take; null for the defaults.</param>
    /// <exception cref="InputException">With every problem of every file.</exception>
    public static RunInputs Read(Recipe recipe, IRunObserver? observer = null, DatasetMemory? memory = null)
    {
        var start = recipe.StartFrom.Length > 0 ? ModelFolder.Load(recipe.StartFrom) : null;
        var model = start?.Model ?? recipe.Model;
        var tokenizer = start?.Tokenizer ?? new CharacterTokenizer(recipe.Characters);
        ModelSettings[] trained = [.. StageModels.Along(recipe, model)];
        var reader = new StageReader(tokenizer, memory ?? new DatasetMemory(), observer);
        StageData[] stages = [.. recipe.Stages.Select((stage, index) => reader.Read(stage, StageModels.Context(recipe, trained, index, tokenizer, reader.Add)))];
        IReadOnlyList<Question> evaluation = recipe.Evaluation is { } settings ? reader.Read(settings, trained.Append(model).Min(shape => shape.Context)) : [];
        reader.CheckRewardModels(recipe, trained.Append(model).MaxBy(shape => shape.Context) ?? model);
        return reader.Problems.Count == 0
            ? new RunInputs(model, tokenizer, start?.Parameters.ToWeights(), stages, evaluation) { Trained = trained }
            : throw new InputException(reader.Problems);
    }
}
