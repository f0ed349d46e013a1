using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>What losses answer to input that gives no number: NaN, null, batches without actions, ratios that overflow.</summary>
public sealed class RefusalLaws
{
    private delegate (double Loss, IEnumerable<double> Gradient) Loss(double[][] at, SequenceMask mask);

    // Losses of tokens by name, with the names of what they take: one number per token each.
    private static readonly Dictionary<string, (string[] Names, Loss Run)> Tokens = new(StringComparer.Ordinal)
    {
        ["Reinforce"] = (["logProbs", "advantages"], (at, mask) => Of(Losses.Reinforce<double>(at[0], at[1], mask))),
        ["ImportanceWeighted"] = (Surrogates, (at, mask) => Of(Losses.ImportanceWeighted<double>(at[0], at[1], at[2], mask))),
        ["PpoClip"] = (Surrogates, (at, mask) => Of(Losses.PpoClip<double>(at[0], at[1], at[2], mask))),
        ["DualClip"] = (Surrogates, (at, mask) => Of(Losses.DualClip<double>(at[0], at[1], at[2], mask, 3))),
        ["TwoSidedClip"] = (Surrogates, (at, mask) => Of(Losses.TwoSidedClip<double>(at[0], at[1], at[2], mask, 4))),
        ["Cispo"] = (Surrogates, (at, mask) => Of(Losses.Cispo<double>(at[0], at[1], at[2], mask, 5))),
        ["Sapo"] = (Surrogates, (at, mask) => Of(Losses.Sapo<double>(at[0], at[1], at[2], mask))),
        ["Grpo"] = (
            ["logProbs", "oldLogProbs", "refLogProbs", "advantages"],
            (at, mask) => Of(Losses.Grpo<double>(at[0], at[1], at[2], at[3], mask, 0.1))),
        ["Gspo policy"] = (Surrogates, (at, mask) => Of(Losses.Policy<double>(
            new PolicyObjective(new Surrogate.Gspo(), new KlPenalty.Loss(0)), at[0], at[1], [], at[2], mask, new Aggregation.TokenMean()))),
        ["Value"] = (["values", "returns"], (at, mask) => Of(Losses.Value<double>(at[0], at[1], mask))),
        ["ClippedValue"] = (["values", "oldValues", "returns"], (at, mask) => Of(Losses.ClippedValue<double>(at[0], at[1], at[2], mask))),
        ["TokenNll"] = (["logProbs"], (at, mask) => Of(Losses.TokenNll<double>(at[0], mask))),
        ["DynamicNll"] = (["logProbs"], (at, mask) => Of(Losses.DynamicNll<double>(at[0], mask))),
        ["Kl"] = (["logProbs", "refLogProbs"], (at, mask) => Of(Kl.Estimate<double>(KlEstimator.K3, at[0], at[1], mask))),
    };

    // Losses of lists, whose every element counts.
    private static readonly Dictionary<string, (string[] Names, Func<double[][], double> Run)> Lists = new(StringComparer.Ordinal)
    {
        ["Dpo"] = (Pairs, at => Losses.Dpo<double>(at[0], at[1], at[2], at[3], 0.1).Loss),
        ["Ipo"] = (Pairs, at => Losses.Ipo<double>(at[0], at[1], at[2], at[3], 0.1).Loss),
        ["Hinge"] = (Pairs, at => Losses.Hinge<double>(at[0], at[1], at[2], at[3], 0.1).Loss),
        ["Aot"] = (Pairs, at => Losses.Aot<double>(at[0], at[1], at[2], at[3], 0.1).Loss),
        ["AotUnpaired"] = (Pairs, at => Losses.AotUnpaired<double>(at[0], at[1], at[2], at[3], 0.1).Loss),
        ["RewardModel"] = (["chosen", "rejected", "margins"], at => Losses.RewardModel<double>(at[0], at[1], at[2]).Loss),
        ["StepReward"] = (["scores", "labels"], at => Losses.StepReward<double>(at[0], at[1]).Loss),
        ["Kto"] = (["logProbs", "refLogProbs"], at => Losses.Kto<double>(at[0], at[1], new bool[at[0]?.Length ?? 0], 0, 0.1).Loss),
        ["Bco"] = (["logProbs", "refLogProbs"], at => Losses.Bco<double>(at[0], at[1], new bool[at[0]?.Length ?? 0], 0.1, 0).Loss),
        ["KtoReferencePoint"] = (["logProbs", "refLogProbs"], at => Losses.KtoReferencePoint<double>(at[0], at[1])),
        ["PlackettLuce"] = (["rewards"], at => Losses.PlackettLuce<double>(at[0], 2).Loss),
        ["Distillation"] = (
            ["studentLogProbs", "teacherLogProbs"], at => Losses.Distillation<double>(at[0], at[1], 2).Loss),
    };

