using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of what algorithms draw, take off and mix in, on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class AlgorithmLaws<T> : OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Dynamic_sampling_fills_a_step_with_groups_that_teach()
    {
        var algorithm = Algorithms.Dapo() with { GroupSize = 2, MaxSamplingRounds = 1000 };
        foreach (var outcome in Outcomes(Settings(algorithm, 5)))
        {
            var metrics = outcome.Metrics.ToDictionary();
            Assert.All(outcome.Samples, sample => Assert.NotEqual(0, sample.Advantage));
            Assert.InRange(metrics[MetricNames.SamplingRounds], 2, 100);
            Assert.InRange(metrics[MetricNames.FractionZeroStd], 0.01, 0.99);
            Assert.DoesNotContain(outcome.Warnings, warning => warning.Kind == "dynamic_sampling");
        }
    }

    [Fact]
    public void Dynamic_sampling_without_prompts_that_teach_stops_at_its_bound_and_says_so()
    {
        var algorithm = Algorithms.Dapo() with { MaxSamplingRounds = 3 };
        var outcome = Outcomes(Settings(algorithm, 1), Constant(0.25))[0];
        var metrics = outcome.Metrics.ToDictionary();
        Assert.Equal(3, metrics[MetricNames.SamplingRounds]);
        Assert.Equal(1, metrics[MetricNames.FractionZeroStd]);
        Assert.Equal(0.25, metrics[MetricNames.Reward]);
        Assert.Equal(0, metrics[MetricNames.GradNorm]);
        Assert.Contains(
            "3 sampling rounds gave 0 groups of unequal rewards for 8",
            Assert.Single(outcome.Warnings, warning => warning.Kind == "dynamic_sampling").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_of_dynamic_sampling_draws_the_prompts_that_it_would_have_drawn()
    {
        var algorithm = Algorithms.Dapo() with { GroupSize = 2 };
        Assert.Equal(AfterSixSteps(algorithm, takeOverAfter: 6), AfterSixSteps(algorithm, takeOverAfter: 3));
    }

    [Fact]
    public void ReMax_compares_with_the_reward_of_the_greedy_completion()
    {
        // A constant reward is the greedy completion's too: nothing is to be learnt.
        var constant = Outcomes(Settings(Algorithms.ReMax() with { KlPlacement = new KlPenalty.Reward() }, 1), Constant(0.75))[0];
        Assert.All(constant.Samples, sample => Assert.Equal(0, sample.Advantage));
        Assert.Equal(0.75, constant.Metrics.ToDictionary()[MetricNames.GreedyReward]);
        Assert.Equal(0, constant.Metrics.ToDictionary()[MetricNames.GradNorm]);

        // Penalties are the greedy completion's as well.
        var fined = Outcomes(
            Settings(Algorithms.ReMax() with { KlPlacement = new KlPenalty.Reward(), OverlongBuffer = 1, OverlongPenalty = 0.5 }, 1),
            Constant(0.75))[0];
        Assert.All(fined.Samples, sample => Assert.Contains(sample.Advantage, (double[])[-0.5, 0, 0.5]));
    }

    [Fact]
    public void The_longest_completions_cost_the_overlong_penalty()
    {
        var metrics = Outcomes(
            Settings(Algorithms.Grpo() with { OverlongBuffer = 1, OverlongPenalty = 0.5 }, 1),
            Constant(1))[0].Metrics.ToDictionary();

        // Completions have one token or two, and two are the most.
        Assert.Equal(1 - (0.5 * (metrics[MetricNames.MeanLength] - 1)), metrics[MetricNames.RegularizedReward], 1e-12);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1e200)]
    [InlineData(-1e200)]
    public void Masked_completions_add_nothing_to_the_gradient_whatever_their_reward(double cutOff)
    {
        // 1e200 is infinite as a float, and a weight of 0 would make NaN of it.
        var algorithm = WithoutBaseline() with { MaskTruncated = true };
        float[] masked = AfterOneStep(algorithm, reward: CutOffScores(0));
        Assert.Equal(masked, AfterOneStep(algorithm, reward: CutOffScores(cutOff)));
        float[] start = Start();
        Assert.NotEqual(start, masked[..start.Length]);
    }

    [Fact]
    public void Masked_completions_are_not_counted_by_the_aggregation()
    {
        AssertShareOfKept(new Aggregation.TokenMean(), completion => completion.Drawn.Sequence.CompletionLength);
        AssertShareOfKept(new Aggregation.SequenceMean(CountEmpty: false), _ => 1);
        AssertShareOfKept(new Aggregation.SequenceSum(CountEmpty: false), _ => 1);
    }

    [Fact]
    public void Masked_completions_are_counted_by_the_aggregations_that_count_every_completion()
    {
        // Cut-off completions have reward 0: masked or not they add nothing to the sum, and the count is the same.
        foreach (Aggregation aggregation in (Aggregation[])
            [new Aggregation.SequenceMean(), new Aggregation.SequenceSum(), new Aggregation.ConstantLength()])
        {
            var algorithm = WithoutBaseline() with { Aggregation = aggregation };
            AssertSame(
                AfterOneStep(algorithm, reward: CutOffScores(0)),
                AfterOneStep(algorithm with { MaskTruncated = true }, reward: CutOffScores(0)),
                1e-6f);
        }
    }

    [Fact]
    public void A_dual_clip_binds_ratios_that_have_grown_and_no_others()
    {
        AssertSame(AfterOneStep(Plain()), AfterOneStep(Plain() with { Surrogate = new Surrogate.Clip(DualClip: 3) }), 1e-6f);
        var far = Plain() with { Iterations = 3, KlPlacement = new KlPenalty.Loss(0.01) };
        Assert.NotEqual(
            AfterOneStep(far with { Surrogate = new Surrogate.Clip(DualClip: 3) }),
            AfterOneStep(far with { Surrogate = new Surrogate.Clip(DualClip: 1.0001) }));
    }

    [Fact]
    public void An_update_with_all_its_parts_does_not_depend_on_the_micro_batch_size()
    {
        var algorithm = Plain() with
        {
            KlPlacement = new KlPenalty.Loss(0.1),
            EntropyCoefficient = 0.1,
            MaskTruncated = true,
            Surrogate = new Surrogate.Clip(DualClip: 3),
        };
        float[] whole = AfterOneStep(algorithm);
        AssertSame(whole, AfterOneStep(algorithm, new PassLimits(5)), 2e-5f);
    }

    [Theory]
    [InlineData("ppo")]
    [InlineData("dapo")]
    [InlineData("remax")]
    [InlineData("reinforcepp")]
    public void Two_runs_of_one_seed_are_the_same(string name) =>
        Assert.Equal(AfterSixSteps(Algorithms.All[name], takeOverAfter: 6), AfterSixSteps(Algorithms.All[name], takeOverAfter: 6));

    [Fact]
    public void What_fails_a_judge_is_lowered_whatever_its_reward()
    {
        // The reward is for being cut off, which the judge forbids.
        var outcomes = Outcomes(
            Settings(Algorithms.Cgpo(), 60),
            new Given("cutOff", sample => sample.Ended ? 0 : 1),
            new Given("ended", sample => sample.Ended ? 1 : 0));
        Assert.All(outcomes.SelectMany(outcome => outcome.Samples), sample => Assert.InRange(sample.Advantage, -0.5, 0.5));
        Assert.All(
            outcomes.SelectMany(outcome => outcome.Samples).Where(sample => sample.Reward == 1),
            sample => Assert.Equal(-0.5, sample.Advantage));
        double first = outcomes[0].Metrics.ToDictionary()[MetricNames.JudgesPassed];
        double last = outcomes[^1].Metrics.ToDictionary()[MetricNames.JudgesPassed];
        Assert.InRange(first, 0.05, 0.7);
        Assert.InRange(last, 0.9, 1);
    }

    [Fact]
    public void Demonstrations_that_are_mixed_in_are_learnt_beside_the_reward()
    {
        var settings = Settings(Algorithms.Grpo(), 60) with { MixCoefficient = 1, MixBatchSize = 4, MixData = "memory" };
        var outcomes = Outcomes(settings, Constant(0));
        Assert.InRange(outcomes[0].Metrics.ToDictionary()[MetricNames.MixLoss], 1, 3);
        Assert.InRange(outcomes[^1].Metrics.ToDictionary()[MetricNames.MixLoss], 0, 0.2);
    }

    [Fact]
    public void Sampler_and_trainer_agree_before_the_first_update()
    {
        Assert.All(
            Train(Algorithms.Grpo() with { Iterations = 2 }, 3),
            step => Assert.InRange(step[MetricNames.SamplerDifference], 0, 1e-4));
        Assert.DoesNotContain(
            MetricNames.SamplerDifference,
            Train(Algorithms.Grpo() with { Sampling = new SamplingOptions { TopK = 2 } }, 1)[0].Keys);
    }

    [Theory]
    [InlineData("grpo", true)]
    [InlineData("gspo", true)]
    [InlineData("cispo", true)]
    [InlineData("gmpo", true)]
    [InlineData("sapo", false)]
    [InlineData("vespo", false)]
    [InlineData("rloo", false)]
    public void Clipping_is_reported_by_the_surrogates_that_clip(string name, bool clips) =>
        Assert.Equal(clips, Train(Algorithms.All[name], 1)[0].ContainsKey(MetricNames.ClipRegion));

    [Fact]
    public void Groups_of_equal_rewards_are_warned_of()
    {
        var outcome = Outcomes(Settings(Algorithms.Grpo(), 1), Constant(0))[0];
        Assert.Contains(
            "the rewards of 100 % of the groups are all equal",
            Assert.Single(outcome.Warnings, warning => warning.Kind == "equal_groups").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Completions_that_are_cut_off_are_warned_of()
    {
        var outcome = Outcomes(Settings(Algorithms.Grpo(), 1) with { MaxCompletionTokens = 1 })[0];
        Assert.Contains(
            "raise maxCompletionTokens",
            Assert.Single(outcome.Warnings, warning => warning.Kind == "cut_off").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_runs_away_is_warned_of()
    {
        // A hundred times the usual learning rate, and rewards that say nothing.
        var settings = Settings(
            Algorithms.Grpo() with { KlPlacement = new KlPenalty.Loss(1e-9), Iterations = 4 },
            30) with { Optimizer = new() { LearningRate = 0.5 }, ShuffleRewards = true };
        string[] kinds = [.. Outcomes(settings).SelectMany(outcome => outcome.Warnings).Select(warning => warning.Kind).Distinct()];
        Assert.Contains("kl", kinds);
        Assert.Contains("approx_kl", kinds);
    }

    [Fact]
    public void An_infinite_loss_names_the_rows_of_its_step()
    {
        var settings = Settings(Algorithms.Grpo() with { Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None) }, 1);
        var diverged = Assert.Throws<TrainingDivergedException>(
            () => Outcomes(settings, new Given("huge", sample => sample.Ended ? 1e200 : 0)));
        Assert.Equal(4, diverged.Batch.Count);
        Assert.Contains("\"a\" (memory.csv row 2)", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("the weights were not changed", diverged.Message, StringComparison.Ordinal);
    }

    private static Given Constant(double score) => new("constant", _ => score);

    // 1 for a completion that ended.
    private static Given CutOffScores(double cutOff) => new("reward", sample => sample.Ended ? 1 : cutOff);

    // Each completion's advantage is its own reward, so that a reward of 0 adds nothing to the gradient.
    private static OnPolicyAlgorithm WithoutBaseline() => Plain() with
    {
        GroupSize = 4,
        Advantage = new AdvantageEstimate.RewardToGo(),
        Surrogate = new Surrogate.Reinforce(),
    };

    // Completions that were cut off have reward 0: masked or not they add nothing to the sum, and only the count differs.
    private void AssertShareOfKept(Aggregation aggregation, Func<RewardSample, double> count)
    {
        double kept = 0;
        double all = 0;
        var reward = new Given("reward", sample =>
        {
            kept += sample.Ended ? count(sample) : 0;
            all += count(sample);
            return sample.Ended ? 1 : 0;
        });
        var algorithm = WithoutBaseline() with { Aggregation = aggregation };
        float[] start = Start();
        double[] Change(float[] after) => [.. start.Select((weight, i) => (double)after[i] - weight)];
        double[] whole = Change(AfterOneStep(algorithm, reward: reward));
        double[] masked = Change(AfterOneStep(algorithm with { MaskTruncated = true }, reward: CutOffScores(0)));

        double share = kept / all;
        Assert.InRange(share, 0.1, 0.9);
        Assert.Contains(masked, change => Math.Abs(change) > 1e-3);
        Assert.All(masked.Zip(whole), pair => Assert.Equal(pair.Second, pair.First * share, 1e-5 + (0.01 * Math.Abs(pair.Second))));
    }
}
