using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Rewards;

public class RewardSumLaws
{
    private static readonly Gen<double> Numbers = Gen.Choose(-1000, 1000).Select(number => number / 64.0);

    private static readonly Gen<(double[] First, double[] Second, double WeightOfFirst, double WeightOfSecond)> Cases =
        from size in Gen.Choose(1, 9)
        from first in Gen.ArrayOf(Numbers, size)
        from second in Gen.ArrayOf(Numbers, size)
        from a in Numbers
        from b in Numbers
        select (first, second, a, b);

    [Fact]
    public void A_total_is_the_weighted_sum_of_its_parts() => Laws.Hold(Cases, c =>
        Scores(Sum((c.First, c.WeightOfFirst), (c.Second, c.WeightOfSecond)), c.First.Length).Totals
            .Zip(c.First.Zip(c.Second, (x, y) => (c.WeightOfFirst * x) + (c.WeightOfSecond * y)))
            .All(pair => Math.Abs(pair.First - pair.Second) < 1e-9));

    [Fact]
    public void The_order_of_the_parts_does_not_matter() => Laws.Hold(Cases, c =>
        Scores(Sum((c.First, c.WeightOfFirst), (c.Second, c.WeightOfSecond)), c.First.Length).Totals
            .SequenceEqual(Scores(Sum((c.Second, c.WeightOfSecond), (c.First, c.WeightOfFirst)), c.First.Length).Totals));

    [Fact]
    public void A_part_keeps_its_scores_as_they_were_before_the_weight() => Laws.Hold(Cases, c =>
        Scores(Sum((c.First, c.WeightOfFirst), (c.Second, c.WeightOfSecond)), c.First.Length).Parts[0].Scores.SequenceEqual(c.First));

    [Fact]
    public void Moving_every_score_moves_the_mean_and_leaves_the_spread() => Laws.Hold(Cases, c =>
    {
        var part = new PartScores("x", c.First, 0);
        var moved = new PartScores("x", [.. c.First.Select(score => score + c.WeightOfFirst)], 0);
        return Math.Abs(moved.Mean - part.Mean - c.WeightOfFirst) < 1e-9 && Math.Abs(moved.Std - part.Std) < 1e-9;
    });

    [Fact]
    public void The_spread_is_that_of_a_sample()
    {
        Assert.Equal(Math.Sqrt(0.5), new PartScores("x", [0, 1], 0).Std, 1e-15);
        Assert.Equal(0, new PartScores("x", [3], 0).Std);
    }

    [Theory]
    [InlineData(double.NaN, "its score is NaN")]
    [InlineData(double.PositiveInfinity, "its score is Infinity")]
    public void A_score_that_is_no_number_stops_with_its_sample(double score, string reason)
    {
        var failure = Assert.Throws<RewardFailedException>(() => Scores(Sum(([1, score], 1)), 2));
        Assert.StartsWith(
            $"the reward \"p0\" could not score a completion of file.csv, row 3: {reason}\n  prompt: \"ask 1\"\n  completion: \"said 1\"\n",
            failure.Message,
            StringComparison.Ordinal);
        Assert.Contains("\"onRewardError\": \"score\", \"rewardErrorScore\": 0", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e300, 1e10)]
    [InlineData(-1e200, 1e200)]
    [InlineData(1e308, 1)]
    public void A_score_that_overflows_with_its_weight_is_a_failure_of_that_reward(double score, double weight)
    {
        var failure = Assert.Throws<RewardFailedException>(() => Scores(Sum(([1, 1], 1), ([1, score], weight)), 2));
        Assert.Equal(("p1", "said 1"), (failure.Part, failure.Sample.Completion));
        Assert.Contains($"which overflows with its weight {weight}", failure.Message, StringComparison.Ordinal);

        var kept = new RewardSum(
            [new(new Given("p0", [1, 1]), 1), new(new Given("p1", [1, score]), weight)], new RewardErrors(RewardErrorAction.Score, 0));
        RewardScores scores = Scores(kept, 2);
        Assert.Equal([1 + weight, 1], scores.Totals);
        Assert.Equal([0, 1], scores.Parts.Select(part => part.Failures));
    }