    private static string[] Surrogates => ["logProbs", "oldLogProbs", "advantages"];

    private static string[] Pairs => ["policyChosen", "policyRejected", "refChosen", "refRejected"];

    [Property]
    public void A_NaN_that_counts_is_refused_by_name_and_index(Batch batch)
    {
        int[] actions = [.. Enumerable.Range(0, batch.Mask.Flags.Length).Where(i => batch.Mask.Flags[i])];
        if (actions.Length == 0)
        {
            return;
        }

        int place = actions[batch.Seed % actions.Length];
        foreach (var (name, (names, run)) in Tokens)
        {
            for (int argument = 0; argument < names.Length; argument++)
            {
                // What is masked is NaN already, and is not what is refused.
                double[][] at = Arguments(batch, names.Length);
                at[argument][place] = double.NaN;
                AssertRefused(name, names[argument], place, () => run(at, batch.Mask));
            }
        }

        double[] rows = [.. batch.RowAdvantages];
        rows[place / batch.Columns] = double.NaN;
        AssertRefused(
            "Gspo", "advantages", place / batch.Columns, () => Losses.Gspo<double>(batch.LogProbs, batch.OldLogProbs, rows, batch.Mask));
        AssertRefused(
            "Vespo", "advantages", place / batch.Columns, () => Losses.Vespo<double>(batch.LogProbs, batch.OldLogProbs, rows, batch.Mask));
        float[] single = Batch.Narrow(batch.LogProbs);
        single[place] = float.NaN;
        AssertRefused("in float", "logProbs", place, () => Losses.TokenNll<float>(single, batch.Mask));
    }

    [Property]
    public void A_NaN_in_a_list_is_refused_by_name_and_index(int seed)
    {
        var random = new Random(seed);
        int count = 2 * random.Next(1, 40);
        int place = random.Next(count);
        foreach (var (name, (names, run)) in Lists)
        {
            for (int argument = 0; argument < names.Length; argument++)
            {
                double[][] at = [.. names.Select(_ => Enumerable.Range(0, count).Select(_ => -random.NextDouble()).ToArray())];
                Assert.True(double.IsFinite(run(at)), name);
                at[argument][place] = double.NaN;
                AssertRefused(name, names[argument], place, () => run(at));
            }
        }
    }

