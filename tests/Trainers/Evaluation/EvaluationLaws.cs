using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Search;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Evaluation;

/// <summary>What an evaluation measures, from hand-made samples and from a model's.</summary>
public class EvaluationLaws
{
    private static readonly Question Sum = new("1+1=", "2", "eval.csv", 2);

    [Theory]
    [InlineData(0, "greedy")]
    [InlineData(1, "greedy mean@1")]
    [InlineData(2, "greedy mean@2 pass@2")]
    [InlineData(6, "greedy mean@6 pass@2 pass@4 pass@6 maj@4 maj@6")]
    [InlineData(8, "greedy mean@8 pass@2 pass@4 pass@8 maj@4 maj@8")]
    public void The_measures_are_those_of_the_powers_of_two_and_of_all_samples(int samples, string names) =>
        Assert.Equal(names.Split(' '), EvaluationMeasures.Names(samples, ranked: false));

    [Fact]
    public void A_ranking_adds_best_of_k() =>
        Assert.Equal(["best@2", "best@4"], EvaluationMeasures.Names(4, ranked: true).Except(EvaluationMeasures.Names(4, ranked: false)));

    [Fact]
    public void Measures_are_means_over_prompts_of_what_the_formulas_say()
    {
        // Two of four right; the wrong ones agree, or one of them is silent; the best-ranked is wrong.
        PromptOutcome tied = Outcome(greedy: true, ("2", 0), ("2", 0), ("3", 1), ("3", 0));
        PromptOutcome won = Outcome(greedy: false, ("2", 0), ("2", 0), ("3", 1), ("", 0));
        var measures = EvaluationMeasures.Of([tied, won], ranked: true).ToDictionary(measure => measure.Name);
        Assert.Equal(0.5, measures["greedy"].Value);
        Assert.Equal(0.5, measures["mean@4"].Value);
        Assert.Equal(TestTimeCompute.PassAtK(4, 2, 2), measures["pass@2"].Value, 1e-12);
        Assert.Equal(1, measures["pass@4"].Value);
        Assert.Equal((0.5 + 1) / 2, measures["maj@4"].Value, 1e-12);
        Assert.Equal(0, measures["best@4"].Value);
        Assert.Equal(Proportions.Wilson(1, 2), new Interval(measures["greedy"].Low, measures["greedy"].High));
        Assert.All(measures.Values, measure => Assert.InRange(measure.Value, measure.Low, measure.High));
    }

