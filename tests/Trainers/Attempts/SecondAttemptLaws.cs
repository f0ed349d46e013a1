using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Attempts;

/// <summary>
/// Second attempts, on a policy that has a row of logits for every prefix: the step is told again by hand, and every row must move as the
/// formulas say.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class SecondAttemptLaws<T>
    where T : struct, ITensor<T>
{
    private const int Context = 6;
    private const int Group = 24;

    // With ε far above the gradients an update is the gradient times their quotient.
    private const double RateAndEpsilon = 1e4;

    private static ITokenizer Tokenizer { get; } = new CharacterTokenizer("abc!");

    private static Question[] Questions { get; } = [.. "ab".Select((c, i) => new Question($"{c}", $"{c}", "memory.csv", i + 2))];

    protected abstract IEngine<T> CreateEngine();

    public static TheoryData<double, double, double, double, bool> Credits => new()
    {
        { 1, 0, 0, 0, false },
        { 0, 1, 0, 0, true },
        { 0.5, 2, 0.25, 0, false },
        { 0, 0.5, 0, 0.3, true },
    };

    [Theory]
    [MemberData(nameof(Credits))]
    public void Each_attempt_is_compared_with_those_of_its_turn(
        double firstWeight, double bonus, double discount, double firstKl, bool tellsVerdict)
    {
        var again = new SecondAttemptSettings
        {
            Prompt = "{prompt}{answer}!",
            PromptWhenRight = tellsVerdict ? "{prompt}{answer}c!" : "",
            FirstWeight = firstWeight,
            Bonus = bonus,
            Discount = discount,
            FirstKl = firstKl,
        };
        using IEngine<T> engine = CreateEngine();
        using TabularPolicy<T> model = Policy(engine, seed: 1);
        using TabularPolicy<T> reference = Policy(engine, seed: 2);
        (Attempt[] firsts, Attempt[] seconds) = Draw(engine, model, again);
        float[] start = Table(engine, model);
        double[] expected = [.. start.Select(logit => (double)logit)];
        double[] frozen = [.. Table(engine, reference).Select(logit => (double)logit)];
        var credits = firsts.Zip(seconds, (one, other) =>
        {
            double second = other.Reward + (bonus * (other.Reward - one.Reward));
            return (First: (firstWeight * one.Reward) + (discount * second), Second: second);
        }).ToArray();
        int tokens = firsts.Concat(seconds).Sum(one => one.Sequence.CompletionLength);
        Move(expected, start, frozen, tokens, firsts, [.. credits.Select(credit => credit.First)], firstKl);
        Move(expected, start, frozen, tokens, seconds, [.. credits.Select(credit => credit.Second)], kl: 0);

        using OnPolicyTrainer<T> trainer = Trainer(engine, model, reference, again, steps: 1);
        StepOutcome outcome = trainer.Step(0);
        float[] actual = Table(engine, model);
        Assert.NotEqual(start, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 2e-4);
        }

        Dictionary<string, double> metrics = outcome.Metrics.ToDictionary();
        Assert.Equal(firsts.Average(one => one.Reward), metrics[MetricNames.FirstAttempt], 1e-12);
        Assert.Equal(seconds.Average(one => one.Reward), metrics[MetricNames.SecondAttempt], 1e-12);
        Assert.Equal(Share(firsts, seconds, (one, other) => other.Reward > one.Reward), metrics[MetricNames.AttemptsBetter], 1e-12);
        Assert.Equal(Share(firsts, seconds, (one, other) => other.Reward < one.Reward), metrics[MetricNames.AttemptsWorse], 1e-12);
        Assert.Equal(
            Share(firsts, seconds, (one, other) => other.Text.Trim() == one.Text.Trim()), metrics[MetricNames.AttemptsRepeated], 1e-12);
        Assert.Contains(firsts, one => one.Reward == 1);
        Assert.InRange(metrics[MetricNames.AttemptsBetter], 0.01, 0.99);
        Assert.InRange(metrics[MetricNames.AttemptsWorse], 0.01, 0.99);
    }

    [Theory]
    [InlineData('b', true)]
    [InlineData('c', false)]
    public void A_step_that_only_repeats_itself_is_warned_of(char second, bool warned)
    {
        using IEngine<T> engine = CreateEngine();
        int columns = Tokenizer.VocabularySize;
        var logits = new float[PrefixTable.Count(columns, Context) * columns];

        // What follows a mark is the second attempt; its first token is sure, and so is the end after one.
        void Sure(string prefix, int token) => logits[(RowOf(Tokenizer.Encode(prefix)) * columns) + token] = 40;
        foreach (string question in new[] { "a", "b" })
        {
            Sure(question, Tokenizer.Encode("b")[0]);
            Sure($"{question}b", Tokenizer.EndOfSequence);
            Sure($"{question}b!", Tokenizer.Encode($"{second}")[0]);
            Sure($"{question}b!{second}", Tokenizer.EndOfSequence);
        }

        using var model = new TabularPolicy<T>(engine, columns, Context, logits);
        using OnPolicyTrainer<T> trainer = Trainer(engine, model, null, new() { Prompt = "{prompt}{answer}!" }, steps: 1);
        StepOutcome outcome = trainer.Step(0);
        Assert.Equal(warned ? 1 : 0, outcome.Metrics.ToDictionary()[MetricNames.AttemptsRepeated]);
        Assert.Equal(warned, outcome.Warnings.Any(warning => warning.Kind == "repeated_attempts"));
    }

    private static double Share(Attempt[] firsts, Attempt[] seconds, Func<Attempt, Attempt, bool> counts) =>
        firsts.Zip(seconds, (one, other) => counts(one, other) ? 1.0 : 0.0).Average();

    private static TabularPolicy<T> Policy(IEngine<T> engine, ulong seed)
    {
        int columns = Tokenizer.VocabularySize;
        var logits = new float[PrefixTable.Count(columns, Context) * columns];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)Philox.Uniform(seed, RandomPurpose.Control, 0, 0, (uint)i);
        }

        return new TabularPolicy<T>(engine, columns, Context, logits);
    }

    private static float[] Table(IEngine<T> engine, TabularPolicy<T> model) => model.Parameters.Read(engine)[TabularPolicy<T>.TableName];

    private static int RowOf(int[] prefix) => PrefixTable.RowsOf(prefix, [prefix.Length], prefix.Length, Tokenizer.VocabularySize)[^1];

    private static OnPolicyTrainer<T> Trainer(
        IEngine<T> engine, TabularPolicy<T> model, TabularPolicy<T>? reference, SecondAttemptSettings again, int steps) => new(
            engine,
            model,
            reference,
            new OnPolicySettings
            {
                Name = "stage",
                Steps = steps,
                PromptsPerStep = Questions.Length,
                MaxCompletionTokens = 2,
                SecondAttempt = again,
                Algorithm = Algorithms.Grpo() with { GroupSize = Group, Aggregation = new Aggregation.TokenMean() },
                Optimizer = new()
                {
                    LearningRate = RateAndEpsilon,
                    Epsilon = RateAndEpsilon,
                    MaxGradientNorm = 1e9,
                    Schedule = new Schedule.Constant(),
                },
            },
            new OnPolicyTask(Questions, new ExactAnswer(), Tokenizer, 1, 0));

    // The step's completions: those of first attempts, then those of second ones, in one order.
    private static (Attempt[] Firsts, Attempt[] Seconds) Draw(IEngine<T> engine, TabularPolicy<T> model, SecondAttemptSettings again)
    {
        Question[] asked = [.. new DataOrder(1, 0, Questions.Length, Questions.Length).RowsOf(0).Select(row => Questions[row])];
        string[] prompts = [.. asked.SelectMany(question => Enumerable.Repeat(question.Prompt, Group))];
        string[] answers = [.. asked.SelectMany(question => Enumerable.Repeat(question.Answer, Group))];
        Attempt[] firsts = Draw(engine, model, prompts, answers, firstRow: 0);
        string[] second =
        [
            .. firsts.Select(one => (one.Reward == 1 && again.PromptWhenRight.Length > 0 ? again.PromptWhenRight : again.Prompt)
                .Replace("{prompt}", one.Question, StringComparison.Ordinal).Replace("{answer}", one.Text, StringComparison.Ordinal)),
        ];
        return (firsts, Draw(engine, model, second, answers, firstRow: (uint)firsts.Length));
    }

    private static Attempt[] Draw(IEngine<T> engine, TabularPolicy<T> model, string[] prompts, string[] answers, uint firstRow) =>
    [
        .. new CompletionSampler<T>(engine, model, Tokenizer.Ends)
            .Draw(
                [.. prompts.Select(Tokenizer.Encode)],
                1,
                2,
                new SamplingOptions(),
                new SamplingAddress(1, RandomPurpose.Rollout, RunAddress.Of(0, 0), firstRow))
            .Select((drawn, i) =>
            {
                string text = CompletionText.Of(drawn, Tokenizer);
                return new Attempt(prompts[i], drawn.Sequence, text, text.Trim() == answers[i] ? 1 : 0);
            }),
    ];

    // The gradient of −Σ A·log π + β·k3 over all tokens of the step, whose mean the loss is.
    private static void Move(
        double[] table, float[] start, double[] frozen, int tokens, Attempt[] attempts, double[] credits, double kl)
    {
        int columns = Tokenizer.VocabularySize;
        double[] advantages =
            [.. credits.Chunk(Group).SelectMany(group => GroupAdvantages.Relative(group, new int[Group], new GroupAdvantageOptions()))];
        for (int i = 0; i < attempts.Length; i++)
        {
            TokenSequence sequence = attempts[i].Sequence;
            for (int t = sequence.PromptLength; t < sequence.Tokens.Length; t++)
            {
                int row = RowOf(sequence.Tokens[..t]) * columns;
                double[] policy = Softmax([.. start[row..(row + columns)].Select(logit => (double)logit)]);
                double[] reference = Softmax(frozen[row..(row + columns)]);
                int token = sequence.Tokens[t];
                double slope = -advantages[i] + (kl * (1 - (reference[token] / policy[token])));
                for (int v = 0; v < columns; v++)
                {
                    table[row + v] -= slope * ((v == token ? 1 : 0) - policy[v]) / tokens;
                }
            }
        }
    }

    private static double[] Softmax(double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    private sealed record Attempt(string Question, TokenSequence Sequence, string Text, double Reward);
}
