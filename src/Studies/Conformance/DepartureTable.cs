namespace RlCore.Studies.Conformance;

/// <summary>
/// Every field in which a peer's mistake is not copied, each with the peer's formula: where a file does not agree with the
/// library, it must agree with that.
/// </summary>
internal static class DepartureTable
{
    private const string TerminalReward =
        "TRL's PPO adds the score one position past the last token when there is room, where no action was taken; the library rewards the "
            + "last action.";

    private const string Singleton =
        "verl keeps the raw reward as the advantage of a completion that is alone in its group; with nothing to compare it with, the "
            + "library gives 0 or refuses.";

    /// <summary>The table.</summary>
    public static readonly Entry[] All =
    [
        new(
            "gae_trl_ppo",
            TerminalReward,
            "RewardLaws.The_score_stands_on_the_last_action",
            DepartedValues.TerminalReward,
            "rewards",
            "returns",
            "whitened_advantages"),
        new(
            "ppo_loss_trl",
            "TRL's PPO averages its approximate KL over padding too; the library averages over action tokens only.",
            "PolicyFamilyLaws.Padding_takes_no_part_in_the_diagnostics",
            DepartedValues.PaddedKl,
            "approx_kl_unmasked_mean"),
        new(
            "grpo_loss_trl_sequence",
            "With a KL term TRL's LUSPO averages over padding too, KL estimates of padding included; the library sums over action tokens "
                + "only.",
            "AggregationLaws.Wider_padding_changes_nothing_whatever_it_holds",
            DepartedValues.PaddedLuspo,
            "luspo > loss",
            "luspo > grad_log_probs"),
        new(
            "reward_bradley_terry",
            "OpenRLHF's LogExpLoss is log(1 + exp(r_l - r_w)) as written, which overflows; the library's form does not.",
            "RewardLaws.The_loss_is_finite_at_extreme_rewards",
            DepartedValues.OverflowingExponential,
            "openrlhf_logexp > loss"),
        new(
            "orpo_trl",
            "TRL 0.11 takes the logarithm of a sigmoid that underflows, and log(1 - exp(x)) that cancels near 0; the library's forms do "
                + "neither.",
            "PreferenceLossLaws.Orpo_is_finite_at_extreme_odds",
            DepartedValues.UnderflowingSigmoid,
            "odds_ratio_term_v0.11.4"),
        new(
            "advantages_outcome_verl",
            Singleton,
            "GroupAdvantageLaws.A_singleton_is_zero_or_refused_and_an_unscored_reward_takes_no_part",
            DepartedValues.RawSingletons,
            "grpo > advantages",
            "grpo_no_std > advantages",
            "grpo_vectorized > advantages",
            "rloo > advantages",
            "opo > advantages",
            "reinforce_plus_plus_baseline > advantages",
            "gpg > advantages"),
    ];

    /// <summary>What the peer's formula gives for a documented field of a case, if the field is one.</summary>
    public static bool TryGet(string file, string field, VectorInputs inputs, out double[] departed)
    {
        departed = [];
        if (All.FirstOrDefault(entry => entry.File == file && entry.Fields.Contains(field)) is not { } found)
        {
            return false;
        }

        var outputs = new VectorOutputs();
        found.Peer(inputs, outputs);
        return outputs.TryGet(field, out departed);
    }

    /// <summary>The fields of a file that depart for one reason, and the formula of the peer.</summary>
    internal sealed record Entry(
        string File, string Reason, string Law, Action<VectorInputs, VectorOutputs> Peer, params string[] Fields)
    {
        public IEnumerable<Departure> Departures => Fields.Select(name => new Departure(File, name, Reason, Law));
    }
}
