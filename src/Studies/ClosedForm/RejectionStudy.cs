using RlCore.Engines;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Stages;

namespace RlCore.Studies.ClosedForm;

/// <summary>Rejection sampling in rounds, on the toy language: the exact expected reward before the first round and after each.</summary>
public static class RejectionStudy
{
    private const int Rounds = 6;
    private const int StepsPerRound = 60;
    private const ulong Seed = 7;

    /// <summary>Runs the rounds.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static IReadOnlyList<double> Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var policy = ToyLanguage.Reference(engine);
        var stage = new RejectionSettings
        {
            Name = "reject",
            Steps = Rounds * StepsPerRound,
            PromptsPerRound = 256,
            CompletionsPerPrompt = 4,
            StepsPerRound = StepsPerRound,
            BatchSize = 64,
            MicroBatchSize = 64,
            MaxCompletionTokens = ToyLanguage.MaxCompletionTokens,
            Selection = new SelectionSettings { Keep = KeepKind.Best, Deduplicate = false },
            Optimizer = new OptimizerSettings { LearningRate = 0.02 },
        };
        using var trainer = new RejectionTrainer<T>(engine, policy, policy, stage, ClosedFormStudy.Task(Seed));
        var rewards = new List<double> { ExpectedReward(ClosedFormStudy.Table(engine, policy)) };
        for (int step = 0; step < stage.Steps; step++)
        {
            trainer.Step(step);
            if ((step + 1) % StepsPerRound == 0)
            {
                rewards.Add(ExpectedReward(ClosedFormStudy.Table(engine, policy)));
            }
        }

        return rewards;
    }

    private static double ExpectedReward(float[] logits) => Enumerable.Range(0, ToyLanguage.Questions.Count)
        .Average(
            prompt =>
                ToyLanguage.LogProbs(logits, prompt).Zip(ToyLanguage.Rewards(prompt)).Sum(pair => Math.Exp(pair.First) * pair.Second));
}
