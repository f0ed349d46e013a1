using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rewards;

/// <summary>Reward models on an engine: those in folders, and those trained by earlier stages of a run.</summary>
/// <param name="engine">The engine that runs them.</param>
/// <param name="model">Shape of the policy that they score.</param>
/// <param name="tokenizer">Tokenizer of that policy.</param>
/// <param name="stage">Opens the reward model that a stage has trained; says where the steps end that it scores, if it does.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RewardModels<T>(
    IEngine<T> engine,
    ModelSettings model,
    ITokenizer tokenizer,
    Func<string, (ScalarModel<T> Model, StepEnd? StepEnd)> stage) : IRewardModels
    where T : struct, ITensor<T>
{
    /// <summary>Reward models in folders only, without a run.</summary>
    /// <param name="engine">The engine that runs them.</param>
    /// <param name="model">Shape of the policy that they score.</param>
    /// <param name="tokenizer">Tokenizer of that policy.</param>
    public static RewardModels<T> InFolders(IEngine<T> engine, ModelSettings model, ITokenizer tokenizer)
    {
        var scenario = new MemoryScenario { MicroBatchSize = 1, SequenceLength = 1, Reference = true };
        MemoryEstimate token = MemoryEstimate.Of(model, tokenizer.VocabularySize, scenario);
        return new RewardModels<T>(engine, model, tokenizer, stage =>
            throw new InputException(new InputProblem(
                "reward", 0, "from", $"\"{stage}\"", "the folder (with a slash) of a run or a checkpoint that holds a reward model")))
        {
            TokensPerPass = MemoryEstimate.TokensPerPass(engine.Memory.Bytes, token.Parameters + token.OtherModels, token.Activations),
        };
    }

    /// <summary>Kinds of tokenizers that folders may have; null for what is shipped.</summary>
    public TokenizerKinds? Tokenizers { get; init; }

    /// <summary>Most tokens of a pass; 0 for no limit.</summary>
    public int TokensPerPass { get; init; }

    /// <inheritdoc/>
    public IReward Open(RewardSettings.RewardModel settings) =>
        new ModelReward(settings, engine, Load(settings).Model, new PassLimits(settings.MicroBatchSize, TokensPerPass));

    /// <inheritdoc/>
    public IReward Open(RewardSettings.Process settings)
    {
        (ScalarModel<T> loaded, StepEnd? stepEnd) = Load(settings);
        return new ProcessReward<T>(
            settings,
            new ProcessScorer<T>(engine, loaded, new PassLimits(settings.MicroBatchSize, TokensPerPass)),
            new StepReader(stepEnd ?? new StepEnd.Whole()),
            tokenizer,
            loaded);
    }

    /// <summary>Loads a reward model itself.</summary>
    /// <param name="settings">Which one.</param>
    /// <returns>The model, and where the steps end that it scores; null if it scores whole completions.</returns>
    /// <exception cref="InputException">It is missing or damaged, or does not fit the policy.</exception>
    public (ScalarModel<T> Model, StepEnd? StepEnd) Load(RewardSettings.Learnt settings)
    {
        if (!settings.IsFolder)
        {
            return stage(settings.From);
        }

        ModelFolder folder = RewardModelChecks.Load(settings, model, tokenizer, Tokenizers);
        return (folder.Stored.OpenScalar(engine), folder.StepEnd);
    }

    private sealed class ModelReward(RewardSettings.RewardModel settings, IEngine<T> engine, ScalarModel<T> model, PassLimits limits)
        : ISharedReward, IDisposable
    {
        private readonly RewardScorer<T> _scorer = new(engine, model, limits);

        public string Name => settings.Name;

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            return [.. _scorer.Scores([.. batch.Select(sample => sample.Sequence)]).Select(score => (double)score)];
        }

        public void Dispose() => model.Dispose();
    }
}

/// <summary>Checks that a reward model can score a policy.</summary>
internal static class RewardModelChecks
{
    /// <summary>Whether the reward models in folders that some rewards name can judge the policy.</summary>
    /// <param name="rewards">The rewards.</param>
    /// <param name="widest">The policy with the longest context in the run.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    /// <param name="add">Takes what is wrong.</param>
    /// <param name="tokenizers">Kinds of tokenizers that folders may have; null for what is shipped.</param>
    public static void Check(
        IEnumerable<RewardSettings> rewards,
        ModelSettings widest,
        ITokenizer tokenizer,
        Action<InputProblem> add,
        TokenizerKinds? tokenizers = null)
    {
        var learnt = rewards.OfType<RewardSettings.Learnt>()
            .Where(reward => reward.IsFolder)
            .DistinctBy(reward => (reward.From, reward.ReadsSteps));
        foreach (RewardSettings.Learnt reward in learnt)
        {
            try
            {
                Load(reward, widest, tokenizer, tokenizers);
            }
            catch (InputException error)
            {
                error.Problems.ToList().ForEach(add);
            }
        }
    }

    /// <summary>Loads a reward model that can read the policy's completions.</summary>
    /// <param name="settings">The reward, which names a checkpoint's folder or a run's.</param>
    /// <param name="model">Shape of the policy.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="tokenizers">Kinds of tokenizers that folders may have; null for what is shipped.</param>
    /// <exception cref="InputException">
    /// It is missing or damaged, has another tokenizer or a shorter context, or scores no steps.
    /// </exception>
    public static ModelFolder Load(
        RewardSettings.Learnt settings, ModelSettings model, ITokenizer tokenizer, TokenizerKinds? tokenizers = null)
    {
        ModelFolder reward = ModelFolder.LoadReward(settings.From, tokenizers);
        if (settings.ReadsSteps && reward.StepEnd is null)
        {
            throw new InputException(new InputProblem(
                reward.Folder,
                0,
                "",
                "a reward model of whole completions",
                "one of steps, which a reward stage with stepEnd trains; or the reward rewardModel"));
        }

        if (reward.Tokenizer.ToJson() != tokenizer.ToJson())
        {
            throw new InputException(new InputProblem(
                reward.Folder, 0, "", $"a reward model with the {reward.Tokenizer.Describe()}",
                $"one with the policy's {tokenizer.Describe()}"));
        }

        return reward.Model.Context >= model.Context
            ? reward
            : throw new InputException(new InputProblem(
                reward.Folder, 0, "", $"a reward model with a context of {reward.Model.Context}",
                $"one of at least {model.Context}, the policy's"));
    }
}
