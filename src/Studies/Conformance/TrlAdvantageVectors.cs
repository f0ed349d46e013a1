using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Group-relative and leave-one-out advantages in TRL's conventions.</summary>
internal static class TrlAdvantageVectors
{
    private static readonly GroupAdvantageOptions Whole = new() { Epsilon = 1e-4 };

    public static void Grpo(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] perFunction = inputs.Array("rewards_per_function");
        double[] weights = inputs.Array("reward_weights");
        int size = inputs.Int("num_generations");
        double[] rewards = RewardMixing.WeightedSum(perFunction, weights);
        Write("group", GroupAdvantages.Relative(rewards, size, Whole), Deviations(rewards, size));
        Write(
            "batch",
            GroupAdvantages.Relative(rewards, size, Whole with { Scale = AdvantageScale.Batch }),
            Deviations(rewards, rewards.Length));
        Write("none", GroupAdvantages.Relative(rewards, size, Whole with { Scale = AdvantageScale.None }), Deviations(rewards, size));
        double[] mixed = RewardMixing.NormalizedSum(perFunction, weights, size, Whole);
        Write("normalize_then_sum", GroupAdvantages.Relative(mixed, mixed.Length, Whole), Deviations(mixed, mixed.Length));

        void Write(string name, double[] advantages, double[] deviations)
        {
            outputs.Set(advantages, name, "advantages");
            outputs.Set(deviations, name, "std");
        }
    }

    public static void Rloo(VectorInputs inputs, VectorOutputs outputs)
    {
        SequenceMask mask = inputs.Mask("mask");
        double[] scores = RewardMixing.WeightedSum(inputs.Array("rewards_per_function"), inputs.Array("reward_weights"));
        if (inputs.OptionalArray("reward_clip_range") is [double low, double high])
        {
            scores = TokenRewards.Clip(scores, low, high);
        }

        double[] kl = MaskedStatistics.RowSums(
            TermRun.Of(new KlTerm(KlEstimator.K1), inputs.Array("old_log_probs"), inputs.Array("ref_log_probs")).Values, mask);
        double[] rewards = [.. scores.Zip(kl, (score, divergence) => score - (inputs.Number("beta") * divergence))];
        int size = inputs.Int("num_generations");
        double[] advantages = GroupAdvantages.LeaveOneOut(rewards, [.. rewards.Select((_, i) => i / size)]);
        outputs.Set(advantages, "rloo", "advantages");
        double[] comparable = [.. rewards
            .Select((reward, i) => rewards.Skip(i / size * size).Take(size).Count(r => !double.IsNaN(r)) > 1 ? reward : double.NaN)];
        outputs.Set(Normalized(advantages, comparable, 1e-4), "rloo_normalized", "advantages");

        double[] older = inputs.Array("v0_20_rewards");
        int prompts = older.Length / size;
        double[] olderAdvantages = GroupAdvantages.LeaveOneOut(older, [.. older.Select((_, i) => i % prompts)]);
        outputs.Set(olderAdvantages, "v0_20_k_major", "advantages");
        outputs.Set(Normalized(olderAdvantages, older, 1e-8), "v0_20_k_major_normalized", "advantages");
    }

    // Whitened over the completions that could be scored and compared.
    private static double[] Normalized(double[] advantages, double[] rewards, double epsilon)
    {
        double[] scored = [.. advantages.Select((advantage, i) => double.IsNaN(rewards[i]) ? double.NaN : advantage)];
        return GroupAdvantages.Relative(scored, scored.Length, Whole with { Epsilon = epsilon });
    }

    // TRL's report of the spread of each group: 0 for groups of one, NaN where fewer than two could be scored.
    private static double[] Deviations(double[] rewards, int groupSize) =>
        [.. rewards.Select((_, i) => groupSize == 1 ? 0 : Moments.Of(
            [.. rewards.Skip(i / groupSize * groupSize).Take(groupSize).Where(reward => !double.IsNaN(reward))]).StandardDeviation(1))];
}