    [Property(MaxTest = 30)]
    public void A_batch_without_actions_has_no_loss_and_no_gradient(Batch batch)
    {
        SequenceMask none = SequenceMask.FromFlags(batch.Rows, batch.Columns, new bool[batch.Rows * batch.Columns]);
        foreach (var (name, (names, run)) in Tokens)
        {
            var (loss, gradient) = run(Arguments(batch, names.Length), none);
            Assert.True(loss == 0 && gradient.All(g => g == 0), name);
        }

        RatioDiagnostics nothing = RatioDiagnostics.Of<double>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, none, 0.8, 1.2);
        double[] means =
        [
            nothing.ApproximateKl, nothing.MeanRatio, nothing.EffectiveSampleShare,
            nothing.Clipping.Low, nothing.Clipping.High, nothing.Clipping.LowestLow, nothing.Clipping.HighestHigh,
        ];
        Assert.All(means, mean => Assert.Equal(double.NaN, mean));
    }

    [Fact]
    public void A_null_array_is_an_array_without_elements_and_any_other_null_is_named()
    {
        SequenceMask mask = SequenceMask.Full(1, 2);
        foreach (var (name, (names, run)) in Tokens)
        {
            for (int argument = 0; argument < names.Length; argument++)
            {
                double[][] at = [.. names.Select(_ => new double[] { -1, -1 })];
                at[argument] = null!;
                string message = Assert.ThrowsAny<ArgumentException>(() => run(at, mask)).Message;
                Assert.True(message.Contains("has 0 elements", StringComparison.Ordinal), $"{name}: {message}");
            }

            Assert.Throws<ArgumentNullException>(() => run([.. names.Select(_ => new double[2])], null!));
        }

        foreach (var (_, (names, run)) in Lists)
        {
            Assert.ThrowsAny<ArgumentException>(() => run([.. names.Select(_ => (double[])null!)]));
        }

        Assert.Throws<ArgumentNullException>(() => Losses.Preference<double>(null!, [-1], [-1]));
        Assert.Throws<ArgumentNullException>(
            () => Losses.Policy<double>(null!, [-1], [-1], [], [1], SequenceMask.Full(1, 1), new Aggregation.TokenMean()));
    }

    [Theory]
    [InlineData("PpoClip", 1, -1.2, 0)]
    [InlineData("DualClip", 1, -1.2, 0)]
    [InlineData("DualClip", -1, 3, 0)]
    [InlineData("TwoSidedClip", 1, -1.2, 0)]
    [InlineData("TwoSidedClip", -1, 4, 0)]
    [InlineData("Cispo", -2, -10, 10)]
    public void A_ratio_of_e_to_the_800_gives_what_the_formula_says(string name, double advantage, double loss, double gradient)
    {
        var (found, slopes) = Tokens[name].Run([[-1], [-801], [advantage]], SequenceMask.Full(1, 1));
        Assert.Equal(loss, found, 1e-12);
        Assert.Equal([gradient], slopes);
    }

    [Property]
    public void A_ratio_of_e_to_the_800_is_a_number_or_refused(Batch batch)
    {
        int[] actions = [.. Enumerable.Range(0, batch.Mask.Flags.Length).Where(i => batch.Mask.Flags[i])];
        if (actions.Length == 0)
        {
            return;
        }

        int place = actions[batch.Seed % actions.Length];
        foreach (var (name, (names, run)) in Tokens.Where(loss => loss.Value.Names.Contains("oldLogProbs")))
        {
            double[][] at = Arguments(batch, names.Length);
            at[1][place] = at[0][place] - 800;
            try
            {
                var (loss, gradient) = run(at, batch.Mask);
                Assert.True(double.IsFinite(loss) && gradient.All(double.IsFinite), name);
            }
            catch (OverflowException refused)
            {
                Assert.Contains($"row {place / batch.Columns}", refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_loss_that_is_too_large_names_its_token_and_its_numbers()
    {
        string message = Assert.Throws<OverflowException>(
            () => Losses.ImportanceWeighted<double>([-1, -1, -1, -1], [-1, -1, -1, -801], [1, -2], SequenceMask.Full(2, 2))).Message;
        Assert.Contains(
            "row 1, column 1 or its gradient is too large for a Double: logProbs -1, oldLogProbs -801", message, StringComparison.Ordinal);
        Assert.Contains(
            "of pair 1", Assert.Throws<OverflowException>(() => Losses.Ipo<double>([0, 1e200], [0, 0], [0, 0], [0, 0], 0.1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_effective_share_does_not_overflow()
    {
        RatioDiagnostics found = RatioDiagnostics.Of<double>([-1, -1], [-801, -801], [1], SequenceMask.Full(1, 2), 0.8, 1.2);
        Assert.Equal(1, found.EffectiveSampleShare, 1e-12);
        Assert.Equal(double.PositiveInfinity, found.MeanRatio);
    }

    private static double[][] Arguments(Batch batch, int count) => count switch
    {
        1 => [[.. batch.LogProbs]],
        2 => [[.. batch.LogProbs], [.. batch.RefLogProbs]],
        3 => [[.. batch.LogProbs], [.. batch.OldLogProbs], [.. batch.Advantages]],
        _ => [[.. batch.LogProbs], [.. batch.OldLogProbs], [.. batch.RefLogProbs], [.. batch.Advantages]],
    };

    private static void AssertRefused(string loss, string argument, int index, Action run)
    {
        ArgumentException refused = Assert.ThrowsAny<ArgumentException>(run);
        Assert.True(
            refused.ParamName == argument && refused.Message.StartsWith($"{argument}[{index}]", StringComparison.Ordinal),
            $"{loss}: {refused.Message}");
    }

    private static (double Loss, IEnumerable<double> Gradient) Of(ElementLoss<double> loss) => (loss.Loss, loss.Gradient);

    private static (double Loss, IEnumerable<double> Gradient) Of(PolicyLoss<double> loss) => (loss.Loss, loss.Gradient);
}
