using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Group-relative advantages compare completions of one prompt, and only those.</summary>
public sealed class GroupAdvantageLaws
{
    private static readonly GroupAdvantageOptions[] All =
    [
        new(),
        new() { Ddof = 0, Epsilon = 1e-9 },
        new() { Scale = AdvantageScale.Batch },
        new() { Scale = AdvantageScale.None },
        new() { VarianceFloor = 1e-6, Epsilon = 1e-6 },
    ];

    [Property]
    public void Each_group_sums_to_zero(Signal[] rewards)
    {
        double[] r = Trim(rewards, 3);
        foreach (GroupAdvantageOptions options in All)
        {
            double[] a = GroupAdvantages.Relative(r, 3, options);
            for (int i = 0; i < r.Length; i += 3)
            {
                AssertClose(0, a[i] + a[i + 1] + a[i + 2], 1e-9);
            }
        }
    }

    [Property]
    public void A_group_of_equal_rewards_is_exactly_zero(Signal reward, byte size)
    {
        double[] rewards = [.. Enumerable.Repeat((double)reward + 0.1, (size % 9) + 1)];
        foreach (GroupAdvantageOptions options in (GroupAdvantageOptions[])[.. All, new() { Epsilon = 0 }])
        {
            Assert.All(GroupAdvantages.Relative(rewards, rewards.Length, options), a => Assert.Equal(0, a));
            Assert.All(
                GroupAdvantages.BestOfGroup(rewards, new int[rewards.Length], options with { Scale = AdvantageScale.Group }),
                a => Assert.Equal(0, a));
        }
    }

    [Property]
    public void A_shift_of_the_rewards_changes_nothing_and_a_scale_is_divided_out(Signal[] rewards, Signal shift)
    {
        double[] r = Trim(rewards, 2);
        var exact = new GroupAdvantageOptions { Epsilon = 0 };
        double[] a = GroupAdvantages.Relative(r, 2, exact);
        double[] shifted = GroupAdvantages.Relative([.. r.Select(x => x + shift)], 2, new() { Scale = AdvantageScale.None });
        double[] raw = GroupAdvantages.Relative(r, 2, new() { Scale = AdvantageScale.None });
        double[] scaled = GroupAdvantages.Relative([.. r.Select(x => 4 * x)], 2, exact);
        for (int i = 0; i < r.Length; i++)
        {
            AssertClose(raw[i], shifted[i], 1e-12);
            Assert.Equal(a[i], scaled[i]);
        }
    }

    [Property]
    public void Without_epsilon_each_group_has_the_variance_that_its_ddof_says(Signal[] rewards)
    {
        double[] r = Trim(rewards, 4);
        for (int ddof = 0; ddof <= 1; ddof++)
        {
            double[] a = GroupAdvantages.Relative(r, 4, new() { Epsilon = 0, Ddof = ddof });
            for (int i = 0; i < r.Length; i += 4)
            {
                double squares = a[i..(i + 4)].Sum(x => x * x);
                AssertClose(r[i..(i + 4)].Distinct().Count() == 1 ? 0 : 4 - ddof, squares, 1e-9);
            }
        }
    }

    [Property]
    public void Groups_by_id_are_the_groups_wherever_their_members_stand(Signal[] rewards)
    {
        double[] r = Trim(rewards, 2);
        int half = r.Length / 2;
        double[] interleaved = [.. r.Where((_, i) => i % 2 == 0), .. r.Where((_, i) => i % 2 == 1)];
        int[] ids = [.. Enumerable.Range(0, r.Length).Select(i => 100 - (i % half))];
        foreach (GroupAdvantageOptions options in All)
        {
            double[] a = GroupAdvantages.Relative(r, 2, options);
            double[] b = GroupAdvantages.Relative(interleaved, half == 0 ? [] : ids, options);
            for (int i = 0; i < r.Length; i++)
            {
                AssertClose(a[i], b[(i / 2) + (i % 2 * half)], 1e-12);
            }
        }
    }

    [Fact]
    public void The_peers_epsilons_give_their_published_values()
    {
        double[] rewards = [1, 0, 0, 1];
        AssertClose(0.8660239, GroupAdvantages.Relative(rewards, 4, new() { Epsilon = 1e-6 })[0], 1e-7);
        AssertClose(0.8658754, GroupAdvantages.Relative(rewards, 4, new())[0], 1e-7);
        AssertClose(0.8660254, GroupAdvantages.Relative(rewards, 4, new() { Epsilon = 1e-9 })[0], 1e-7);
        AssertClose(0.24975, GroupAdvantages.Relative([0.5, 0.5005], 2, new() { Epsilon = 1e-6, VarianceFloor = 1e-6 })[1], 1e-6);
    }

    [Fact]
    public void The_batch_scale_is_the_spread_of_all_rewards()
    {
        double[] a = GroupAdvantages.Relative([0, 2, 10, 10], 2, new() { Scale = AdvantageScale.Batch, Epsilon = 0, Ddof = 0 });
        double std = Math.Sqrt((30.25 + 12.25 + 20.25 + 20.25) / 4);
        Assert.Equal([-1 / std, 1 / std, 0, 0], a);
    }

    [Property]
    public void Constrained_advantages_raise_what_passes_above_the_average_and_lower_what_fails(Signal[] rewards, ulong verdicts)
    {
        double[] r = Trim(rewards, 3);
        bool[] passes = [.. r.Select((_, i) => ((verdicts >> (i % 64)) & 1) == 1)];
        double[] a = GroupAdvantages.Constrained(r, passes, [.. r.Select((_, i) => i / 3)]);
        for (int i = 0; i < r.Length; i++)
        {
            double mean = Moments.Of(r.AsSpan(i / 3 * 3, 3)).Mean;
            Assert.Equal(passes[i] ? Math.Sign(r[i] - mean) : -1, Math.Sign(a[i]));
            Assert.InRange(a[i], -0.5, passes[i] ? 0.5 : -0.5);
        }
    }

    [Fact]
    public void A_singleton_is_zero_or_refused_and_an_unscored_reward_takes_no_part()
    {
        Assert.Equal([0, 0], GroupAdvantages.Relative([5, -3], 1, new()));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Relative([5, -3], 1, new() { Singletons = SingletonRule.Refuse }));
        double[] a = GroupAdvantages.Relative([1, double.NaN, 3], 3, new() { Scale = AdvantageScale.None });
        Assert.Equal([-1, 0, 1], a);
    }

    [Fact]
    public void Bad_arguments_are_refused_all_at_once()
    {
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Relative([1, 2, 3], 2, new()));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Relative([1, 2, 3], [1, 2], new()));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.Constrained([1, 2], [true], [0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupAdvantages.Relative([1, 2, 3], 0, new()));
        string message = Assert.Throws<ArgumentException>(() => GroupAdvantages.Relative(
            [1],
            1,
            new()
            {
                Ddof = 2,
                Epsilon = -1,
                VarianceFloor = double.NaN,
                Scale = (AdvantageScale)9,
                Singletons = (SingletonRule)9,
            })).Message;
        foreach (string name in new[] { "Ddof", "Epsilon", "VarianceFloor", "Scale", "Singletons" })
        {
            Assert.Contains(name, message);
        }

        Assert.Equal(4, message.Count(character => character == ';'));
    }

    private static double[] Trim(Signal[] rewards, int multiple) =>
        [.. rewards.Take(rewards.Length / multiple * multiple).Select(r => r.Value)];
}
