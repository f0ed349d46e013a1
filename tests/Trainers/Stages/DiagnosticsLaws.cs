using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What stages report, worked out by hand from numbers that are given.</summary>
public sealed class DiagnosticsLaws
{
    [Fact]
    public void Pairs_are_reported_by_their_side_and_a_tie_is_not_right()
    {
        // Completions of 2 and 1, 1 and 2, 2 and 2 tokens; the third pair's rewards are equal.
        SequencePair[] pairs = [Pair(2, 1), Pair(1, 2), Pair(2, 2)];
        PairLogProbs[] reference = [new(-2, -3), new(-1, -2), new(-4, -5)];

        // Those of the chosen completions, then those of the rejected ones.
        float[] sums = [-1, -2.5f, -3.5f, -5, -1, -4.5f];
        AssertMetrics(
            new Dictionary<string, double>
            {
                [MetricNames.ChosenReward] = 0.5 * (1 - 1.5 + 0.5) / 3,
                [MetricNames.RejectedReward] = 0.5 * (-2 + 1 + 0.5) / 3,
                [MetricNames.RewardMargin] = 0.5 * 0.5 / 3,
                [MetricNames.RewardAccuracy] = 1.0 / 3,
                [MetricNames.ChosenLogProb] = -7.0 / 3,
                [MetricNames.RejectedLogProb] = -10.5 / 3,
            },
            Of(new PreferenceLoss.Sigmoid(0.5)));
        Assert.Equal(
            0.5 * ((1 / 2.0) - 1.5 + (0.5 / 2)) / 3,
            Of(new PreferenceLoss.Sigmoid(0.5, Normalized: true))[MetricNames.ChosenReward],
            1e-12);

        Dictionary<string, double> Of(PreferenceLoss loss)
        {
            var diagnostics = new PreferenceDiagnostics(loss, reference);
            diagnostics.Add(sums, PairMatching.None(pairs, reference));
            return diagnostics.Metrics().ToDictionary();
        }
    }

    [Fact]
    public void Good_and_bad_completions_are_means_of_their_own()
    {
        var diagnostics = new UnpairedDiagnostics(beta: 0.5);
        diagnostics.Add(-1, -2, desirable: true);
        diagnostics.Add(-3, -6, desirable: true);
        diagnostics.Add(-5, -2, desirable: false);
        AssertMetrics(
            new Dictionary<string, double>
            {
                [MetricNames.ChosenReward] = 0.5 * (1 + 3) / 2,
                [MetricNames.ChosenLogProb] = -2,
                [MetricNames.RejectedReward] = -1.5,
                [MetricNames.RejectedLogProb] = -5,
                [MetricNames.RewardMargin] = 1 + 1.5,
            },
            diagnostics.Metrics());
        Assert.Empty(new UnpairedDiagnostics(1).Metrics());
    }

    [Fact]
    public void A_ranking_is_all_its_pairs_and_a_tie_is_half_right()
    {
        var diagnostics = new RewardDiagnostics();
        diagnostics.Add([2, 1, 3]);
        diagnostics.Add([1, 1]);
        double Loss(double lead) => Math.Log(1 + Math.Exp(-lead));
        AssertMetrics(
            new Dictionary<string, double>
            {
                [MetricNames.Accuracy] = 1.5 / 4,
                [MetricNames.Margin] = (1 - 1 - 2 + 0) / 4.0,
                [MetricNames.MinReward] = 1,
                [MetricNames.MeanReward] = 8.0 / 5,
                [MetricNames.MaxReward] = 3,
            },
            diagnostics.Metrics());
        Assert.Equal(
            (Loss(1) + Loss(-1) + Loss(-2) + Loss(0)) / 4, diagnostics.HeldOutMetrics().ToDictionary()[MetricNames.HeldOutLoss], 1e-6);
    }

    [Fact]
    public void Sampler_and_trainer_differ_by_distances_that_do_not_cancel()
    {
        using var engine = new ManagedEngine();
        using var scope = engine.Scope();
        using var diagnostics = new UpdateDiagnostics<ManagedTensor>(engine, new Surrogate.Clip());
        ManagedTensor Row(float first, float second) => engine.Constant(1, 2, [first, second]);
        ManagedTensor now = Row(-1, -2);
        diagnostics.Begin(1, hasReference: false, sampled: 2);
        diagnostics.Add(
            TokenBatch.Create([new TokenSequence([1, 2, 3], 1)]),
            new PolicyInputs<ManagedTensor>(now, now, now, Row(1, 1)),
            Row(0, 0),
            false,
            Row(-1.5f, -1.25f));
        diagnostics.End(2);
        Assert.Equal((0.5 + 0.75) / 2, diagnostics.Metrics().ToDictionary()[MetricNames.SamplerDifference], 1e-6);
    }

    [Fact]
    public void What_is_kept_has_a_fraction_and_a_mean_of_its_own() => Assert.Equal(
        new Dictionary<string, double> { [MetricNames.KeptFraction] = 0.5, [MetricNames.KeptReward] = 3 },
        SelectionMetrics.Of([1, 2, 3, 4], [1, 3]).ToDictionary());

    [Fact]
    public void A_mismatched_completion_is_of_another_prompt_and_fits()
    {
        // Prompts of 1 to 4 tokens, completions of 1 to 5; some pairs of other prompts do not fit into 6 tokens.
        const int Context = 6;
        LabelledSequence[] rows =
        [
            .. Enumerable.Range(0, 20).Select(i => new LabelledSequence(
                new TokenSequence(
                    [.. Enumerable.Repeat(1 + (i % 4), 1 + (i % 4)), .. Enumerable.Repeat(11 + (i % 4), 1 + (i % 5))], 1 + (i % 4)),
                true)),
        ];
        var data = new LabelledData(rows, new UnpairedSettings { Name = "kto", BatchSize = 4 }, Context, seed: 3, stage: 0);
        int none = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            bool exists = rows.Any(other => other.Sequence.PromptLength != rows[row].Sequence.PromptLength
                && rows[row].Sequence.PromptLength + other.Sequence.CompletionLength <= Context);
            Assert.Equal(exists, data.MismatchOf(row) >= 0);
            none += exists ? 0 : 1;
            if (exists)
            {
                TokenSequence mismatched = data.Mismatched(row);
                Assert.InRange(mismatched.Tokens.Length, 2, Context);
                Assert.NotEqual(mismatched.Tokens[0] + 10, mismatched.Completion[0]);
                Assert.Equal(rows[row].Sequence.Tokens[..rows[row].Sequence.PromptLength], mismatched.Tokens[..mismatched.PromptLength]);
            }
        }

        Assert.InRange(none, 0, 5);
        Assert.Equal(data.Mismatched(), Enumerable.Range(0, rows.Length).Where(row => data.MismatchOf(row) >= 0).Select(data.Mismatched));
    }

    private static SequencePair Pair(int chosen, int rejected) => new(Sequence(chosen), Sequence(rejected));

    private static TokenSequence Sequence(int completion) => new([1, .. Enumerable.Repeat(2, completion)], 1);

    private static void AssertMetrics(Dictionary<string, double> expected, IEnumerable<KeyValuePair<string, double>> found)
    {
        Dictionary<string, double> metrics = found.ToDictionary();
        Assert.Equal(expected.Keys.Order(), metrics.Keys.Order());
        Assert.All(expected, metric => Assert.Equal(metric.Value, metrics[metric.Key], 1e-12));
    }
}
