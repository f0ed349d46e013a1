using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>The data and rewards of an on-policy stage.</summary>
/// <param name="Questions">Prompts with their known answers.</param>
/// <param name="Reward">Scores completions; disposed with the trainer if it is disposable.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="StageIndex">Index of the stage.</param>
public sealed record OnPolicyTask(IReadOnlyList<Question> Questions, IReward Reward, ITokenizer Tokenizer, ulong Seed, int StageIndex)
{
    /// <summary>Constraints that completions pass or fail, for algorithms that use them; disposed with the trainer.</summary>
    public RewardSum? Judges { get; init; }

    /// <summary>Servers that draw completions in the policy's place, disposed with the trainer; null for none.</summary>
    internal ServedCompletions? Served { get; init; }

    /// <summary>Demonstrations whose likelihood is maximised together with the reward (PPO-ptx); empty for none.</summary>
    public IReadOnlyList<TokenSequence> Mix { get; init; } = [];
}
