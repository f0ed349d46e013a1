namespace RlCore.Algebra;

/// <summary>
/// Which samples answer the same prompt: the sample indices of each group, in order of first appearance. Samples whose
/// reward is NaN could not be scored and belong to no group.
/// </summary>
internal static class RewardGroups
{
    public static int[] ConsecutiveIds(int count, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupSize);
        if (count % groupSize != 0)
        {
            throw new ArgumentException($"{count} rewards do not make groups of {groupSize}.", nameof(groupSize));
        }

        var ids = new int[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = i / groupSize;
        }

        return ids;
    }

    public static List<int[]> Split(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupIds)
    {
        if (rewards.Length != groupIds.Length)
        {
            throw new ArgumentException(
                $"{rewards.Length} rewards and {groupIds.Length} group ids: one of each a sample is needed.", nameof(groupIds));
        }

        var members = new Dictionary<int, List<int>>();
        var order = new List<List<int>>();
        for (int i = 0; i < rewards.Length; i++)
        {
            if (double.IsNaN(rewards[i]))
            {
                continue;
            }

            if (!members.TryGetValue(groupIds[i], out List<int>? group))
            {
                group = [];
                members.Add(groupIds[i], group);
                order.Add(group);
            }

            group.Add(i);
        }

        return order.ConvertAll(group => group.ToArray());
    }

    public static double[] Take(ReadOnlySpan<double> values, int[] indices)
    {
        var taken = new double[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            taken[i] = values[indices[i]];
        }

        return taken;
    }
}
