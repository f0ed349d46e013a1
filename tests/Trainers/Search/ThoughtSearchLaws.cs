using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Search;

/// <summary>Searches over the thoughts of a model: what is shared between thoughts changes nothing but the time.</summary>
public abstract class ThoughtSearchLaws<T>
    where T : struct, ITensor<T>
{
    private const int Limit = 14;

    private static readonly ITokenizer Tokenizer = new CharacterTokenizer("abc;?");

    private static readonly Question[] Questions = [Ask("ab"), Ask("c"), Ask("bca")];

    public static TheoryData<string> Strategies => [.. All.Keys];

    private static Dictionary<string, SearchStrategy> All { get; } = new()
    {
        ["best"] = new BestOfN(5),
        ["weighted"] = new BestOfN(5) { Choose = AnswerRule.WeightedMajority },
        ["beam"] = new BeamSearch(6, 2),
        ["bestFirst"] = new BestFirstSearch(3, 2),
        ["rebase"] = new RebaseSearch(5, 0.3),
        ["mcts"] = new MonteCarloTreeSearch(3, 20),
        ["rollouts"] = new MonteCarloTreeSearch(2, 12, Rollouts: 2),
        ["refine"] = new SelfRefinement(2, Enough: 2),
        ["graph"] = new GraphOfThoughts(4),
        ["force"] = new BudgetForcing(5, 9, 3) { Choose = AnswerRule.Best },
    };

    protected abstract IEngine<T> CreateEngine();

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_search_that_shares_what_was_read_finds_what_one_finds_that_reads_everything_anew(string strategy)
    {
        using var engine = CreateEngine();
        foreach (string shape in (string[])["gpt2", "llama"])
        {
            var whole = Search(engine, shape, strategy, new SearchLimits(64, 0, 64), out long anew);
            var shared = Search(engine, shape, strategy, new SearchLimits(64, 200, 64), out long forked);
            AssertSame(whole, shared);

            // What is held overflows, and is forgotten and read again.
            AssertSame(whole, Search(engine, shape, strategy, new SearchLimits(64, 3, 2), out long crowded));
            Assert.True(forked < anew, $"{forked} tokens read, and {anew} anew");
            Assert.InRange(crowded, forked, long.MaxValue);
        }
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Questions_are_searched_together_as_alone(string strategy)
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "llama", new SearchLimits(64, 200, 64));
        var together = All[strategy].RunAll(at.Problem, [.. Enumerable.Range(0, Questions.Length).Select(at.Problem.Begin)], 90);
        for (int question = 0; question < Questions.Length; question++)
        {
            using Setting alone = Begin(engine, "llama", new SearchLimits(64, 200, 64));
            AssertSame([All[strategy].Run(alone.Problem, alone.Problem.Begin(question), 90)], [together[question]]);
        }
    }

    [Fact]
    public void Samples_of_a_search_are_those_of_the_sampler()
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "gpt2", new SearchLimits(64, 200, 64));
        var sampler = new CompletionSampler<T>(engine, at.Model, Tokenizer.Ends);
        for (int question = 0; question < Questions.Length; question++)
        {
            var result = new BestOfN(8) { Choose = AnswerRule.Majority }.Run(at.Problem, at.Problem.Begin(question), 1000);
            var drawn = sampler.Draw(
                [Tokenizer.EncodePrompt(Questions[question].Prompt)],
                8,
                Limit,
                at.Sampling,
                new SamplingAddress(3, RandomPurpose.Search, (uint)question));
            Assert.Equal(
                drawn.Select(one => (string.Join(' ', one.Sequence.Tokens), one.Ended)),
                result.Nodes.Skip(1).Select(node => (string.Join(' ', node.Thought.Tokens), node.Thought.Ended)));
            Assert.Equal(drawn.Sum(one => one.Sequence.CompletionLength), result.Spent.Drawn);
        }
    }

    [Fact]
    public void Steps_that_are_drawn_end_where_the_steps_of_the_whole_completion_end()
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "llama", new SearchLimits(64, 200, 64));
        int several = 0;
        foreach (SearchStrategy strategy in (SearchStrategy[])[All["best"], All["beam"], All["mcts"], All["force"]])
        {
            var drawn = strategy.Run(at.Problem, at.Problem.Begin(0), 200).Nodes.Skip(1)
                .Where(node => node.Thought.StepEnds is [.., int last] && last == node.Thought.Sequence.CompletionLength);
            foreach (var node in drawn)
            {
                Assert.Equal(at.Steps.Ends(Tokenizer, node.Thought.Sequence), node.Thought.StepEnds);
                several += node.Thought.StepEnds.Count > 1 ? 1 : 0;
            }
        }

        Assert.True(several > 5);
    }

    [Fact]
    public void Scores_are_those_that_the_model_gives_the_ends_of_steps_of_the_whole_thought()
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "llama", new SearchLimits(64, 200, 64), StepAggregate.Product);
        using ScalarModel<T> judge = Judge(engine, "llama");
        var nodes = All["beam"].Run(at.Problem, at.Problem.Begin(2), 200).Nodes.Skip(1).ToArray();
        Assert.True(nodes.Select(node => node.Score).Distinct().Count() > 3);
        using IDisposable quiet = engine.NoGradient();
        foreach (var node in nodes)
        {
            Thought thought = node.Thought;
            double product = thought.StepEnds.Aggregate(1.0, (sofar, end) =>
            {
                using IDisposable scope = engine.Scope();
                var beginning = new TokenSequence(thought.Tokens[..(thought.Sequence.PromptLength + end)], thought.Sequence.PromptLength);
                var score = new float[1];
                engine.Read(judge.Scores([beginning]), score);
                return sofar / (1 + Math.Exp(-score[0]));
            });
            Assert.Equal(product, node.Score, 1e-5);
        }
    }

    [Fact]
    public void Thoughts_are_revised_merged_and_criticized_with_what_was_written_before_their_eyes()
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "llama", new SearchLimits(64, 200, 64));
        Thought draft = new BestOfN(1) { Choose = AnswerRule.Majority }.Run(at.Problem, at.Problem.Begin(0), 100).Best;
        string text = at.Problem.TextOf(draft);
        Assert.True(at.Problem.TryCriticize(draft, out Thought critique));
        Assert.Equal($"ab{text}?", Decode(critique));
        Assert.False(critique.IsAnswer);
        Thought said = critique.With(Tokenizer.Encode("cc"), [-1, -2], [2], ended: false);
        Assert.Equal($"ab{text}cc;", Decode(at.Problem.Revise(draft, said)));
        Assert.Equal($"ab{text};", Decode(at.Problem.Revise(draft, draft)));
        Assert.Equal($"ab{text};{text}", Decode(at.Problem.Merge([draft, draft])));
        var refined = All["refine"].Run(at.Problem, at.Problem.Begin(0), 1000);
        Assert.Equal(2, refined.Nodes.Count(node => !node.Thought.IsAnswer && node.Thought.IsComplete));
        Assert.Equal(3, refined.Nodes.Count(node => node.IsFinal));
    }

    [Fact]
    public void A_thought_is_reopened_before_its_ending_and_closed_with_it()
    {
        using var engine = CreateEngine();
        using Setting at = Begin(engine, "llama", new SearchLimits(64, 200, 64));
        Thought thought = at.Problem.Begin(0).With(
            [.. Tokenizer.Encode("bc?ca"), Tokenizer.Ends[0]], [-1, -2, -3, -4, -5, -6], [6], ended: true);
        Assert.Equal(2, at.Problem.Length(thought));
        Thought open = at.Problem.Reopen(thought);
        Assert.Equal("abbca", Decode(open));
        Assert.False(open.IsComplete);
        Assert.Equal([new TokenRange(2, 3)], open.Sequence.Interludes);
        Thought closed = at.Problem.Close(open);
        Assert.Equal("abbca?", Decode(closed));
        Assert.Equal([new TokenRange(2, 3), new TokenRange(3, 4)], closed.Sequence.Interludes);
        Assert.Equal([], closed.StepEnds);
    }

    private static Question Ask(string prompt) => new(prompt, "a", "test", 1);

    private static string Decode(Thought thought) => Tokenizer.Decode(thought.Tokens);

    private static void AssertSame(IReadOnlyList<SearchResult<Thought>> expected, IReadOnlyList<SearchResult<Thought>> found)
    {
        foreach (var (one, other) in expected.Zip(found))
        {
            Assert.Equal(one.Nodes.Select(node => Describe(node)), other.Nodes.Select(node => Describe(node)));
            Assert.All(one.Nodes.Zip(other.Nodes), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5));
            Assert.Equal((one.Answer, one.IsFinal, one.Spent), (other.Answer, other.IsFinal, other.Spent));
            Assert.Equal(one.Best, other.Best);
        }
    }

    private static (int Question, string Tokens, string Ends, int Parent, bool Final, int Visits) Describe(SearchNode<Thought> node) => (
        node.Thought.Question, string.Join(' ', node.Thought.Tokens), string.Join(' ', node.Thought.StepEnds), node.Parent, node.IsFinal,
        node.Visits);

    private static IReadOnlyList<SearchResult<Thought>> Search(
        IEngine<T> engine, string shape, string strategy, SearchLimits limits, out long read)
    {
        using Setting at = Begin(engine, shape, limits);
        var results = All[strategy].RunAll(at.Problem, [.. Enumerable.Range(0, Questions.Length).Select(at.Problem.Begin)], 120);
        read = at.Drawer.TokensRead + at.Scorer.TokensRead;
        return results;
    }

    private static ScalarModel<T> Judge(IEngine<T> engine, string shape)
    {
        ModelSettings settings = ModelShapes.Of(shape) with { Context = 64, TiedHead = true };
        using var trunk = Decoder<T>.Create(engine, settings, Tokenizer.VocabularySize, 9);
        var weights = trunk.Export().ToDictionary();
        weights[ScalarHead<T>.WeightName] = [.. Enumerable.Range(0, settings.Width).Select(i => (float)Math.Sin(i * 7))];
        weights[ScalarHead<T>.BiasName] = [0.1f];
        return new ScalarModel<T>(engine, settings, Tokenizer.VocabularySize, weights);
    }

    private static Setting Begin(IEngine<T> engine, string shape, SearchLimits limits, StepAggregate aggregate = StepAggregate.Last)
    {
        var sampling = new SamplingOptions { Temperature = 1.3 };
        var model = Decoder<T>.Create(engine, ModelShapes.Of(shape) with { Context = 64 }, Tokenizer.VocabularySize, 5);
        var steps = new StepReader(new StepEnd.Separator(";"));
        var drawer = new ThoughtDrawer<T>(engine, model, Tokenizer, new ThoughtDrawing(steps, sampling, 3), limits);
        var scorer = new ModelScorer<T>(engine, Judge(engine, shape), scores => StepRewards.Aggregate(scores, aggregate), limits);
        var texts = new ThoughtTexts(Tokenizer, text => text.Length > 0 ? text[^1..] : "")
        {
            Critique = "{prompt}{answer}?",
            Revision = "{prompt}{answer}{critique};",
            Merging = "{prompt}{answer}",
            Between = ";",
            ThoughtEnd = "?",
            Continue = "a",
        };
        var problem = new ThoughtProblem<T>(drawer, scorer, texts, Questions, Limit, TestContext.Current.CancellationToken);
        return new Setting(model, drawer, scorer, problem, steps, sampling);
    }

    private sealed record Setting(
        Decoder<T> Model,
        ThoughtDrawer<T> Drawer,
        ModelScorer<T> Scorer,
        ThoughtProblem<T> Problem,
        StepReader Steps,
        SamplingOptions Sampling) : IDisposable
    {
        public void Dispose()
        {
            Drawer.Dispose();
            Scorer.Dispose();
            Model.Dispose();
        }
    }
}
