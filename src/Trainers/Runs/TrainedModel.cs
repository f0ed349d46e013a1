using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>Loads trained models.</summary>
public static class TrainedModel
{
    /// <summary>Loads a model, to complete prompts and be evaluated any number of times.</summary>
    /// <param name="engine">The engine; it must outlive the model.</param>
    /// <param name="folder">Folder of a checkpoint, or of a run for its latest checkpoint.</param>
    /// <param name="registry">What the folder may name, such as a tokenizer of the program's own; null for what is shipped.</param>
    /// <typeparam name="T">The engine's tensor, which need not be named.</typeparam>
    /// <exception cref="InputException">With every problem of the folder.</exception>
    public static TrainedModel<T> Load<T>(IEngine<T> engine, string folder, Registry? registry = null)
        where T : struct, ITensor<T> =>
        TrainedModel<T>.Load(engine, folder, registry);
}

/// <summary>A trained model on an engine, which is loaded once and can complete prompts and be evaluated any number of times.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class TrainedModel<T> : IDisposable
    where T : struct, ITensor<T>
{
    // Sequences of one pass that computes log-probs.
    private const int ScoredAtOnce = 16;

    private readonly IEngine<T> _engine;
    private readonly ModelFolder _folder;
    private readonly Decoder<T> _model;
    private bool _disposed;

    private TrainedModel(IEngine<T> engine, ModelFolder folder)
    {
        _engine = engine;
        _folder = folder;
        _model = folder.Stored.Open(engine, isTrained: false);
    }

    /// <summary>Loads a model.</summary>
    /// <param name="engine">The engine; it must outlive the model.</param>
    /// <param name="folder">Folder of a checkpoint, or of a run for its latest checkpoint.</param>
    /// <param name="registry">What the folder may name, such as a tokenizer of the program's own; null for what is shipped.</param>
    /// <exception cref="InputException">With every problem of the folder.</exception>
    public static TrainedModel<T> Load(IEngine<T> engine, string folder, Registry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return new TrainedModel<T>(engine, ModelFolder.Load(folder, registry?.Tokenizers));
    }

    /// <summary>Completes a prompt. The same prompt, options and model give the same completions.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">How; null for one greedy completion.</param>
    /// <exception cref="InputException">The prompt has a character that the tokenizer does not know, or leaves no room in the
    /// context.</exception>
    public IReadOnlyList<Completion> Generate(string prompt, GenerationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ObjectDisposedException.ThrowIf(_disposed, this);
        GenerationOptions how = options ?? new GenerationOptions();
        var drawn = new CompletionSampler<T>(_engine, _model, _folder.Tokenizer.Ends).Draw(
            [Encode(ChatPrompt.Wrap(how.Chat, _folder.Tokenizer, prompt))],
            how.Samples,
            MostTokens(how.MaxTokens),
            how.Sampling,
            new SamplingAddress(how.Seed, RandomPurpose.Generation, 0));
        var scorer = new ReferenceModel<T>(_engine, _model, new PassLimits(ScoredAtOnce));
        double[] logProbs = how.Sampling.Temperature == 0
            ? [.. scorer.Sums(drawn.Select(one => one.Sequence)).Select(sum => (double)sum)]
            : [.. drawn.Select(one => one.LogProbs.Sum(logProb => (double)logProb))];
        return [.. drawn.Select((one, index) => new Completion(CompletionText.Of(one, _folder.Tokenizer), one.Ended, logProbs[index]))];
    }

    /// <summary>Begins a conversation, which ends before the model is disposed of.</summary>
    /// <param name="how">How tokens are drawn, the most of an answer, the use of the chat template, and the seed.</param>
    /// <exception cref="InputException">There is no template though it is wanted.</exception>
    internal Conversation<T> Converse(GenerationOptions how)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Conversation<T>(_engine, _model, _folder.Tokenizer, how);
    }

    /// <summary>Evaluates the model on known answers.</summary>
    /// <param name="data">CSV file with the columns <c>prompt,answer</c>.</param>
    /// <param name="options">How; null for numeric answers and 8 samples a prompt.</param>
    /// <param name="observer">Notified of progress and of the result; null for none.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <returns>The measures, each with its interval, and the outcome of each prompt.</returns>
    /// <exception cref="InputException">With every problem of the dataset.</exception>
    public EvaluationReport Evaluate(
        string data,
        EvaluationOptions? options = null,
        IRunObserver? observer = null,
        CancellationToken stop = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        EvaluationOptions how = options ?? new EvaluationOptions();
        AttemptPrompts? again = how.SecondPrompt.Length == 0
            ? null
            : new AttemptPrompts { Prompt = how.SecondPrompt, PromptWhenRight = how.SecondPromptWhenRight };
        IReadOnlyList<Question> questions = Questions(data, how.Columns, how.Chat, how.Rewards, RoomFor(again, how));
        var settings = new EvaluationSettings
        {
            Data = data,
            Rewards = how.Rewards,
            PassAt = how.PassAt,
            Samples = how.Samples,
            MaxCompletionTokens = MostTokens(how.MaxTokens),
            SecondAttempt = again,
        };
        var models = RewardModels<T>.InFolders(_engine, _folder.Model, _folder.Tokenizer);
        using var reward = RewardSum.Create(settings.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
        using RewardSum? ranking = how.RewardModel.Length > 0
            ? RewardSum.Of(models.Open(new RewardSettings.RewardModel { From = Path.GetFullPath(how.RewardModel) }))
            : null;
        return new Evaluator<T>(_engine, _model, _folder.Tokenizer, settings, questions, reward, how.Seed, ranking)
            .Run(Path.GetFileName(_folder.Folder), observer ?? new NoObserver(), stop);
    }

    /// <summary>Evaluates searches over the model's thoughts on known answers.</summary>
    /// <param name="data">CSV file with the columns <c>prompt,answer</c>.</param>
    /// <param name="search">The strategies and budgets.</param>
    /// <param name="options">How completions are judged and how long they may be; null for numeric answers.</param>
    /// <param name="observer">Notified of progress; null for none.</param>
    /// <param name="stop">Stops between tokens.</param>
    /// <returns>What each strategy reached with each budget, and what it spent.</returns>
    /// <exception cref="InputException">With every problem of the dataset; a strategy lacks what it needs.</exception>
    public SearchReport Search(
        string data,
        SearchOptions search,
        EvaluationOptions? options = null,
        IRunObserver? observer = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(search);
        ObjectDisposedException.ThrowIf(_disposed, this);
        EvaluationOptions how = options ?? new EvaluationOptions();
        SearchChecks.Require(search, how.RewardModel.Length > 0, _folder.Tokenizer);
        IReadOnlyList<Question> questions = Questions(data, how.Columns, how.Chat, how.Rewards);
        var models = RewardModels<T>.InFolders(_engine, _folder.Model, _folder.Tokenizer);
        using var reward = RewardSum.Create(how.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
        ModelFolder? judge = how.RewardModel.Length > 0
            ? RewardModelChecks.Load(
                new RewardSettings.RewardModel { From = Path.GetFullPath(how.RewardModel) }, _folder.Model, _folder.Tokenizer)
            : null;
        using var evaluator = new SearchEvaluator<T>(
            _engine,
            _model,
            _folder.Tokenizer,
            questions,
            reward,
            how.PassAt,
            judge?.Stored.OpenScalar(_engine),
            search.Steps ?? judge?.StepEnd ?? new StepEnd.Separator(),
            MostTokens(how.MaxTokens),
            how.Seed,
            search);
        return evaluator.Run(observer ?? new NoObserver(), stop);
    }

    /// <summary>Labels the steps of completions that the model draws.</summary>
    /// <param name="request">Of which prompts, and how.</param>
    /// <param name="observer">Notified of progress.</param>
    /// <param name="stop">Stops between completions.</param>
    /// <exception cref="InputException">With every problem of the data; or not one completion could be written.</exception>
    internal StepLabelOutcome LabelSteps(StepLabelRequest request, IRunObserver observer, CancellationToken stop)
    {
        StepLabelSettings how = request.How with { MaxTokens = MostTokens(request.How.MaxTokens) };
        IReadOnlyList<Question> questions = Questions(request.Data, request.Columns, request.Chat, request.Rewards);
        var models = RewardModels<T>.InFolders(_engine, _folder.Model, _folder.Tokenizer);
        using var reward = RewardSum.Create(request.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
        var labeller = new StepLabeller<T>(_engine, _model, _folder.Tokenizer, reward, new StepReader(request.StepEnd), how);
        return StepLabelling.Write(
            request,
            StepLabelling.PartOf(request, _engine.Description),
            questions,
            (question, place) => labeller.Label(question, place, stop),
            done => observer.PromptLabelled(request.Data, done, questions.Count));
    }

    /// <summary>Makes pairs and traces from search trees over the model's thoughts.</summary>
    /// <param name="request">Of which prompts, and how.</param>
    /// <param name="observer">Notified of progress.</param>
    /// <param name="stop">Stops between tokens.</param>
    /// <exception cref="InputException">With every problem of the data; the search lacks something; or there is not one pair.</exception>
    internal PairSearchOutcome SearchPairs(PairSearchRequest request, IRunObserver observer, CancellationToken stop)
    {
        var problems = new List<InputProblem>();
        request.Search.CheckTexts(
            _folder.Tokenizer, (key, found, expected) => problems.Add(new InputProblem("search", 0, key, found, expected)));
        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }

        IReadOnlyList<Question> questions = Questions(request.Data, request.Columns, request.Chat, request.Rewards);
        var models = RewardModels<T>.InFolders(_engine, _folder.Model, _folder.Tokenizer);
        using var reward = RewardSum.Create(request.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
        using var searcher = new ThoughtSearcher<T>(
            _engine,
            _model,
            _folder.Tokenizer,
            reward,
            request.Search,
            models.Judge(request.Search.Judge))
        {
            MaxTokens = MostTokens(request.MaxTokens),
            Sampling = request.Sampling,
            Mark = request.Tree.PassAt,
        };
        return PairSearching.Write(
            request,
            PairSearching.PartOf(request, _engine.Description),
            questions,
            places => TreeRows.Of(searcher.Search(questions, places, request.Seed, stop), request.Tree, stop),
            done => observer.PromptLabelled(request.Data, done, questions.Count));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _model.Dispose();
        }
    }

    // One attempt may be cut off at the context, but the first of two must end before it.
    private int RoomFor(AttemptPrompts? again, EvaluationOptions how)
    {
        var problems = new List<InputProblem>();
        if (again is null)
        {
            return 1;
        }

        if (how.MaxTokens == 0)
        {
            problems.Add(new InputProblem(
                "--max-tokens", 0, "", "0, with a second attempt", "the most tokens of each of the two attempts"));
        }

        ((ICheckedSettings)again).Check((key, found, expected) => problems.Add(new InputProblem(Option(key), 0, "", found, expected)));
        int room = AttemptPrompts.Room(again, how.MaxTokens, _folder.Tokenizer, Option, problems);
        return problems.Count == 0 ? room : throw new InputException(problems);

        static string Option(string key) => $"--second-{Documentation.Kebab(key)}";
    }

    private IReadOnlyList<Question> Questions(
        string data, ColumnNames columns, ChatUse chat, IReadOnlyList<RewardSettings> rewards, int completionTokens = 1) =>
        Dataset.LoadQuestions(data, new DatasetChecks
        {
            Columns = columns,
            Tokenizer = _folder.Tokenizer,
            Chat = ChatPrompt.TemplateOf(chat, _folder.Tokenizer, problem => throw new InputException(problem)),
            Context = _folder.Model.Context,
            CompletionTokens = completionTokens,
            Readers = rewards,
        });

    private int MostTokens(int asked) => asked == 0 ? _folder.Model.Context : asked;

    private int[] Encode(string prompt)
    {
        int[] tokens = TypedPrompt.Encode(_folder.Tokenizer, prompt);
        int context = _folder.Model.Context;
        return tokens.Length >= 1 && tokens.Length < context
            ? tokens
            : throw TypedPrompt.Refuse(
                string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"1 to {context - 1}, as the model's context is {context} and a completion needs one"));
    }
}
