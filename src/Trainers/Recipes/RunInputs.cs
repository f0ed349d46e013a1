using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>All inputs of a run, read and checked before any work starts.</summary>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Start">The model to start from; null for random weights.</param>
/// <param name="Stages">The data of each stage.</param>
/// <param name="Evaluation">Questions of the evaluation; empty without one.</param>
internal sealed record RunInputs(
    ModelSettings Model,
    ITokenizer Tokenizer,
    ModelFolder? Start,
    IReadOnlyList<StageData> Stages,
    IReadOnlyList<Question> Evaluation)
{
    /// <summary>Shape of the model that each stage trains: the run's, until a stage starts a new student.</summary>
    public required IReadOnlyList<ModelSettings> Trained { get; init; }

    /// <summary>Tokens of the longest sequence of each stage, with its completion.</summary>
    public required IReadOnlyList<int> Longest { get; init; }

    /// <summary>Least tokens of a shard of each stage, so that it has enough work.</summary>
    /// <param name="shardWork">Tokens times parameters of the model.</param>
    public IReadOnlyList<int> TokensPerShard(double shardWork) =>
    [
        .. Trained.Select(model => (int)Math.Min(
            int.MaxValue,
            Math.Ceiling(shardWork / ParameterPlan.Create(model, Tokenizer.VocabularySize).Sum(part => (double)part.Size)))),
    ];

    /// <summary>What all checkpoints of the run have in common.</summary>
    public RunModels Shared => new(Tokenizer, Start);

    /// <summary>Kinds of tokenizers that checkpoints may have; null for what is shipped.</summary>
    internal TokenizerKinds? Tokenizers { get; init; }

    /// <summary>Reads the inputs of a recipe.</summary>
    /// <param name="recipe">The recipe; its paths must lead to files, which must not change until the run ends.</param>
    /// <param name="observer">Notified of progress in checking a large dataset.</param>
    /// <param name="memory">How much memory each dataset may use; null for the defaults.</param>
    /// <param name="tokenizers">Kinds of tokenizers that checkpoints may have; null for what is shipped.</param>
    /// <param name="found">The folder of the model to start from, if its name on a hub has been looked up; else empty.</param>
    /// <exception cref="InputException">With every problem of every file.</exception>
    public static RunInputs Read(
        Recipe recipe,
        IReadingObserver? observer = null,
        DatasetMemory? memory = null,
        TokenizerKinds? tokenizers = null,
        string found = "")
    {
        ModelFolder? start = recipe.Model.From.Length > 0
            ? StartingModel.Read(recipe.Model.From, found, recipe.Lora, recipe.Seed, tokenizers)
            : null;
        var model = start?.Model ?? recipe.Model;
        var problems = new List<InputProblem>();
        var tokenizer = start?.Tokenizer ?? recipe.Tokenizer?.Create() ?? RecipeCharacters.Tokenizer(recipe, problems);
        observer = observer is null ? null : new ToldOnce(observer);
        ModelSettings[] trained = [.. StageModels.Along(recipe.Stages, model)];
        ModelSettings[] evaluated = [.. trained, model];
        ChatTemplate? chat = ChatPrompt.TemplateOf(recipe.Chat, tokenizer, problems.Add);
        if (chat is not null)
        {
            observer?.ChatTemplateUsed(chat.Name);
        }

        StageReading Reading(ColumnNames columns, RowRules rows, int context) =>
            new(tokenizer, context, columns, memory ?? new DatasetMemory(), problems, observer) { Chat = chat, Rows = rows };
        StageReading[] readings =
        [
            .. recipe.Stages.Select((stage, index) =>
                Reading(
                    stage.Columns,
                    stage.RowRules,
                    StageModels.Context(recipe.Stages, trained, index, tokenizer, problems.Add, tokenizers))),
        ];
        StageData[] stages = [.. recipe.Stages.Zip(readings, (stage, reading) => stage.Read(reading))];
        IReadOnlyList<Question> evaluation = recipe.Evaluation is { } settings
            ? Reading(settings.Columns, settings.RowRules, evaluated.Min(shape => shape.Context))
                .Questions(
                    settings.Data,
                    AttemptPrompts.Room(
                        settings.SecondAttempt,
                        settings.MaxCompletionTokens,
                        tokenizer,
                        key => $"evaluation.secondAttempt.{key}",
                        problems),
                    settings.Rewards)
            : [];
        RewardModelChecks.Check(recipe.Rewards, evaluated.MaxBy(shape => shape.Context) ?? model, tokenizer, problems.Add, tokenizers);
        return problems.Count == 0
            ? new RunInputs(model, tokenizer, start, stages, evaluation)
            {
                Trained = trained,
                Longest = [.. readings.Select(reading => reading.Longest)],
                Tokenizers = tokenizers,
            }
            : throw new InputException(problems);
    }

    // Several stages may read one file.
    private sealed class ToldOnce(IReadingObserver observer) : IReadingObserver
    {
        private readonly HashSet<(string File, string Note)> _told = [];

        public void DatasetAdvanced(string file, long done, long total) => observer.DatasetAdvanced(file, done, total);

        public void DatasetNoted(string file, string note)
        {
            if (_told.Add((file, note)))
            {
                observer.DatasetNoted(file, note);
            }
        }

        public void ChatTemplateUsed(string template) => observer.ChatTemplateUsed(template);
    }
}
