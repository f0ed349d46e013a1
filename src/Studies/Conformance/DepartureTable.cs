namespace RlCore.Studies.Conformance;

/// <summary>
/// Every field in which a peer's mistake is not copied, each with the condition on the inputs under which the numbers
/// may differ; elsewhere the field must agree.
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
        .. Entries(
            "gae_trl_ppo",
            TerminalReward,
            "RewardLaws.The_score_stands_on_the_last_action",
            HasRoomPastTheEnd,
            "rewards",
            "returns",
            "whitened_advantages"),
        .. Entries(
            "ppo_loss_trl",
            "TRL's PPO averages its approximate KL over padding too; the library averages over action tokens only.",
            "PolicyFamilyLaws.Padding_takes_no_part_in_the_diagnostics",
            HasPadding,
            "approx_kl_unmasked_mean"),
        .. Entries(
            "grpo_loss_trl_sequence",
            "With a KL term TRL's LUSPO averages over padding too, KL estimates of padding included; the library sums over action tokens "
                + "only.",
            "AggregationLaws.Wider_padding_changes_nothing_whatever_it_holds",
            inputs => HasPadding(inputs) && inputs.Number("beta") != 0,
            "luspo > loss",
            "luspo > grad_log_probs"),
        .. Entries(
            "reward_bradley_terry",
            "OpenRLHF's LogExpLoss is log(1 + exp(r_l - r_w)) as written, which overflows; the library's form does not.",
            "RewardLaws.The_loss_is_finite_at_extreme_rewards",
            inputs => inputs.Array("rejected_rewards").Zip(inputs.Array("chosen_rewards"), (l, w) => l - w).Any(gap => gap > 700),
            "openrlhf_logexp > loss"),
        .. Entries(
            "orpo_trl",
            "TRL 0.11 takes the logarithm of a sigmoid that underflows, and log(1 - exp(x)) that cancels near 0; the library's forms do "
                + "neither.",
            "PreferenceLossLaws.Orpo_is_finite_at_extreme_odds",
            inputs => inputs.Array("mean_chosen_log_probs").Concat(inputs.Array("mean_rejected_log_probs")).Any(l => l is > -1e-4 or < -30),
            "odds_ratio_term_v0.11.4"),
        .. Entries(
            "advantages_outcome_verl",
            Singleton,
            "GroupAdvantageLaws.A_singleton_is_zero_or_refused_and_an_unscored_reward_takes_no_part",
            HasSingleton,
            "grpo > advantages",
            "grpo_no_std > advantages",
            "grpo_vectorized > advantages",
            "rloo > advantages",
            "opo > advantages",
            "reinforce_plus_plus_baseline > advantages",
            "gpg > advantages"),
    ];

    /// <summary>Whether a field of a case may differ.</summary>
    public static bool Applies(string file, string field, VectorInputs inputs) =>
        All.Any(entry => entry.Departure.File == file && entry.Departure.Field == field && entry.When(inputs));

    private static IEnumerable<Entry> Entries(
        string file, string reason, string law, Func<VectorInputs, bool> when, params string[] fields) =>
        fields.Select(field => new Entry(new(file, field, reason, law), when));

    private static bool HasRoomPastTheEnd(VectorInputs inputs) =>
        inputs.Ints("last_token_index").Any(last => last + 1 < inputs.Shape("values")[1]);

    private static bool HasPadding(VectorInputs inputs) => inputs.Flags("mask").Contains(false);

    private static bool HasSingleton(VectorInputs inputs) => inputs.Ints("group_ids").CountBy(id => id).Any(pair => pair.Value == 1);

    /// <summary>A departure and when it applies.</summary>
    internal sealed record Entry(Departure Departure, Func<VectorInputs, bool> When);
}
