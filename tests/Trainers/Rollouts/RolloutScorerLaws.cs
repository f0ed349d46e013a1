using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>Completions of whole steps.</summary>
public sealed class RolloutScorerLaws
{
    private static ITokenizer Tokenizer => SampledToy.Tokenizer;

    [Fact]
    public void A_step_of_several_batches_draws_what_one_batch_would()
    {
        // More completions than a batch takes, and the last batch is not full.
        const int Samples = 3;
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        Question[] questions = [.. Enumerable.Range(0, 700).Select(i => SampledToy.Questions[i % 4] with { Row = i })];
        var address = new SamplingAddress(5, RandomPurpose.Rollout, 7, 11);
        using var scorer = new RolloutScorer<ManagedTensor>(engine, model, Tokenizer, new ExactAnswer());
        Rollout drawn = scorer.Draw(questions, Samples, 2, new SamplingOptions(), address);
        var expected = new CompletionSampler<ManagedTensor>(engine, model, Tokenizer.Ends).Draw(
            [.. questions.Select(question => Tokenizer.EncodePrompt(question.Prompt))],
            Samples,
            2,
            new SamplingOptions(),
            address);
        Assert.Equal(expected.Select(one => one.Sequence), drawn.Sequences);
        Assert.Equal(
            Enumerable.Range(0, questions.Length * Samples).Select(i => (long)(i / Samples)),
            drawn.Samples.Select(sample => sample.Question.Row));
    }

