using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>Searches for answers to questions, and rewards all complete thoughts that it finds.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ThoughtSearcher<T> : IDisposable
    where T : struct, ITensor<T>
{
    // Searches that go on at a time, in thoughts.
    private const int ThoughtsTogether = 1024;

    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly ITokenizer _tokenizer;
    private readonly RewardSum _reward;
    private readonly ThoughtSearchSettings _how;
    private readonly ThoughtJudge<T>? _judge;

    /// <summary>A searcher.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="reward">The rewards of complete thoughts.</param>
    /// <param name="how">The search.</param>
    /// <param name="judge">The reward model that scores thoughts, which is disposed of with the searcher; null if none does.</param>
    /// <exception cref="InputException">The reward model scores steps that end elsewhere than those of the search.</exception>
    public ThoughtSearcher(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ITokenizer tokenizer,
        RewardSum reward,
        ThoughtSearchSettings how,
        ThoughtJudge<T>? judge)
    {
        (_engine, _model, _tokenizer, _reward, _how, _judge) = (engine, model, tokenizer, reward, how, judge);
        if (judge is { StepEnd: { } scored } && scored != how.StepEnd)
        {
            judge.Model.Dispose();
            throw new InputException(new InputProblem(
                "search",
                0,
                "stepEnd",
                $"{StepSettings.Describe(how.StepEnd)}, and a reward model of steps that end otherwise",
                $"{StepSettings.Describe(scored)}, with which the model was trained"));
        }
    }

    /// <summary>Tokens of a completion at most.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>How tokens are drawn.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>The total reward at which a complete thought is right.</summary>
    public required double Mark { get; init; }

    /// <summary>Searches. What is found about a question depends on its place and the seed, and not on the other questions.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="places">Places of those that are searched, at least one.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="stop">Stops between tokens.</param>
    public ThoughtFinds Search(IReadOnlyList<Question> questions, IReadOnlyList<int> places, ulong seed, CancellationToken stop)
    {
        ThoughtTexts texts = _how.TextsFor(_tokenizer, text => _reward.TryReadAnswer(text, out string answer) ? answer : "");
        var verifier = new ThoughtVerifier(_reward, Mark, texts, questions);
        int longest = places.Max(place => _tokenizer.EncodePrompt(questions[place].Prompt).Length);
        SearchLimits limits = SearchLimits.Of(
            _engine, _model, _how.HasTurns ? _model.Context : Math.Min(_model.Context, longest + MaxTokens));
        var drawing = new ThoughtDrawing(new StepReader(_how.StepEnd), Sampling, seed);
        using var drawer = new ThoughtDrawer<T>(_engine, _model, _tokenizer, drawing, limits);
        using IThoughtScorer scorer = ScorerOf(verifier, limits);
        var problem = new ThoughtProblem<T>(drawer, scorer, texts, questions, MaxTokens, stop);
        SearchStrategy strategy = _how.Strategy.ToStrategy(_how.Budget);
        var results = new List<SearchResult<Thought>>();
        foreach (int[] part in places.Chunk(Math.Max(1, ThoughtsTogether / _how.Budget)))
        {
            results.AddRange(strategy.RunAll(problem, [.. part.Select(problem.Begin)], (long)_how.Budget * MaxTokens));
            scorer.Forget();
        }

        verifier.Reward([.. results.SelectMany(result => result.Nodes).Where(node => node.IsFinal).Select(node => node.Thought)], stop);
        return new ThoughtFinds(results, verifier, texts);
    }

    /// <inheritdoc/>
    public void Dispose() => _judge?.Model.Dispose();

    private IThoughtScorer ScorerOf(ThoughtVerifier verifier, SearchLimits limits) => _how.Scorer switch
    {
        ThoughtScoring.Model { Aggregate: var aggregate } => new ModelScorer<T>(
            _engine,
            _judge?.Model ?? throw new InvalidOperationException("There is no model to score thoughts by."),
            steps => StepRewards.Aggregate(steps, aggregate),
            limits,
            leaveOpen: true),
        ThoughtScoring.Policy => new PolicyScorer(),
        _ => new VerifierScorer(verifier.Judge),
    };
}

/// <summary>What searches have found.</summary>
/// <param name="Results">For each question that was searched, its tree of thoughts.</param>
/// <param name="Verifier">The rewards of all complete thoughts.</param>
/// <param name="Texts">The texts of thoughts.</param>
internal sealed record ThoughtFinds(IReadOnlyList<SearchResult<Thought>> Results, ThoughtVerifier Verifier, ThoughtTexts Texts);
