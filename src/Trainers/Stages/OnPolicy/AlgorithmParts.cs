namespace RlCore.Trainers.Stages;

/// <summary>How rewards become advantages.</summary>
public enum AdvantageKind
{
    /// <summary>Reward less the mean of its group, divided as <see cref="OnPolicyAlgorithm.AdvantageScale"/> says (GRPO).</summary>
    GroupRelative,

    /// <summary>Reward less the mean of the others of its group (RLOO).</summary>
    LeaveOneOut,

    /// <summary>Reward less the length-weighted mean of its group (OPO).</summary>
    LengthWeighted,

    /// <summary>Reward less the mean of its group, times completions over completions of non-zero reward (GPG).</summary>
    Informative,

    /// <summary>The lead of the best completion of a group over the second; 0 for all others (pass@k for k = the group).</summary>
    BestOfGroup,

    /// <summary>
    /// σ(reward − mean of its group) − ½ where the completion passes the stage's judges, −½ where it fails one (CGPO): raised is
    /// what passes and is above the average, lowered what fails or is below.
    /// </summary>
    Constrained,

    /// <summary>What is still to come of the tokens' rewards, less the reward of the prompt's greedy completion (ReMax).</summary>
    GreedyBaseline,

    /// <summary>Generalised advantage estimates of a value model, token by token (PPO).</summary>
    Gae,

    /// <summary>What is still to come of the tokens' rewards, discounted (REINFORCE++).</summary>
    RewardToGo,
}

/// <summary>What a value model is built on.</summary>
public enum ValueTrunk
{
    /// <summary>A transformer of its own, with an optimizer of its own; it begins as a copy of the policy.</summary>
    Own,

    /// <summary>The policy's hidden states: one scalar head beside the language model's, trained together with the policy.</summary>
    Shared,
}

/// <summary>What an on-policy algorithm maximises, token by token.</summary>
public enum SurrogateKind
{
    /// <summary>min(ρA, clip(ρ)A) with the token's ratio ρ (PPO, GRPO).</summary>
    PpoClip,

    /// <summary>The same with the ratio of the whole sequence, normalised by length (GSPO).</summary>
    Gspo,

    /// <summary>min(ρ, cap) held constant, times A·log π (CISPO): no token loses its gradient.</summary>
    Cispo,

    /// <summary>A soft gate of ρ in place of the clip, steeper where A is negative (SAPO).</summary>
    Sapo,

    /// <summary>
    /// The geometric mean of token ratios, each limited where its advantage pushes (GMPO); the bounds are those of the token's
    /// log-ratio: −clipLow … clipHigh.
    /// </summary>
    Gmpo,

    /// <summary>A·log π times a gamma-shaped weight of the ratio of the whole sequence, held constant (VESPO).</summary>
    Vespo,

    /// <summary>A·log π (REINFORCE): right for the first update after a rollout.</summary>
    Reinforce,
}

/// <summary>Where the KL to the reference goes.</summary>
public enum KlPlacement
{
    /// <summary>A term of the loss, token by token (GRPO).</summary>
    Loss,

    /// <summary>
    /// Taken off the reward: token by token where advantages are made of tokens (PPO, REINFORCE++), summed over the completion
    /// where they are made of completions (RLOO).
    /// </summary>
    Reward,
}

/// <summary>How token losses become one number.</summary>
public enum AggregationKind
{
    /// <summary>Mean over all action tokens of the step (DAPO).</summary>
    TokenMean,

    /// <summary>Mean over sequences of the mean over a sequence's tokens (GRPO).</summary>
    SequenceMean,

    /// <summary>Mean over sequences of the sum over tokens divided by the most tokens a completion can have (Dr. GRPO).</summary>
    ConstantLength,

    /// <summary>Mean over sequences of the sum over tokens (RLOO).</summary>
    SequenceSum,
}