    [Fact]
    public void Second_attempts_have_measures_and_columns_of_their_own()
    {
        static SampleOutcome Then(SampleOutcome first, string vote) => first with { Second = Sample(vote, 0) };
        var better = new PromptOutcome(Sum, Then(Sample("3", 0), "2"), [Then(Sample("3", 0), "2"), Then(Sample("2", 0), "2")]);
        var worse = new PromptOutcome(Sum, Then(Sample("2", 0), "3"), [Then(Sample("2", 0), "2"), Then(Sample("2", 0), "3")]);
        var third = new PromptOutcome(Sum, Then(Sample("3", 0), "2"), [Then(Sample("3", 0), "2"), Then(Sample("3", 0), "2")]);
        IReadOnlyList<Measure> measures = EvaluationMeasures.Of([better, worse, third], ranked: false);
        Assert.Equal(EvaluationMeasures.Names(2, ranked: false, twice: true), measures.Select(measure => measure.Name));
        var values = measures.ToDictionary(measure => measure.Name, measure => measure.Value);
        Assert.Equal(1 / 3.0, values["greedy"], 1e-12);
        Assert.Equal(2 / 3.0, values["second_greedy"], 1e-12);
        Assert.Equal(3 / 6.0, values["mean@2"], 1e-12);
        Assert.Equal(5 / 6.0, values["second_mean@2"], 1e-12);
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "prompts.csv");
        EvaluationTable.Write(file, [better, worse]);
        Assert.Equal(
            [
                "prompt,answer,greedy,greedy_right,second,second_right,samples,samples_right,majority,majority_right",
                "1+1=,2,3,0,2,1,2,1,3,0.5",
                "1+1=,2,2,1,3,0,2,2,2,1",
            ],
            File.ReadAllLines(file));
    }

    // A model of random weights is right now and then, and its second attempt reads the first.
    [Fact]
    public void An_evaluation_asks_again_with_what_was_answered()
    {
        using var engine = new ManagedEngine();
        var tokenizer = new CharacterTokenizer("123=!?");
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("gpt2"), tokenizer.VocabularySize, 3);
        Question[] questions =
            [.. Enumerable.Range(0, 12).Select(i => new Question($"{"123"[i % 3]}=", $"{"123"[i % 3]}", "eval.csv", i + 2))];
        var settings = new EvaluationSettings
        {
            Samples = 4,
            MaxCompletionTokens = 2,
            SecondAttempt = new AttemptPrompts { Prompt = "{prompt}{answer}!", PromptWhenRight = "{prompt}{answer}?" },
        };
        var reward = new Asked();
        EvaluationReport report = new Evaluator<ManagedTensor>(engine, model, tokenizer, settings, questions, reward, seed: 5)
            .Run("before", new Silence(), CancellationToken.None);
        SampleOutcome[] firsts = [.. report.Prompts.SelectMany(prompt => prompt.Samples.Prepend(prompt.Greedy))];
        Assert.Contains(firsts, one => one.Right);
        string[] expected =
        [
            .. report.Prompts.SelectMany(prompt => prompt.Samples.Prepend(prompt.Greedy)
                .Select(one => $"{prompt.Question.Prompt}{one.Text}{(one.Right ? "?" : "!")}{one.Second!.Text}")),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), reward.Seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Prompts_with_other_numbers_of_samples_have_no_measures()
    {
        Assert.Throws<ArgumentException>(() => EvaluationMeasures.Of([], ranked: false));
        Assert.Throws<ArgumentException>(() => EvaluationMeasures.Of([Outcome(true), Outcome(true, ("2", 0))], ranked: false));
    }

    [Fact]
    public void The_table_has_a_row_a_prompt()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "prompts.csv");
        EvaluationTable.Write(
            file,
            [Outcome(true, ("3", 0), ("2", 0), ("3", 0), ("2", 0)), Outcome(false, ("", 0), ("2", 0), ("2", 0), ("", 0))]);
        Assert.Equal(
            [
                "prompt,answer,greedy,greedy_right,samples,samples_right,majority,majority_right",
                "1+1=,2,2,1,4,2,3,0.5",
                "1+1=,2,3,0,4,2,2,1",
            ],
            File.ReadAllLines(file));
        EvaluationTable.Write(file, [Outcome(true)]);
        Assert.Equal(["prompt,answer,greedy,greedy_right", "1+1=,2,2,1"], File.ReadAllLines(file));
    }

    [Theory]
    [InlineData("it is 1,000.0", "1000", true)]
    [InlineData("2/4", "1/2", true)]
    [InlineData("none", "", false)]
    public void Equal_numbers_are_one_vote(string completion, string answer, bool found)
    {
        Assert.Equal(found, new NumericAnswer().TryReadAnswer(completion, out string read));
        Assert.Equal(answer, read);
    }

    [Theory]
    [InlineData(" a b ", "a b", true)]
    [InlineData("  ", "", false)]
    public void Equal_texts_are_one_vote(string completion, string answer, bool found)
    {
        Assert.Equal(found, new ExactAnswer().TryReadAnswer(completion, out string read));
        Assert.Equal(answer, read);
    }

    // A model of random weights over three digits is right often enough, and often cut off.
    [Fact]
    public void A_models_measures_are_those_of_its_completions()
    {
        using var engine = new ManagedEngine();
        var tokenizer = new CharacterTokenizer("123=");
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("gpt2"), tokenizer.VocabularySize, 3);
        Question[] questions = [.. Enumerable.Range(0, 12)
            .Select(i => new Question($"{"123"[i % 3]}{"123"[i / 4]}=", $"{"123"[i % 3]}", "eval.csv", i + 2))];
        var settings = new EvaluationSettings { Samples = 8, MaxCompletionTokens = 2 };
        EvaluationReport Evaluate(IReward? ranking, ulong seed = 5) =>
            new Evaluator<ManagedTensor>(engine, model, tokenizer, settings, questions, new NumericAnswer(), seed, ranking)
                .Run("before", new Silence(), CancellationToken.None);
        EvaluationReport report = Evaluate(new NumericAnswer());
        Assert.Equal(questions, report.Prompts.Select(prompt => prompt.Question));
        Assert.InRange(report.Result.SampleMean, 0.01, 0.6);
        Assert.Equal(report.Prompts.Average(prompt => prompt.Samples.Count(sample => sample.Right) / 8.0), report.Result.SampleMean, 1e-12);

        // Two characters are two tokens without an end: cut off, and so without a vote.
        SampleOutcome[] samples = [.. report.Prompts.SelectMany(prompt => prompt.Samples)];
        Assert.Contains(samples, sample => sample.Text.Length == 2 && sample.Text.Any(char.IsDigit));
        Assert.All(report.Prompts, prompt => Assert.All(
            prompt.Samples, sample => Assert.Equal(sample.Vote == prompt.Question.Answer, sample.Right)));
        Assert.All(samples, sample => Assert.Equal(sample.Text.Length == 1 && char.IsDigit(sample.Text[0]), sample.Vote.Length > 0));
        Assert.All(report.Prompts.SelectMany(prompt => prompt.Samples), sample => Assert.Equal(sample.Right ? 1 : 0, sample.Rank));
        foreach (Measure best in report.Result.Measures.Where(measure => measure.Name.StartsWith("best", StringComparison.Ordinal)))
        {
            Assert.Equal(
                report.Result.Measures.First(measure => measure.Name == best.Name.Replace("best", "pass", StringComparison.Ordinal)).Value,
                best.Value,
                1e-12);
        }

        Assert.Equal(
            report.Prompts.Select(prompt => prompt.Greedy.Text), Evaluate(null, seed: 6).Prompts.Select(prompt => prompt.Greedy.Text));
        EvaluationReport plain = Evaluate(null);
        Assert.Equal(
            report.Result.Measures.Where(measure => !measure.Name.StartsWith("best", StringComparison.Ordinal)),
            plain.Result.Measures);
    }

    [Fact]
    public void A_prompt_that_comes_again_in_a_later_batch_is_sampled_anew()
    {
        using var engine = new ManagedEngine();
        var tokenizer = new CharacterTokenizer("123=");
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("gpt2"), tokenizer.VocabularySize, 3);
        const int Samples = 64, PromptsPerBatch = 1024 / Samples;
        var settings = new EvaluationSettings { Samples = Samples, MaxCompletionTokens = 2 };
        string[] drawn = [.. new Evaluator<ManagedTensor>(
            engine, model, tokenizer, settings, [.. Enumerable.Repeat(Sum with { Prompt = "1=" }, 3 * PromptsPerBatch)],
            new NumericAnswer(), 5)
            .Run("before", new Silence(), CancellationToken.None)
            .Prompts.Select(prompt => string.Join(' ', prompt.Samples.Select(sample => sample.Text)))];
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
    }

    private static PromptOutcome Outcome(bool greedy, params (string Vote, double Rank)[] samples) => new(
        Sum,
        Sample(greedy ? "2" : "3", 0),
        [.. samples.Select(sample => Sample(sample.Vote, sample.Rank))]);

    private static SampleOutcome Sample(string vote, double rank) => new(vote, vote == "2", vote, rank);

    // Remembers the second attempts, prompts and completions.
    private sealed class Asked : SampleReward
    {
        public Asked()
            : base("asked")
        {
        }

        public List<string> Seen { get; } = [];

        public override double Score(RewardSample sample)
        {
            if (sample.Question.Prompt.Length > 2)
            {
                // Those who judge are told what was asked, and not what was answered at first.
                Assert.Equal(sample.Question.Prompt[..2], sample.Question.Asked);
                Seen.Add(sample.Question.Prompt + sample.Completion);
            }

            return new NumericAnswer().Score(sample);
        }
    }

    private sealed class Silence : IRunObserver
    {
        public void StageStarted(StageSettings stage, int index, int firstStep)
        {
        }

        public void StepFinished(StepMetrics metrics)
        {
        }

        public void EvaluationAdvanced(string label, int done, int total)
        {
        }

        public void Evaluated(EvaluationResult result)
        {
        }

        public void CheckpointWritten(string folder)
        {
        }

        public void Warned(string message)
        {
        }
    }
}
