using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Log-probs that must not be compared cannot be.</summary>
public sealed class ActionLogProbsLaws
{
    private static readonly SequenceMask Mask = SequenceMask.FromRanges(3, [0, 1], [2, 2]);
    private static readonly ActionLogProbs Current = new(PolicyRole.Current, 0.5, Mask, [-1, -2, float.NaN, float.NaN, -3, -4]);
    private static readonly ActionLogProbs Old = new(PolicyRole.Old, 0.5, Mask, [-1.5f, -2, 0, 0, -2.5f, -5]);

    [Fact]
    public void A_ratio_is_the_exponential_of_the_difference_and_one_outside_of_the_mask()
    {
        Assert.Equal([0.5, 0, 0, 0, -0.5, 1], Current.LogRatioTo(Old));
        Assert.Equal([-0.5, 0, 0, 0, 0.5, -1], Old.LogRatioTo(Current));
        Assert.Equal(Current.LogRatioTo(Old).Select(Math.Exp), Current.RatioTo(Old));
    }

    [Fact]
    public void Different_temperatures_are_refused_with_both_named() =>
        Refused(Old with { Temperature = 1.25 }, "current", "old", "0.5", "1.25");

    [Fact]
    public void Different_masks_are_refused_with_both_shapes_and_counts() =>
        Refused(
            new ActionLogProbs(PolicyRole.Reference, 0.5, SequenceMask.Full(1, 7), new float[7]),
            "current", "reference", "2 × 3 with 4 actions", "1 × 7 with 7 actions");

    [Fact]
    public void Masks_of_one_size_are_refused_where_their_actions_lie_elsewhere() =>
        Refused(Old with { Mask = SequenceMask.FromRanges(3, [1, 0], [2, 2]) }, "in other places");

    [Fact]
    public void Masks_of_other_sizes_are_not_said_to_differ_in_their_places()
    {
        SequenceMask[] others = [SequenceMask.Full(1, 4), SequenceMask.Full(2, 2), SequenceMask.FromRanges(4, [0, 1], [2, 2])];
        foreach (SequenceMask other in others)
        {
            Assert.DoesNotContain(
                "in other places",
                Assert.Throws<ArgumentException>(
                    () => Current.RatioTo(new ActionLogProbs(PolicyRole.Old, 0.5, other, new float[other.Rows * other.Columns]))).Message,
                StringComparison.Ordinal);
        }

        Assert.EndsWith(
            "and 1 × 4 with 4 actions. (Parameter 'right')",
            Assert.Throws<ArgumentException>(
                () => Current.RatioTo(new ActionLogProbs(PolicyRole.Old, 0.5, SequenceMask.Full(1, 4), new float[4]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_and_unknown_policies_are_refused()
    {
        Assert.Equal(
            "left", Assert.Throws<ArgumentNullException>(() => ActionLogProbs.RequireComparable(null!, Current)).ParamName);
        Assert.Equal(
            "right", Assert.Throws<ArgumentNullException>(() => ActionLogProbs.RequireComparable(Current, null!)).ParamName);
        Assert.Contains(
            "There is no such policy.",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => Current.RatioTo(Old with { Policy = (PolicyRole)77, Temperature = 1 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_of_the_same_policy_are_refused() => Refused(Current with { Temperature = 0.5 }, "both are of the current policy");

    [Fact]
    public void Log_probs_have_the_shape_of_their_mask()
    {
        var refusal = Assert.Throws<ArgumentException>(() => new ActionLogProbs(PolicyRole.Sampler, 1, Mask, new float[5]));
        Assert.Equal("Values", refusal.ParamName);
        Assert.Contains("5 log-probs of the sampler policy were given for a mask of 2 × 3", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void They_compare_by_content()
    {
        var same = new ActionLogProbs(PolicyRole.Current, 0.5, Mask, [-1, -2, float.NaN, float.NaN, -3, -4]);
        Assert.Equal(Current, same);
        Assert.Equal(Current.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(Current, new ActionLogProbs(PolicyRole.Current, 0.5, Mask, [-1, -2, float.NaN, float.NaN, -3, -5]));
        Assert.NotEqual(Current, Current with { Policy = PolicyRole.Sampler });
        Assert.NotEqual(Current, Current with { Temperature = 1 });
        Assert.NotEqual(Current, Current with { Mask = SequenceMask.Full(2, 3) });
    }

    private static void Refused(ActionLogProbs other, params string[] named)
    {
        Action[] comparisons =
        [
            () => Current.RatioTo(other), () => Current.LogRatioTo(other), () => ActionLogProbs.RequireComparable(Current, other),
        ];
        foreach (Action comparison in comparisons)
        {
            string message = Assert.Throws<ArgumentException>(comparison).Message;
            Assert.All(named, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }
    }
}
