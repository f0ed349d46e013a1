using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
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
    /// <param name="recipe">The recipe; its paths must lead to files.</param>
    /// <exception cref="InputException">With every problem of every file.</exception>
    public static RunInputs Read(Recipe recipe)
    {
        var start = recipe.StartFrom.Length > 0 ? ModelFolder.Load(recipe.StartFrom) : null;
        var model = start?.Model ?? recipe.Model;
        var tokenizer = start?.Tokenizer ?? new CharacterTokenizer(recipe.Characters);
        var problems = new List<InputProblem>();
        StageData[] stages = [.. recipe.Stages.Select(stage => ReadStage(stage, model, tokenizer, problems))];
        Question[] evaluation = recipe.Evaluation is { } settings
            ? [.. Dataset.Questions(settings.Data, Checks(model, tokenizer, settings.MaxCompletionTokens, settings.Rewards), problems)]
            : [];
        return problems.Count == 0
            ? new RunInputs(model, tokenizer, start?.Parameters.ToWeights(), stages, evaluation)
            : throw new InputException(problems);
    }

    private static StageData ReadStage(StageSettings stage, ModelSettings model, ITokenizer tokenizer, List<InputProblem> problems) => stage switch
    {
        StageSettings.Supervised => new StageData.Supervised(
            [.. Dataset.Demonstrations(stage.Data, new DatasetChecks { Tokenizer = tokenizer, Context = model.Context }, problems).Select(d => Encode(d.Prompt, d.Completion, tokenizer))]),
        StageSettings.Preference => new StageData.Preference(
            [.. Dataset.Preferences(stage.Data, new DatasetChecks { Tokenizer = tokenizer, Context = model.Context }, problems).Select(p => new SequencePair(
                Encode(p.Prompt, p.Chosen, tokenizer),
                Encode(p.Prompt, p.Rejected, tokenizer)))]),
        StageSettings.OnPolicy onPolicy => new StageData.OnPolicy(
            [.. Dataset.Questions(stage.Data, Checks(model, tokenizer, onPolicy.MaxCompletionTokens, onPolicy.Rewards), problems)]),
        StageSettings.Rejection rejection => new StageData.OnPolicy(
            [.. Dataset.Questions(stage.Data, Checks(model, tokenizer, rejection.MaxCompletionTokens, rejection.Rewards), problems)]),
        StageSettings.ScoredTuning scored => ScoredChoice.Read(scored, new DatasetChecks { Tokenizer = tokenizer, Context = model.Context }, row => Encode(row.Prompt, row.Completion, tokenizer), problems),
        _ => throw new InvalidOperationException($"Unknown stage {stage.GetType().Name}."),
    };

    private static DatasetChecks Checks(ModelSettings model, ITokenizer tokenizer, int completionTokens, IReadOnlyList<RewardSettings> rewards) => new()
    {
        Tokenizer = tokenizer,
        Context = model.Context,
        CompletionTokens = completionTokens,
        Rewards = rewards,
    };

    private static TokenSequence Encode(string prompt, string completion, ITokenizer tokenizer)
    {
        int[] start = tokenizer.Encode(prompt);
        return new TokenSequence([.. start, .. tokenizer.Encode(completion), tokenizer.EndOfSequence], start.Length);
    }
}
