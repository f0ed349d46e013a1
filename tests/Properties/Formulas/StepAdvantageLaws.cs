using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Rewards of the steps of completions, and what they say of tokens and of whole completions.</summary>
public sealed class StepAdvantageLaws
{
    private static readonly GroupAdvantageOptions Plain = new() { Epsilon = 1e-4 };

    // Two groups of two completions, each of one to three steps of one to three tokens, and a mask with holes and padding.
    private static readonly Gen<(RewardedSteps[] Steps, SequenceMask Mask)> Completions =
        from counts in Gen.Choose(1, 3).ArrayOf(4)
        from lengths in Gen.Choose(1, 3).ArrayOf(12)
        from rewards in Gen.Choose(-4, 4).Select(i => i / 4.0).ArrayOf(12)
        from holes in Gen.Choose(0, 2).ArrayOf(4)
        select Make(counts, lengths, rewards, holes);

    [Fact]
    public void A_token_has_the_normalised_rewards_of_the_steps_that_end_at_it_or_after_it() => Hold(drawn =>
    {
        double[] advantages = StepAdvantages.Relative(drawn.Steps, 2, drawn.Mask, Plain);
        for (int row = 0; row < 4; row++)
        {
            double[] group = [.. drawn.Steps[row / 2 * 2].Rewards, .. drawn.Steps[(row / 2 * 2) + 1].Rewards];
            double mean = group.Average();
            double std = Math.Sqrt(group.Sum(reward => (reward - mean) * (reward - mean)) / (group.Length - 1));
            int action = 0;
            for (int column = 0; column < drawn.Mask.Columns; column++)
            {
                double expected = 0;
                if (drawn.Mask[row, column])
                {
                    action++;
                    expected = drawn.Steps[row].Ends.Zip(drawn.Steps[row].Rewards)
                        .Where(step => step.First >= action)
                        .Sum(step => step.Second == mean ? 0 : (step.Second - mean) / (std + 1e-4));
                }

                AssertClose(expected, advantages[(row * drawn.Mask.Columns) + column], 1e-9);
            }
        }
    });

    [Fact]
    public void With_one_step_a_completion_it_is_GRPO() => Hold(drawn =>
    {
        RewardedSteps[] whole = [.. drawn.Steps.Select(steps => new RewardedSteps([steps.Ends[^1]], [steps.Rewards[^1]]))];
        Assert.Equal(
            TokenAdvantages.Spread(GroupAdvantages.Relative([.. whole.Select(steps => steps.Rewards[0])], 2, Plain), drawn.Mask),
            StepAdvantages.Relative(whole, 2, drawn.Mask, Plain));
    });

    [Fact]
    public void A_shift_of_all_rewards_changes_nothing_and_their_scale_nothing_but_epsilon() => Hold(drawn =>
    {
        var exact = new GroupAdvantageOptions { Epsilon = 0 };
        double[] before = StepAdvantages.Relative(drawn.Steps, 2, drawn.Mask, exact);
        RewardedSteps[] moved = [.. drawn.Steps.Select(
            steps => steps with { Rewards = [.. steps.Rewards.Select(reward => (4 * reward) + 8)] })];
        double[] after = StepAdvantages.Relative(moved, 2, drawn.Mask, exact);
        Assert.All(before.Zip(after), pair => AssertClose(pair.First, pair.Second, 1e-9));
    });

    [Fact]
    public void Completions_of_a_group_may_change_places() => Hold(drawn =>
    {
        double[] before = StepAdvantages.Relative(drawn.Steps, 2, drawn.Mask, Plain);
        int[] order = [1, 0, 3, 2];
        bool[] flags = [.. order.SelectMany(row => Row(drawn.Mask.Flags.ToArray(), row, drawn.Mask.Columns))];
        double[] after = StepAdvantages.Relative(
            [.. order.Select(row => drawn.Steps[row])], 2, SequenceMask.FromFlags(4, drawn.Mask.Columns, flags), Plain);
        double[] expected = [.. order.SelectMany(row => Row(before, row, drawn.Mask.Columns))];
        Assert.All(expected.Zip(after), pair => AssertClose(pair.First, pair.Second, 1e-9));
    });

    [Fact]
    public void Groups_know_nothing_of_each_other() => Hold(drawn =>
    {
        RewardedSteps[] other =
        [
            .. drawn.Steps[..2],
            .. drawn.Steps[2..].Select(steps => steps with { Rewards = [.. steps.Rewards.Select(reward => reward * reward)] }),
        ];
        int half = 2 * drawn.Mask.Columns;
        Assert.Equal(
            StepAdvantages.Relative(drawn.Steps, 2, drawn.Mask, Plain)[..half],
            StepAdvantages.Relative(other, 2, drawn.Mask, Plain)[..half]);
    });

