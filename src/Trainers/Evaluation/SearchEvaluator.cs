using System.Diagnostics;
using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Evaluation;

/// <summary>Accuracy on known answers against the tokens that a search spends, for several strategies and budgets.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class SearchEvaluator<T> : IDisposable
    where T : struct, ITensor<T>
{
    // Searches that go on at a time, in thoughts.
    private const int ThoughtsTogether = 1024;

    private readonly IReadOnlyList<Question> _questions;
    private readonly SearchOptions _how;
    private readonly RewardSum _reward;
    private readonly double _passAt;
    private readonly ThoughtTexts _texts;
    private readonly ThoughtDrawer<T> _drawer;
    private readonly IThoughtScorer? _scorer;
    private readonly int _limit;

    /// <summary>An evaluator of a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="questions">Prompts with their answers.</param>
    /// <param name="reward">Decides whether a completion is right.</param>
    /// <param name="passAt">The total at which it is.</param>
    /// <param name="judge">Scores thoughts, and is disposed of with the evaluator; null for none.</param>
    /// <param name="steps">Where steps end.</param>
    /// <param name="limit">Tokens of a completion at most.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="how">The strategies and budgets.</param>
    public SearchEvaluator(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ITokenizer tokenizer,
        IReadOnlyList<Question> questions,
        RewardSum reward,
        double passAt,
        ScalarModel<T>? judge,
        StepEnd steps,
        int limit,
        ulong seed,
        SearchOptions how)
    {
        (_questions, _reward, _passAt, _limit, _how) = (questions, reward, passAt, limit, how);
        _texts = new ThoughtTexts(tokenizer, ReadAnswer)
        {
            Critique = how.CritiquePrompt,
            Revision = how.RevisionPrompt,
            Merging = how.MergePrompt,
            ThoughtEnd = how.ThoughtEnd,
            Continue = how.Continue,
        };
        int longest = questions.Max(question => tokenizer.EncodePrompt(question.Prompt).Length);
        bool hasTurns = how.Strategies.Any(strategy => strategy is SearchSettings.Refine or SearchSettings.Graph);
        SearchLimits limits = SearchLimits.Of(engine, model, hasTurns ? model.Context : Math.Min(model.Context, longest + limit));
        _drawer = new ThoughtDrawer<T>(
            engine, model, tokenizer, new ThoughtDrawing(new StepReader(steps), how.Sampling, seed), limits);
        _scorer = judge is not null
            ? new ModelScorer<T>(engine, judge, steps => StepRewards.Aggregate(steps, how.Score), limits)
            : how.Verify ? new VerifierScorer(Judge) : null;
    }

    /// <summary>Evaluates.</summary>
    /// <param name="observer">Notified of progress.</param>
    /// <param name="stop">Stops between tokens.</param>
    public SearchReport Run(IEvaluationObserver observer, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        int total = _questions.Count * (_how.Strategies.Count * _how.Budgets.Count + (_how.Bins > 0 ? 1 : 0));
        int done = 0;
        void Advance(string label, int questions)
        {
            done += questions;
            observer.EvaluationAdvanced(label, done, total);
        }

        var problem = new ThoughtProblem<T>(_drawer, _scorer, _texts, _questions, _limit, stop);
        Thought[] roots = [.. Enumerable.Range(0, _questions.Count).Select(problem.Begin)];
        double[] difficulty = _how.Bins > 0
            ? Difficulty(problem, roots, questions => Advance("difficulty", questions), stop)
            : [];
        var points = new List<SearchPoint>();
        foreach (var (strategy, name) in _how.Strategies.Zip(NamesOf(_how.Strategies)))
        {
            foreach (int budget in _how.Budgets)
            {
                string label = string.Create(CultureInfo.InvariantCulture, $"{name} {budget}");
                var results = Search(problem, roots, strategy.ToStrategy(budget), budget, questions => Advance(label, questions));
                bool[] right = Judge([.. results.Select(result => result.Best)], stop);
                points.Add(new SearchPoint(name, budget, [.. results.Select((result, i) => new SearchOutcome(
                    _texts.TextOf(result.Best), result.Answer, right[i] && result.IsFinal, result.Spent))]));
            }
        }

        return new SearchReport(_questions, difficulty, points, clock.Elapsed.TotalSeconds) { Bins = BinsOf(difficulty, _how.Bins) };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _drawer.Dispose();
        _scorer?.Dispose();
    }

    /// <summary>Questions by difficulty, in bins of the same number; equally difficult ones in the order of the dataset.</summary>
    /// <param name="difficulty">The share of right samples of each.</param>
    /// <param name="bins">The number of bins.</param>
    internal static IReadOnlyList<IReadOnlyList<int>> BinsOf(IReadOnlyList<double> difficulty, int bins)
    {
        int[] order = [.. Enumerable.Range(0, difficulty.Count).OrderByDescending(i => difficulty[i])];
        return [.. Enumerable.Range(0, difficulty.Count == 0 ? 0 : bins).Select(bin => (IReadOnlyList<int>)
            [.. order[(bin * order.Length / bins)..((bin + 1) * order.Length / bins)]])];
    }

    /// <summary>The name of each strategy; the second of a kind has a 2 after it, and so on.</summary>
    /// <param name="strategies">The strategies.</param>
    internal static IReadOnlyList<string> NamesOf(IReadOnlyList<SearchSettings> strategies) =>
    [
        .. strategies.Select((strategy, i) =>
        {
            int before = strategies.Take(i).Count(other => other.TypeName == strategy.TypeName);
            return before == 0 ? strategy.TypeName : string.Create(CultureInfo.InvariantCulture, $"{strategy.TypeName}-{before + 1}");
        }),
    ];

    private double[] Difficulty(ThoughtProblem<T> problem, Thought[] roots, Action<int> advance, CancellationToken stop)
    {
        var strategy = new BestOfN(_how.BinSamples) { Choose = AnswerRule.Majority };
        return
        [
            .. Search(problem, roots, strategy, _how.BinSamples, advance).Select(result =>
            {
                Thought[] samples = [.. result.Nodes.Where(node => node.IsFinal).Select(node => node.Thought)];
                return Judge(samples, stop).Count(right => right) / (double)samples.Length;
            }),
        ];
    }

    private List<SearchResult<Thought>> Search(
        ThoughtProblem<T> problem, Thought[] roots, SearchStrategy strategy, int budget, Action<int> advance)
    {
        var results = new List<SearchResult<Thought>>();
        foreach (Thought[] part in roots.Chunk(Math.Max(1, ThoughtsTogether / budget)))
        {
            results.AddRange(strategy.RunAll(problem, part, (long)budget * _limit));
            _scorer?.Forget();
            advance(part.Length);
        }

        return results;
    }

    private bool[] Judge(IReadOnlyList<Thought> thoughts, CancellationToken stop)
    {
        RewardSample[] samples = [.. thoughts.Select(thought => new RewardSample(
            _questions[thought.Question], _texts.TextOf(thought), new SampledCompletion(thought.Sequence, [], thought.Ended)))];
        return _reward.Pass(samples, _passAt, stop);
    }

    private string ReadAnswer(string text) => _reward.TryReadAnswer(text, out string answer) ? answer : "";
}