    [Fact]
    public void A_score_for_failures_that_overflows_with_a_weight_is_refused() => Assert.Contains(
        "with the weight 1E+200 of \"p0\"",
        Assert.Throws<ArgumentException>(
            () => new RewardSum([new(new Given("p0", [1]), 1e200)], new RewardErrors(RewardErrorAction.Score, 1e200))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_reward_that_throws_stops_with_the_sample_that_it_threw_at()
    {
        var reward = SampleReward.Of("picky", sample => sample.Completion == "said 1" ? throw new FormatException("no good") : 1);
        var failure = Assert.Throws<RewardFailedException>(() => Scores(RewardSum.Of(reward), 3));
        Assert.Contains(
            "the reward \"picky\" could not score a completion of file.csv, row 3: FormatException: no good",
            failure.Message,
            StringComparison.Ordinal);
        Assert.Equal(("picky", "said 1"), (failure.Part, failure.Sample.Completion));
        Assert.IsType<FormatException>(failure.InnerException);
    }

    [Fact]
    public void With_a_stated_score_only_the_sample_that_fails_has_it()
    {
        var picky = SampleReward.Of("picky", sample => sample.Completion == "said 1" ? throw new FormatException("no good") : 2);
        var sum = new RewardSum([new(picky, 0.5)], new RewardErrors(RewardErrorAction.Score, -4));
        RewardScores scores = Scores(sum, 3);
        Assert.Equal([1, -2, 1], scores.Totals);
        Assert.Equal(1, scores.Parts[0].Failures);
    }

    [Fact]
    public void A_batch_reward_that_throws_fails_every_sample()
    {
        RewardScores scores = Scores(new RewardSum([new(new Broken(), 1)], new RewardErrors(RewardErrorAction.Score, 7)), 2);
        Assert.Equal([7, 7], scores.Totals);
        Assert.Equal(2, scores.Parts[0].Failures);
    }

    [Fact]
    public void More_failures_than_the_share_of_recent_completions_stop_whatever_the_action()
    {
        // 16 of 64 are a quarter.
        Tolerant(0.25, sample => sample.Question.Row < 18).Score(Batch(64), CancellationToken.None);
        var failure = Assert.Throws<RewardFailedException>(
            () => Tolerant(0.25, sample => sample.Question.Row < 19).Score(Batch(64), CancellationToken.None));
        Assert.StartsWith(
            "17 of the last 64 completions could not be scored, more than the share 0.25 that \"maxRewardErrorShare\" allows; among them: "
                + "the reward \"p\" could not score a completion of file.csv, row 2: FormatException: no good\n  prompt: \"ask 0\"",
            failure.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("onRewardError", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Earlier_good_completions_do_not_pay_for_an_outage()
    {
        RewardSum sum = Tolerant(0.5, sample => sample.Question.Row >= 1000);
        for (int step = 0; step < 20; step++)
        {
            sum.Score(Batch(64), CancellationToken.None);
        }

        RewardSample[] outage = [.. Batch(1062).Skip(998)];
        Assert.Throws<RewardFailedException>(() => sum.Score(outage, CancellationToken.None));
    }

    [Fact]
    public void Few_completions_stop_nothing()
    {
        RewardSum sum = Tolerant(0, _ => true);
        sum.Score(Batch(63), CancellationToken.None);
        Assert.Throws<RewardFailedException>(() => sum.Score(Batch(1), CancellationToken.None));
    }

    [Fact]
    public void A_completion_that_two_rewards_cannot_score_is_one_failure()
    {
        static WeightedReward Picky(string name) => new(
            SampleReward.Of(name, sample => sample.Question.Row < 22 ? throw new FormatException("no good") : 1), 1);
        var sum = new RewardSum([Picky("p"), Picky("q")], new RewardErrors(RewardErrorAction.Score, 0));
        Assert.Equal([20, 20], sum.ScoreParts(Batch(64), CancellationToken.None).Parts.Select(part => part.Failures));
    }

    [Fact]
    public void A_share_of_one_never_stops() =>
        Assert.Equal(new double[200], Tolerant(1, _ => true).Score(Batch(200), CancellationToken.None));

    [Fact]
    public void A_stop_is_no_failure()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var sum = new RewardSum([new(SampleReward.Of("x", _ => 1), 1)], new RewardErrors(RewardErrorAction.Score, 7));
        Assert.ThrowsAny<OperationCanceledException>(() => sum.Score(Batch(1), stopped.Token));
    }

    [Fact]
    public void A_sum_needs_parts_of_different_names()
    {
        Assert.Throws<ArgumentException>(() => new RewardSum([], RewardErrors.Stop));
        Assert.Contains(
            "exact, exact",
            Assert.Throws<ArgumentException>(
                () => new RewardSum([new(new ExactAnswer(), 1), new(new ExactAnswer(), 1)], RewardErrors.Stop)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_that_gives_too_few_scores_is_named() => Assert.Contains(
        "\"p0\" gave 1 scores to 2 samples",
        Assert.Throws<InvalidOperationException>(() => Scores(Sum(([1], 1)), 2)).Message,
        StringComparison.Ordinal);

    private static RewardSum Tolerant(double share, Func<RewardSample, bool> fails) => new(
        [new(SampleReward.Of("p", sample => fails(sample) ? throw new FormatException("no good") : 1), 1)],
        new RewardErrors(RewardErrorAction.Score, 0) { MaxShare = share });

    private static RewardScores Scores(RewardSum sum, int size) => sum.ScoreParts(Batch(size), CancellationToken.None);

    private static RewardSample[] Batch(int size) =>
        [.. Enumerable.Range(0, size)
            .Select(i => new RewardSample(new Question($"ask {i}", "1", "file.csv", i + 2), $"said {i}", true, new TokenSequence([0], 1)))];

    private static RewardSum Sum(params (double[] Scores, double Weight)[] parts) =>
        new([.. parts.Select((part, i) => new WeightedReward(new Given($"p{i}", part.Scores), part.Weight))], RewardErrors.Stop);

    private sealed class Given(string name, double[] scores) : IReward
    {
        public string Name => name;

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) => scores;
    }

    private sealed class Broken : IReward
    {
        public string Name => "broken";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) => throw new TimeoutException("nobody there");
    }
}