    [Fact]
    public void Equal_rewards_teach_nothing() => Hold(drawn =>
    {
        RewardedSteps[] equal = [.. drawn.Steps.Select(
            steps => steps with { Rewards = [.. steps.Rewards.Select(_ => 0.7)] })];
        Assert.All(StepAdvantages.Relative(equal, 2, drawn.Mask, Plain), advantage => Assert.Equal(0, advantage));
    });

    [Fact]
    public void The_reward_of_the_completion_counts_for_its_last_step() => Hold(drawn =>
    {
        double[] scores = [0.5, -1, 2, 0];
        var inputs = new AdvantageInputs(drawn.Mask, scores, 2) { Steps = drawn.Steps };
        RewardedSteps[] together =
        [
            .. drawn.Steps.Select((steps, i) => steps with { Rewards = [.. steps.Rewards[..^1], steps.Rewards[^1] + scores[i]] }),
        ];
        Assert.Equal(together, inputs.ScoredSteps());
        var options = new GroupAdvantageOptions { Scale = AdvantageScale.None, Epsilon = 0.1, Ddof = 0 };
        Assert.Equal(
            StepAdvantages.Relative(together, 2, drawn.Mask, options),
            new AdvantageEstimate.StepRelative(AdvantageScale.None, 0.1, 0).Of(inputs));
        Assert.Throws<ArgumentException>(() => new AdvantageEstimate.StepRelative().Of(inputs with { Steps = [] }));
    });

    [Theory]
    [InlineData("1 2", "0.5")]        // fewer rewards than steps
    [InlineData("2 2", "0.5 1")]      // a step without tokens
    [InlineData("0 2", "0.5 1")]
    [InlineData("1 4", "0.5 1")]      // after the completion
    public void Steps_that_do_not_fit_a_completion_are_refused(string ends, string rewards)
    {
        var steps = new RewardedSteps(
            [.. ends.Split(' ').Select(int.Parse)],
            [.. rewards.Split(' ').Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))]);
        Assert.Throws<ArgumentException>(() => StepAdvantages.Relative([steps], 1, SequenceMask.Full(1, 3), Plain));
        Assert.Throws<ArgumentException>(() => StepAdvantages.Relative([], 1, SequenceMask.Full(1, 3), Plain));
    }

    [Property]
    public void A_completion_is_at_most_as_good_as_its_worst_step_and_its_mean_between(byte first, byte second, byte third)
    {
        double[] probabilities = [first / 255.0, second / 255.0, third / 255.0];
        double Of(StepAggregate by) => StepRewards.Aggregate(probabilities, by);
        AssertClose(probabilities[0] * probabilities[1] * probabilities[2], Of(StepAggregate.Product), 1e-15);
        Assert.Equal(probabilities.Min(), Of(StepAggregate.Min));
        AssertClose(probabilities.Average(), Of(StepAggregate.Mean), 1e-15);
        Assert.Equal(probabilities[2], Of(StepAggregate.Last));
        Assert.All(
            Enum.GetValues<StepAggregate>(), by => Assert.Equal(probabilities[1], StepRewards.Aggregate([probabilities[1]], by)));
        Assert.Throws<ArgumentException>(() => StepRewards.Aggregate([], StepAggregate.Min));
    }

    private static void Hold(Action<(RewardedSteps[] Steps, SequenceMask Mask)> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Arb.From(Completions), law));

    private static T[] Row<T>(T[] grid, int row, int columns) => grid[(row * columns)..((row + 1) * columns)];

    private static (RewardedSteps[] Steps, SequenceMask Mask) Make(int[] counts, int[] lengths, double[] rewards, int[] holes)
    {
        const int Columns = 12;
        var flags = new bool[4 * Columns];
        var steps = new RewardedSteps[4];
        for (int row = 0; row < 4; row++)
        {
            int[] ends = new int[counts[row]];
            for (int i = 0, end = 0; i < ends.Length; i++)
            {
                ends[i] = end += lengths[(3 * row) + i];
            }

            steps[row] = new RewardedSteps(ends, rewards[(3 * row)..((3 * row) + ends.Length)]);
            for (int action = 0; action < ends[^1]; action++)
            {
                // One token is no action, somewhere in the row.
                flags[(row * Columns) + action + (action >= holes[row] ? 1 : 0)] = true;
            }
        }

        return (steps, SequenceMask.FromFlags(4, Columns, flags));
    }
}
