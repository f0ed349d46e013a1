using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>Opens the datasets of a run, each in the format that its stage trains on, and collects what is wrong with them.</summary>
internal sealed class StageReader(ITokenizer tokenizer, DatasetMemory memory, IRunObserver? observer)
{
    private readonly List<InputProblem> _problems = [];

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<InputProblem> Problems => _problems;

    /// <summary>Adds a problem of something else that the run reads.</summary>
    /// <param name="problem">The problem.</param>
    public void Add(InputProblem problem) => _problems.Add(problem);

    /// <summary>The data of a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="context">Most tokens of a sequence for the models of the stage.</param>
    public StageData Read(StageSettings stage, int context) => stage switch
    {
        SupervisedSettings => new StageData.Supervised(
            Open(DatasetFormats.Demonstrations, stage.Data, Completions(stage, context), row => Encode(row.Prompt, row.Completion))),
        PreferenceSettings => new StageData.Preference(
            Open(DatasetFormats.Preferences, stage.Data, Completions(stage, context), row => new SequencePair(Encode(row.Prompt, row.Chosen), Encode(row.Prompt, row.Rejected)))),
        UnpairedSettings unpaired => new StageData.Unpaired(ReadLabelled(unpaired, context)),
        RewardStageSettings reward => new StageData.RewardModel(
            reward.Loss is RankingLoss.PlackettLuce
                ? Open(DatasetFormats.Rankings, stage.Data, Completions(stage, context), row => new SequenceRanking([.. row.Completions.Select(completion => Encode(row.Prompt, completion))]))
                : ReadPairs(stage, stage.Data, context),
            reward.EvaluationData.Length > 0 ? ReadPairs(stage, reward.EvaluationData, context) : []),
        OnPolicySettings onPolicy => new StageData.OnPolicy(
            Open(DatasetFormats.Questions, stage.Data, Prompts(stage.Columns, context, onPolicy.MaxCompletionTokens, [.. onPolicy.Rewards, .. onPolicy.Judges]), row => row),
            onPolicy.MixData.Length > 0 ? Open(DatasetFormats.Demonstrations, onPolicy.MixData, Completions(stage, context), row => Encode(row.Prompt, row.Completion)) : []),
        OfflineRejectionSettings scored => ScoredChoice.Read(scored, Completions(stage, context), row => Encode(row.Prompt, row.Completion), _problems),
        GkdSettings { ReadsCompletions: true } => new StageData.Supervised(
            Open(DatasetFormats.Demonstrations, stage.Data, Completions(stage, context), row => Encode(row.Prompt, row.Completion))),
        GkdSettings gkd => new StageData.Supervised(
            Open(DatasetFormats.Questions, stage.Data, Unanswered(stage, context, gkd.MaxCompletionTokens), row => Alone(row.Prompt))),
        DistillationSettings { Selection.Keep: KeepKind.All } distillation => new StageData.OnPolicy(
            Open(DatasetFormats.Questions, stage.Data, Unanswered(stage, context, distillation.MaxCompletionTokens), row => row), []),
        OnlinePreferenceSettings { Judge: { } judge } compared => new StageData.OnPolicy(
            Open(DatasetFormats.Questions, stage.Data, Unanswered(stage, context, compared.MaxCompletionTokens) with { Judge = judge }, row => row), []),
        IRewardedStage rewarded => new StageData.OnPolicy(
            Open(DatasetFormats.Questions, stage.Data, Prompts(stage.Columns, context, rewarded.MaxCompletionTokens, rewarded.Rewards), row => row), []),
        _ => throw new InvalidOperationException($"Unknown stage {stage.GetType().Name}."),
    };

    /// <summary>The questions of the evaluation.</summary>
    /// <param name="settings">The evaluation.</param>
    /// <param name="context">Most tokens of a sequence for every model that is evaluated.</param>
    public IReadOnlyList<Question> Read(EvaluationSettings settings, int context) =>
        Open(DatasetFormats.Questions, settings.Data, Prompts(settings.Columns, context, settings.MaxCompletionTokens, settings.Rewards), row => row);

    /// <summary>Whether the reward models in folders that the recipe names can judge the policy.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="widest">The policy of the longest context that the run trains.</param>
    public void CheckRewardModels(Recipe recipe, ModelSettings widest)
    {
        var rewards = recipe.Stages.SelectMany(stage => stage.RewardParts).Concat(recipe.Evaluation?.Rewards ?? []);
        foreach (string folder in rewards.OfType<RewardSettings.RewardModel>().Where(reward => reward.IsFolder).Select(reward => reward.From).Distinct())
        {
            try
            {
                RewardModelChecks.Load(folder, widest, tokenizer);
            }
            catch (InputException error)
            {
                _problems.AddRange(error.Problems);
            }
        }
    }

    private IReadOnlyList<LabelledSequence> ReadLabelled(UnpairedSettings stage, int context)
    {
        int before = _problems.Count;
        var rows = Open(DatasetFormats.Unpaired, stage.Data, Completions(stage, context), row => new LabelledSequence(Encode(row.Prompt, row.Completion), row.Good));
        if (stage.Loss.Ranks && _problems.Count == before && rows.Select(row => row.Desirable).Distinct().Count() < 2)
        {
            _problems.Add(new InputProblem(stage.Data, 0, stage.Columns.Label, $"only {(rows[0].Desirable ? "good" : "bad")} completions", "some of each, as the loss aot compares the ones with the others"));
        }

        return rows;
    }

    private IReadOnlyList<SequenceRanking> ReadPairs(StageSettings stage, string file, int context) => Open(
        DatasetFormats.Preferences,
        file,
        Completions(stage, context),
        row => new SequenceRanking([Encode(row.Prompt, row.Chosen), Encode(row.Prompt, row.Rejected)]) { Margin = row.Margin });

    private IReadOnlyList<TExample> Open<TRow, TExample>(DatasetFormat<TRow> format, string file, DatasetChecks checks, Func<TRow, TExample> make)
        where TRow : class =>
        Dataset.Open(format, file, checks, make, _problems, memory, observer is null ? null : (done, total) => observer.DatasetAdvanced(file, done, total));

    // Completions come with the file: they fit the context with their prompts.
    private DatasetChecks Completions(StageSettings stage, int context) => new() { Columns = stage.Columns, Tokenizer = tokenizer, Context = context };

    // Completions are drawn: prompts leave room for them.
    private DatasetChecks Prompts(ColumnNames columns, int context, int completionTokens, IReadOnlyList<RewardSettings> rewards) => new()
    {
        Columns = columns,
        Tokenizer = tokenizer,
        Context = context,
        CompletionTokens = completionTokens,
        Rewards = rewards,
    };

    private DatasetChecks Unanswered(StageSettings stage, int context, int completionTokens) =>
        Prompts(stage.Columns, context, completionTokens, []) with { OptionalAnswers = true };

    private TokenSequence Alone(string prompt)
    {
        int[] tokens = tokenizer.Encode(prompt);
        return new TokenSequence(tokens, tokens.Length);
    }

    private TokenSequence Encode(string prompt, string completion)
    {
        int[] start = tokenizer.Encode(prompt);
        return new TokenSequence([.. start, .. tokenizer.Encode(completion), tokenizer.EndOfSequence], start.Length);
    }
}
