namespace RlCore.Conformance;

/// <summary>The formula of each file of vectors, by the name that the file states.</summary>
internal static class VectorTable
{
    /// <summary>The table.</summary>
    public static readonly Dictionary<string, Action<VectorInputs, VectorOutputs>> Formulas = new()
    {
        ["masked_stats_verl"] = StatisticsVectors.Verl,
        ["masked_stats_trl"] = StatisticsVectors.Trl,
        ["masked_stats_openrlhf"] = StatisticsVectors.OpenRlhf,
        ["kl_verl"] = KlVectors.Verl,
        ["kl_openrlhf"] = KlVectors.OpenRlhf,
        ["kl_open_instruct"] = KlVectors.OpenInstruct,
        ["kl_trl_v0_11"] = KlVectors.TrlV011,
        ["kl_controller"] = KlVectors.Controller,
        ["kl_reward_shaping"] = KlVectors.RewardShaping,
        ["kl_schulman_table"] = KlVectors.SchulmanTable,
        ["gae_verl"] = ReturnVectors.Verl,
        ["gae_openrlhf"] = ReturnVectors.OpenRlhf,
        ["gae_trl_v0_11"] = ReturnVectors.TrlV011,
        ["gae_trl_ppo"] = ReturnVectors.TrlPpo,
        ["gae_open_instruct"] = ReturnVectors.OpenInstruct,
        ["multistep_rlax"] = ReturnVectors.Rlax,
        ["advantages_outcome_verl"] = AdvantageVectors.OutcomeVerl,
        ["advantages_passk_verl"] = AdvantageVectors.PassKVerl,
        ["advantages_token_verl"] = AdvantageVectors.TokenVerl,
        ["advantages_otb_verl"] = AdvantageVectors.OptimalBaselineVerl,
        ["advantages_openrlhf"] = AdvantageVectors.OpenRlhf,
        ["advantages_grpo_trl"] = TrlAdvantageVectors.Grpo,
        ["advantages_rloo_trl"] = TrlAdvantageVectors.Rloo,
        ["agg_loss_verl"] = VerlPolicyVectors.Aggregate,
        ["entropy_loss_verl"] = VerlPolicyVectors.Entropy,
        ["ppo_policy_loss_verl"] = VerlPolicyVectors.Vanilla,
        ["policy_losses_verl"] = VerlPolicyVectors.Family,
        ["value_loss_verl"] = ValueVectors.Verl,
        ["value_loss_openrlhf"] = ValueVectors.OpenRlhf,
        ["ppo_loss_trl"] = ValueVectors.TrlPpo,
        ["ppo_loss_trl_v0_11"] = ValueVectors.TrlV011,
        ["logprobs_entropy"] = LogitVectors.LogProbs,
        ["sft_loss_openrlhf"] = LogitVectors.SftOpenRlhf,
        ["distillation_dft_trl"] = LogitVectors.Distillation,
        ["grpo_loss_trl_token"] = TrlPolicyVectors.Token,
        ["grpo_loss_trl_sequence"] = TrlPolicyVectors.Sequence,
        ["grpo_loss_trl_options"] = TrlPolicyVectors.Options,
        ["sequence_losses_trl"] = TrlPolicyVectors.SequenceLosses,
        ["grpo_loss_open_instruct"] = OtherPolicyVectors.OpenInstruct,
        ["ppo_policy_loss_openrlhf"] = OtherPolicyVectors.OpenRlhf,
        ["sampler_correction"] = SamplerVectors.Correction,
        ["rollout_is_verl"] = SamplerVectors.RolloutWeights,
        ["rollout_rejection_verl"] = SamplerVectors.Rejection,
        ["rlax_literals"] = ReturnVectors.RlaxLiterals,
    };
}
