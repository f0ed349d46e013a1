using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Stages;

namespace RlCore.Trainers.Tests.Search;

/// <summary>Rounds of fine-tuning on what a search has found (expert iteration).</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class SearchRoundLaws<T>
    where T : struct, ITensor<T>
{
    private const int Budget = 6;

    public static TheoryData<string> Searches => [.. All.Keys];

    private static Dictionary<string, ThoughtSearchSettings> All { get; } = new()
    {
        ["bestOfN"] = new() { Strategy = new SearchSettings.BestOfN() },
        ["mcts by completions"] = new(),
        ["mcts by the policy"] = new() { Strategy = new SearchSettings.Mcts(), Scorer = new ThoughtScoring.Policy() },
        ["beam"] = new() { Strategy = new SearchSettings.Beam { Branching = 2 }, Scorer = new ThoughtScoring.Policy() },
        ["refine"] = new() { Strategy = new SearchSettings.Refine(), RevisionPrompt = "{prompt}{answer}" },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public void Rounds_of_any_search_raise_the_share_of_prompts_that_it_solves(string search)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var trainer = Trainer(engine, model, Settings(search));
        var rounds = Enumerable.Range(0, 90)
            .Select(step => trainer.Step(step).Metrics.ToDictionary())
            .Where(step => step.ContainsKey(MetricNames.SearchDrawn))
            .ToArray();
        Assert.InRange(rounds[0][MetricNames.Reward], 0.0, 0.45);
        Assert.InRange(rounds[^1][MetricNames.SearchSolved], 0.99, 1.0);
        Assert.True(rounds[^1][MetricNames.KeptFraction] > 2 * rounds[0][MetricNames.KeptFraction], "More is right than before.");
    }

    [Theory]
    [InlineData("mcts by completions", 5)]
    [InlineData("mcts by completions", 8)]
    [InlineData("beam", 11)]
    [InlineData("refine", 8)]
    public void Stopping_in_a_round_and_going_on_changes_nothing(string search, int stop)
    {
        using var engine = CreateEngine();
        IStageTrainer Create(Decoder<T> model) => Trainer(engine, model, Settings(search));
        var straight = SampledToy.Train(engine, Create, steps: 14, stop: 0);
        var stopped = SampledToy.Train(engine, Create, steps: 14, stop);
        Assert.Equal(straight.Weights, stopped.Weights);
        Assert.Equal(straight.Last, stopped.Last);
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public void A_round_says_what_was_spent_and_keeps_only_what_is_right(string search)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        RejectionSettings settings = Settings(search);
        using var trainer = Trainer(engine, model, settings);
        StepOutcome outcome = trainer.Step(0);
        var metrics = outcome.Metrics.ToDictionary();
        Assert.InRange(metrics[MetricNames.SearchDrawn], 1, Budget * settings.MaxCompletionTokens);
        Assert.Equal(0, metrics[MetricNames.SearchScored]);
        Assert.InRange(metrics[MetricNames.SearchCalls], 1, double.MaxValue);
        IReadOnlyList<TokenSequence> kept = trainer.Export().Sequences["kept"];
        string[] solved = [.. kept.Select(Text)];
        Assert.All(kept, sequence => Assert.Empty(sequence.Interludes));
        Assert.Equal([], solved.Except(["a|a", "b|b", "c|c", "d|d"]));
        Assert.Equal(2, metrics[MetricNames.SearchKeptLength]);
        Assert.Equal(1, metrics[MetricNames.KeptReward]);
        Assert.InRange(solved.Distinct().Count(), 1, 4);
        Assert.Equal(solved.Distinct().Count(), kept.Count);
        Assert.InRange(outcome.Tokens, (long)(settings.PromptsPerRound * (1 + metrics[MetricNames.SearchDrawn])), long.MaxValue);
    }

    [Fact]
    public void Every_round_and_every_place_draws_thoughts_of_its_own()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using ThoughtSearcher<T> searcher = Searcher(engine, model, Settings("bestOfN"), new ExactAnswer());
        string[] Draw(ulong seed, uint address) =>
        [
            .. SearchRound.Draw(searcher, [.. Enumerable.Repeat(SampledToy.Questions[0], 12)], seed, address, Stop)
                .Drawn.Samples.Select(sample => string.Join(' ', sample.Sequence.Tokens)),
        ];
        string[] first = Draw(1, 0);
        Assert.Equal(first, Draw(1, 0));
        Assert.NotEqual(first, Draw(1, 1));
        Assert.NotEqual(first, Draw(2, 0));
        string[][] places =
        [
            .. searcher.Search([.. Enumerable.Repeat(SampledToy.Questions[0], 12)], [.. Enumerable.Range(0, 12)], 1, Stop).Results
                .Select(result => result.Nodes.Select(node => string.Join(' ', node.Thought.Tokens)).ToArray()),
        ];
        Assert.True(places.DistinctBy(place => string.Join('|', place)).Count() > 6);
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public void A_complete_thought_is_rewarded_once_and_by_its_own_question(string search)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        var seen = new List<RewardSample>();
        IReward reward = SampleReward.Of("counting", sample =>
        {
            seen.Add(sample);
            return sample.Completion == sample.Question.Answer ? 1 : 0;
        });
        using ThoughtSearcher<T> searcher = Searcher(engine, model, Settings(search), reward);
        ThoughtFinds finds = searcher.Search(SampledToy.Questions, [0, 1, 2, 3], 1, Stop);
        Thought[] complete =
        [
            .. finds.Results.SelectMany(result => result.Nodes).Where(node => node.IsFinal).Select(node => node.Thought).Distinct(),
        ];
        Assert.Equal(complete.Length, seen.Count);
        Assert.Equal(complete.ToHashSet(), finds.Verifier.Thoughts.ToHashSet());
        foreach (var (sample, thought) in finds.Verifier.Scored.Samples.Zip(finds.Verifier.Thoughts))
        {
            Assert.Equal(SampledToy.Questions[thought.Question], sample.Question);
            Assert.Equal(SampledToy.Tokenizer.Encode(sample.Question.Prompt), sample.Sequence.Tokens[..sample.Sequence.PromptLength]);
            Assert.Equal(thought.Sequence.Completion.ToArray(), sample.Sequence.Completion.ToArray());
            Assert.Equal(sample.Drawn.LogProbs.Length, sample.Sequence.CompletionLength);
        }
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public void Traces_are_right_and_end_by_themselves_and_pairs_set_right_against_wrong_answers(string search)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using ThoughtSearcher<T> searcher = Searcher(engine, model, Settings(search), new ExactAnswer());
        int[] places = [.. Enumerable.Range(0, 400).Reverse()];
        ThoughtFinds finds = searcher.Search([.. places.Order().Select(place => SampledToy.Questions[place % 4])], places, 2, Stop);
        IReadOnlyList<TreeRows> rows = TreeRows.Of(finds, new TreeSettings(), Stop);
        int pairs = 0;
        foreach (var (row, place) in rows.Zip(places))
        {
            string answer = SampledToy.Questions[place % 4].Answer;
            Assert.Equal([], row.Traces.Except([answer]));
            Assert.InRange(row.Traces.Length, 0, 1);
            Assert.All(row.Pairs, pair => Assert.Equal(answer, pair.Chosen));
            Assert.All(row.Pairs, pair => Assert.Equal(1, pair.Rejected.Length));
            Assert.DoesNotContain(row.Pairs, pair => pair.Rejected == answer);
            Assert.Equal(row.Pairs.Distinct(), row.Pairs);
            pairs += row.Pairs.Length;
        }

        Assert.True(pairs > 0, $"{rows.Count(row => row.Traces.Length > 0)} prompts have a right completion, and none a pair.");
        Assert.Equal(
            finds.Results.Select(result => (result.Spent.Drawn, result.Spent.Scored)), rows.Select(row => (row.Drawn, row.Scored)));
        IReadOnlyList<TreeRows> strict = TreeRows.Of(finds, new TreeSettings { PassAt = 2 }, Stop);
        Assert.All(strict, row => Assert.Equal(0, row.Traces.Length + row.Pairs.Length));
    }

    [Fact]
    public void A_thought_for_which_there_is_no_room_is_no_completion()
    {
        var texts = new ThoughtTexts(SampledToy.Tokenizer, text => text);
        var verifier = new ThoughtVerifier(RewardSum.Of(new ExactAnswer()), 0, texts, SampledToy.Questions);
        Thought empty = Thought.Begin(0, [1], 0);
        Thought wrong = Thought.Begin(0, [1], 1).With([2], [-1], [1], ended: false);
        Assert.True(empty.IsComplete);
        Assert.Equal([double.NaN, 0], verifier.Reward([empty, wrong], Stop));
        Assert.Equal([false, true], verifier.Judge([empty, wrong], Stop));
        Assert.Equal([wrong], verifier.Thoughts);
        Assert.Single(verifier.Scored.Samples);
    }

    [Fact]
    public void The_policy_scores_a_thought_by_the_mean_log_prob_of_the_tokens_that_it_drew()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using ThoughtSearcher<T> searcher = Searcher(engine, model, Settings("beam"), new ExactAnswer());
        var nodes = searcher.Search(SampledToy.Questions, [0, 1], 1, Stop).Results.SelectMany(result => result.Nodes.Skip(1)).ToArray();
        Assert.Contains(nodes, node => !node.IsFinal);
        foreach (SearchNode<Thought> node in nodes)
        {
            TokenSequence sequence = node.Thought.Sequence;
            Real[][] exact = SampledToy.Exact(engine, model, sequence);
            double mean = Enumerable.Range(sequence.PromptLength, sequence.CompletionLength)
                .Average(t => exact[t - 1][sequence.Tokens[t]].Value);
            Assert.Equal(Math.Exp(mean), node.Score, 1e-4);
        }

        Thought own = Thought.Begin(0, [1], 9).With([1, 2], [-1, -3], [], ended: false);
        using var scorer = new PolicyScorer();
        Assert.Equal([Math.Exp(-2)], scorer.Score([own], Stop));
        Assert.Equal([Math.Exp(-1)], scorer.Score([own.Force(1, [3, 4])], Stop));
        Assert.Equal(0, scorer.TokensToScore(own, own));
    }

    [Fact]
    public void Steps_of_a_search_end_where_those_end_that_its_reward_model_scores()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        ThoughtJudge<T> Judge(StepEnd? end) => new(
            new ScalarModel<T>(engine, model.Settings, model.VocabularySize, model.Export().ToDictionary()), end);
        void Begin(StepEnd? end)
        {
            var how = new ThoughtSearchSettings
            {
                Strategy = new SearchSettings.Beam(),
                Scorer = new ThoughtScoring.Model("stage"),
                StepEnd = new StepEnd.Separator(";"),
            };
            using var searcher = new ThoughtSearcher<T>(
                engine, model, SampledToy.Tokenizer, RewardSum.Of(new ExactAnswer()), how, Judge(end))
            {
                MaxTokens = 2,
                Sampling = new(),
                Mark = 1,
            };
        }

        Begin(null);
        Begin(new StepEnd.Separator(";"));
        Assert.Equal(
            """search, stepEnd: found {"stepEnd":"separator","stepSeparator":";"}, and a reward model of steps that end otherwise; """
                + """expected {"stepEnd":"tokens","stepTokens":3}, with which the model was trained.""",
            Assert.Throws<InputException>(() => Begin(new StepEnd.Tokens(3))).Message.Trim());
    }

    protected abstract IEngine<T> CreateEngine();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Text(TokenSequence sequence) =>
        $"{SampledToy.Tokenizer.Decode(sequence.Tokens.AsSpan(0, sequence.PromptLength))}|"
        + SampledToy.Tokenizer.Decode(sequence.Completion[..^1]);

    private static RejectionSettings Settings(string search) => new()
    {
        Name = "reject",
        Steps = 90,
        PromptsPerRound = 16,
        StepsPerRound = 6,
        BatchSize = 8,
        MaxCompletionTokens = 2,
        Search = All[search] with { Budget = Budget, StepEnd = new StepEnd.Tokens(1) },
        Selection = new SelectionSettings { Keep = KeepKind.Passing, Threshold = 1 },
        Optimizer = new() { LearningRate = 3e-3 },
    };

    private static ThoughtSearcher<T> Searcher(IEngine<T> engine, Decoder<T> model, RejectionSettings settings, IReward reward) =>
        new(engine, model, SampledToy.Tokenizer, RewardSum.Of(reward), settings.Search!, judge: null)
        {
            MaxTokens = settings.MaxCompletionTokens,
            Sampling = settings.Sampling,
            Mark = 1,
        };

    private static RejectionTrainer<T> Trainer(IEngine<T> engine, Decoder<T> model, RejectionSettings settings) =>
        new(engine, model, model, settings, SampledToy.Task) { Searcher = Searcher(engine, model, settings, new ExactAnswer()) };
}
