using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Studies.ClosedForm;

/// <summary>The result of a trainer on the toy language.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="ReachesOptimum">Whether its objective has the optimum of J, so that it must end there.</param>
/// <param name="Note">What it optimises instead where it is biased; how it is set where it is not.</param>
/// <param name="Curve">The fraction of the gap from J(π_ref) to J(π*) = β·log Z that is closed after each part of the training, from
/// 0.</param>
/// <param name="KlToOptimum">KL(π‖π*) at the end, mean over prompts, in nats.</param>
public sealed record ClosedFormResult(string Name, bool ReachesOptimum, string Note, IReadOnlyList<double> Curve, double KlToOptimum)
{
    /// <summary>The fraction of the gap that is closed at the end.</summary>
    public double GapClosed => Curve[^1];

    /// <summary>The fraction that it must close where its objective is another, by <see cref="ExpectedTraining"/>; elsewhere 1.</summary>
    public double Expected { get; init; } = 1;
}

/// <summary>
/// Trains a tabular policy on the toy language with the very trainers that train language models, and compares what comes out with
/// the optimum, which is known exactly: π*(y|x) = π_ref(y|x)·e^(r/β)/Z(x), J(π*) = β·log Z.
/// </summary>
public static class ClosedFormStudy
{
    /// <summary>Points of a curve besides its start.</summary>
    public const int CurvePoints = 20;

    /// <summary>β, the cost per nat of KL from the reference.</summary>
    public const double Beta = 0.5;

    private const ulong Seed = 5;

    /// <summary>J(π) = E[r] − β·KL(π‖π_ref), exactly, as the mean over prompts.</summary>
    /// <param name="logits">The policy's table.</param>
    /// <param name="reference">The reference's table.</param>
    public static double Objective(ReadOnlySpan<float> logits, ReadOnlySpan<float> reference)
    {
        double sum = 0;
        for (int prompt = 0; prompt < ToyLanguage.Questions.Count; prompt++)
        {
            sum += RegularizedOptimum.Objective(
                ToyLanguage.LogProbs(logits, prompt), ToyLanguage.LogProbs(reference, prompt), ToyLanguage.Rewards(prompt), Beta);
        }

        return sum / ToyLanguage.Questions.Count;
    }

    /// <summary>J(π*) = β·log Z, the mean over prompts.</summary>
    /// <param name="reference">The reference's table.</param>
    public static double Optimum(ReadOnlySpan<float> reference)
    {
        double sum = 0;
        for (int prompt = 0; prompt < ToyLanguage.Questions.Count; prompt++)
        {
            sum += Beta * RegularizedOptimum.LogPartition(ToyLanguage.LogProbs(reference, prompt), ToyLanguage.Rewards(prompt), Beta);
        }

        return sum / ToyLanguage.Questions.Count;
    }

    /// <summary>KL(π‖π*), the mean over prompts, in nats; J falls short of its optimum by β times this.</summary>
    /// <param name="logits">The policy's table.</param>
    /// <param name="reference">The reference's table.</param>
    public static double KlToOptimum(ReadOnlySpan<float> logits, ReadOnlySpan<float> reference) =>
        (Optimum(reference) - Objective(logits, reference)) / Beta;

    /// <summary>Runs one case on an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="one">The case.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static ClosedFormResult Run<T>(IEngine<T> engine, ClosedFormCase one)
        where T : struct, ITensor<T>
    {
        using var policy = ToyLanguage.Reference(engine);
        using var frozen = ToyLanguage.Reference(engine);
        float[] reference = Table(engine, policy);
        using var values = new TabularValues<T>(engine, policy.VocabularySize, policy.Context);
        using var trainer = Trainer(engine, policy, frozen, values, one.Stage);
        double start = Objective(reference, reference);
        double gap = Optimum(reference) - start;
        var curve = new List<double> { 0 };
        for (int step = 0; step < one.Stage.Steps; step++)
        {
            trainer.Step(step);
            if ((step + 1) * CurvePoints / one.Stage.Steps > step * CurvePoints / one.Stage.Steps)
            {
                curve.Add((Objective(Table(engine, policy), reference) - start) / gap);
            }
        }

        return new ClosedFormResult(one.Name, one.ReachesOptimum, one.Note, curve, KlToOptimum(Table(engine, policy), reference))
        {
            Expected = one.ReachesOptimum ? 1 : ExpectedTraining.GapClosed((OnPolicySettings)one.Stage, reference),
        };
    }

    private static IStageTrainer Trainer<T>(
        IEngine<T> engine, TabularPolicy<T> policy, TabularPolicy<T> frozen, TabularValues<T> values, StageSettings stage)
        where T : struct, ITensor<T> => stage switch
    {
        PreferenceSettings preference => new PreferenceTrainer<T>(engine, policy, frozen, preference, Pairs(), Seed, 0),
        OnPolicySettings onPolicy => new OnPolicyTrainer<T>(
            engine, policy, frozen, onPolicy, Task(Seed), onPolicy.Algorithm.Value is null ? null : values),
        _ => throw new ArgumentException($"No case trains by {stage.GetType().Name}.", nameof(stage)),
    };

    internal static OnPolicyTask Task(ulong seed) => new(ToyLanguage.Questions, new ToyReward(), ToyLanguage.Tokenizer, seed, 0);

    // Every pair of completions of every prompt, as often in each order as Bradley–Terry prefers it: 20 times in all.
    private static List<SequencePair> Pairs()
    {
        const int Copies = 20;
        var pairs = new List<SequencePair>();
        for (int prompt = 0; prompt < ToyLanguage.Questions.Count; prompt++)
        {
            var completions = ToyLanguage.Completions(prompt);
            double[] rewards = ToyLanguage.Rewards(prompt);
            for (int first = 0; first < completions.Count; first++)
            {
                for (int second = 0; second < first; second++)
                {
                    int wins = (int)Math.Round(Copies / (1 + Math.Exp(rewards[second] - rewards[first])));
                    pairs.AddRange(Enumerable.Repeat(new SequencePair(completions[first], completions[second]), wins));
                    pairs.AddRange(Enumerable.Repeat(new SequencePair(completions[second], completions[first]), Copies - wins));
                }
            }
        }

        return pairs;
    }

    internal static float[] Table<T>(IEngine<T> engine, TabularPolicy<T> policy)
        where T : struct, ITensor<T> => policy.Parameters.Read(engine)[TabularPolicy<T>.TableName];

    private sealed class ToyReward : IReward
    {
        public string Name => "toy";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) =>
            [.. batch.Select(sample => ToyLanguage.Reward(sample.Question.Prompt, sample.Completion))];
    }
}
