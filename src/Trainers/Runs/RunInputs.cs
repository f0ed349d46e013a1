using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

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
        var reader = new StageReader(model, tokenizer, memory ?? new DatasetMemory(), observer);
        StageData[] stages = [.. recipe.Stages.Select(reader.Read)];
        IReadOnlyList<Question> evaluation = recipe.Evaluation is { } settings ? reader.Read(settings) : [];
        reader.CheckRewardModels(recipe);
        return reader.Problems.Count == 0
            ? new RunInputs(model, tokenizer, start?.Parameters.ToWeights(), stages, evaluation)
            : throw new InputException(reader.Problems);
    }
}
