using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Studies.ClosedForm;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Tests.ClosedForm;

/// <summary>Trainers on a language that can be enumerated, beside the optimum.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class ClosedFormLaws<T>
    where T : struct, ITensor<T>
{
    public static TheoryData<string> Reaching => [.. ClosedFormCase.Unbiased.Select(one => one.Name)];

    public static TheoryData<string> Biased => [.. ClosedFormCase.Biased.Select(one => one.Name)];

    /// <summary>A fresh engine.</summary>
    protected abstract IEngine<T> CreateEngine();

    [Theory]
    [MemberData(nameof(Reaching))]
    public void A_trainer_whose_objective_has_the_optimum_ends_there(string name)
    {
        ClosedFormResult result = Run(name);
        Assert.True(result.GapClosed is >= ClosedFormReport.Required and <= 1, $"{name} closed {result.GapClosed} of the gap.");
    }

    [Theory]
    [MemberData(nameof(Biased))]
    public void A_trainer_with_another_objective_ends_elsewhere_and_where_the_page_says(string name)
    {
        ClosedFormResult result = Run(name);
        Assert.True(result.KlToOptimum > 0.005, $"{name} ends {result.KlToOptimum} nats from the optimum.");
        Assert.Equal(Published(name), 100 * result.GapClosed, 0.3);

        // k1's objective has no point of rest, and noise decides how far it gets.
        Assert.Equal(100 * result.Expected, 100 * result.GapClosed, name.Contains("k1", StringComparison.Ordinal) ? 3 : 0.5);
    }

    [Fact]
    public void TRPO_holds_its_constraint_at_every_step_and_ends_the_nearer_the_smaller_it_is()
    {
        using var engine = CreateEngine();
        TrustRegionResult[] results = [.. TrustRegionStudy.Regions.Select(maxKl => TrustRegionStudy.Run(engine, maxKl))];
        Assert.All(results, result => Assert.True(result.Holds && result.Steps > 0, $"δ {result.MaxKl}: a step of {result.LargestKl}"));
        Assert.All(results.Zip(results.Skip(1)), pair => Assert.True(
            pair.Second.KlToOptimum < pair.First.KlToOptimum, $"δ {pair.Second.MaxKl} ends {pair.Second.KlToOptimum} nats away."));
        Assert.InRange(results[^1].GapClosed, 0.999, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void The_best_of_n_is_kept_as_often_as_its_law_says(int samples)
    {
        using var engine = CreateEngine();
        BestOfNResult result = BestOfNStudy.Run(engine, samples, 4000);
        Assert.InRange(result.WorstZ, 0, ClosedFormReport.LargestZ);
        Assert.InRange(result.Kl, -1e-9, result.KlBound + 1e-9);
    }

    [Fact]
    public void Every_round_of_rejection_sampling_raises_the_expected_reward()
    {
        using var engine = CreateEngine();
        var rewards = RejectionStudy.Run(engine);
        Assert.All(rewards.Zip(rewards.Skip(1)), round => Assert.True(round.Second > round.First, $"{round.First} became {round.Second}."));
    }

    [Fact]
    public void A_table_gives_each_completion_the_probability_that_the_sampler_draws_it_with()
    {
        using var engine = CreateEngine();
        using var policy = ToyLanguage.Reference(engine);
        float[] logits = policy.Parameters.Read(engine)[TabularPolicy<T>.TableName];
        for (int prompt = 0; prompt < ToyLanguage.Questions.Count; prompt++)
        {
            var completions = ToyLanguage.Completions(prompt);
            double[] exact = ToyLanguage.LogProbs(logits, prompt);
            Assert.Equal(1, exact.Sum(Math.Exp), 1e-12);
            Assert.Equal(completions.Count, completions.Distinct().Count());
            var drawn = new CompletionSampler<T>(engine, policy, [ToyLanguage.Tokenizer.EndOfSequence]).Draw(
                [ToyLanguage.Tokenizer.Encode(ToyLanguage.Questions[prompt].Prompt)],
                200,
                ToyLanguage.MaxCompletionTokens,
                new SamplingOptions(),
                new SamplingAddress(3, RandomPurpose.Rollout, 0));
            Assert.All(
                drawn,
                completion => Assert.Equal(
                    exact[completions.ToList().IndexOf(completion.Sequence)],
                    completion.LogProbs.Sum(logProb => (double)logProb),
                    1e-4));
        }
    }

    private static double Published(string name)
    {
        string row = File.ReadLines(Path.Combine(Repository.Root, "docs", "closed-form.md"))
            .Single(line => line.StartsWith($"| {name} |", StringComparison.Ordinal));
        return double.Parse(row.Split('|')[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    private ClosedFormResult Run(string name)
    {
        using var engine = CreateEngine();
        return ClosedFormStudy.Run(engine, ClosedFormCase.All.Single(one => one.Name == name));
    }
}