    [Fact]
    public void Samples_have_the_scores_of_the_parts_that_their_reward_is_made_of()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var sum = new RewardSum([new WeightedReward(new ExactAnswer(), 1), new WeightedReward(new Letters(), 0.25)], RewardErrors.Stop);
        using var scorer = new RolloutScorer<ManagedTensor>(engine, model, Tokenizer, sum);
        Rollout drawn = scorer.Draw(SampledToy.Questions, 2, 3, new SamplingOptions(), default);
        var (informative, equal) = drawn.SplitByEquality();
        Assert.NotEmpty(informative.Samples);
        Assert.NotEmpty(equal.Samples);
        foreach (Rollout rollout in new[] { drawn, informative, equal, drawn.First(3) })
        {
            IReadOnlyList<SampleRecord> records = rollout.Records([.. rollout.Samples.Select(_ => 0.0)]);
            Assert.All(records.Where(record => record.Parts.Count > 0), record =>
            {
                Assert.Equal(record.Completion.Length, record.Parts["letters"]);
                Assert.Equal(record.Reward, record.Parts["exact"] + (0.25 * record.Parts["letters"]), 1e-12);
            });
            Assert.True(rollout != drawn || records.All(record => record.Parts.Count == 2));
        }
    }

    [Fact]
    public void Second_attempts_follow_the_group_of_first_ones_with_all_that_is_known_of_them()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var sum = new RewardSum([new WeightedReward(new ExactAnswer(), 1), new WeightedReward(new Letters(), 0.25)], RewardErrors.Stop);
        using var scorer = new RolloutScorer<ManagedTensor>(engine, model, Tokenizer, sum);
        Rollout first = scorer.Draw(SampledToy.Questions, 3, 3, new SamplingOptions(), default);
        Question[] again = [.. first.Samples.Select(sample => sample.Question with { Prompt = $"{sample.Question.Prompt}d" })];
        Rollout second = scorer.Draw(again, 1, 3, new SamplingOptions(), new SamplingAddress(1, RandomPurpose.Rollout, 0, 12));
        bool[] repeats = [.. Enumerable.Range(0, 12).Select(i => i % 5 == 0)];
        Rollout both = first.With(second, repeats);
        Assert.Equal(8, both.Groups);
        (int First, int Second)[] pairs = [.. both.Attempts];
        for (int i = 0; i < pairs.Length; i++)
        {
            Assert.Same(first.Samples[i], both.Samples[pairs[i].First]);
            Assert.Same(second.Samples[i], both.Samples[pairs[i].Second]);
            Assert.Equal((first.Rewards[i], second.Rewards[i]), (both.Rewards[pairs[i].First], both.Rewards[pairs[i].Second]));
        }

        Assert.Equal(12, pairs.Length);
        Assert.Equal(Enumerable.Range(0, 24), pairs.SelectMany(pair => new[] { pair.First, pair.Second }).Order());
        Assert.All(both.Samples.Chunk(3), group => Assert.Single(group.Select(sample => sample.Question.Row).Distinct()));
        Assert.All(both.Records([.. both.Samples.Select(_ => 0.0)]), record =>
            Assert.Equal(record.Reward, record.Parts["exact"] + (0.25 * record.Parts["letters"]), 1e-12));
        Assert.Equal(pairs, both.WithRewards([.. both.Rewards.Reverse()]).Attempts);
    }

    [Fact]
    public void The_text_of_a_completion_has_all_its_tokens_but_the_end()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var drawn = new CompletionSampler<ManagedTensor>(engine, model, Tokenizer.Ends).Draw(
            [.. "abcd".Select(letter => Tokenizer.EncodePrompt($"{letter}"))], 8, 3, new SamplingOptions(), default);
        Assert.Contains(drawn, one => one.Ended);
        Assert.Contains(drawn, one => !one.Ended);
        Assert.All(drawn, one => Assert.Equal(
            one.Sequence.CompletionLength - (one.Ended ? 1 : 0), CompletionText.Of(one, Tokenizer).Length));
    }

    [Fact]
    public void The_tokens_of_a_completion_are_drawn_with_numbers_of_their_own()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        SampledCompletion[] Draw(uint step) =>
        [
            .. new CompletionSampler<ManagedTensor>(engine, model, []).Draw(
                [Tokenizer.EncodePrompt("a")], 64, 4, new SamplingOptions(), new SamplingAddress(1, RandomPurpose.Rollout, step)),
        ];
        SampledCompletion[] first = Draw(0);

        // A nearly uniform policy: with one number for all tokens, completions would be of one letter.
        Assert.InRange(first.Count(one => one.Sequence.Completion.ToArray().Distinct().Count() == 1), 0, 8);
        Assert.NotEqual(first.Select(one => one.Sequence), Draw(1).Select(one => one.Sequence));
    }

    [Fact]
    public void A_prompt_may_fill_the_context_but_for_one_token_and_a_completion_fills_it()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var sampler = new CompletionSampler<ManagedTensor>(engine, model, []);
        foreach (int prompt in (int[])[1, model.Context - 1])
        {
            var drawn = sampler.Draw([[.. Enumerable.Repeat(1, prompt)]], 1, 100, new SamplingOptions(), default);
            Assert.Equal(model.Context, drawn[0].Sequence.Tokens.Length);
        }
    }

    [Fact]
    public void Any_of_several_ends_ends_a_completion()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var drawn = new CompletionSampler<ManagedTensor>(engine, model, [0, 2]).Draw(
            [[1]], 64, 4, new SamplingOptions(), default);
        Assert.Equal([0, 2], drawn.Where(one => one.Ended).Select(one => one.Sequence.Tokens[^1]).Distinct().Order());
        Assert.All(drawn, one => Assert.DoesNotContain(2, one.Sequence.Completion[..^1].ToArray()));
    }

    [Fact]
    public void Rounds_take_the_prompts_in_order_and_draw_anew()
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var settings = new RejectionSettings
        {
            Name = "reject", Steps = 6, PromptsPerRound = 2, CompletionsPerPrompt = 1, StepsPerRound = 3, BatchSize = 2,
            MaxCompletionTokens = 2, Selection = new SelectionSettings { Keep = KeepKind.Passing, Threshold = -1 },
            Optimizer = new() { LearningRate = 1e-9 },
        };
        using var trainer = new RejectionTrainer<ManagedTensor>(engine, model, model, settings, SampledToy.Task);
        string[][] prompts =
            [.. Enumerable.Range(0, 6).Select(step => trainer.Step(step).Samples.Select(sample => sample.Prompt).ToArray())];
        Assert.Equal([2, 0, 0, 2, 0, 0], prompts.Select(round => round.Length));
        Assert.Equal(["a", "b", "c", "d"], prompts.SelectMany(round => round).Order());

        // One prompt again and again: what differs is the number of the step.
        var task = SampledToy.Task with { Questions = [SampledToy.Questions[0]] };
        var wide = settings with { PromptsPerRound = 1, CompletionsPerPrompt = 32, StepsPerRound = 1 };
        using var again = new RejectionTrainer<ManagedTensor>(engine, model, model, wide, task);
        double[] means = [.. Enumerable.Range(0, 6).Select(step => again.Step(step).Metrics.ToDictionary()[MetricNames.Reward])];
        Assert.True(means.Distinct().Count() > 1, "Every round drew the same completions.");
    }

    [Fact]
    public void Each_round_takes_what_it_kept_in_an_order_of_its_own()
    {
        // 40 completions, one at a time, kept whatever they are: the order is that of the epoch at which the round was drawn.
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        var settings = new RejectionSettings
        {
            Name = "reject", Steps = 4, PromptsPerRound = 4, CompletionsPerPrompt = 10, StepsPerRound = 2, BatchSize = 1,
            MaxCompletionTokens = 3, Optimizer = new() { LearningRate = 1e-9 },
            Selection = new SelectionSettings { Keep = KeepKind.Passing, Threshold = -1, Deduplicate = false },
        };
        using var trainer = new RejectionTrainer<ManagedTensor>(engine, model, model, settings, SampledToy.Task);
        for (int step = 0; step < settings.Steps; step++)
        {
            StepOutcome outcome = trainer.Step(step);
            IReadOnlyList<TokenSequence> kept = trainer.Export().Sequences["kept"];
            int drawnAt = step / 2 * 2;
            int row = new DataOrder(SampledToy.Task.Seed, 0, kept.Count, 1, firstEpoch: drawnAt).RowsOf(step - drawnAt)[0];
            double logProb = new PolicyPass<ManagedTensor>(engine, model, new PassLimits(1), 1).Sums([kept[row]])[0];
            double expected = -logProb / kept[row].CompletionLength;
            Assert.Equal(expected, outcome.Metrics.ToDictionary()[MetricNames.Loss], 1e-5);
        }
    }

    /// <summary>A point for each letter.</summary>
    private sealed class Letters : IReward
    {
        public string Name => "letters";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) =>
            [.. batch.Select(sample => (double)sample.Completion.Length)];
    }
}
