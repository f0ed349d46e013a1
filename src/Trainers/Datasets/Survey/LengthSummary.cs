using System.Runtime.InteropServices;

namespace RlCore.Trainers.Datasets;

/// <summary>Lengths of one column, by the nearest rank.</summary>
/// <param name="Column">The column; "whole" for prompt, completion and end of sequence together.</param>
/// <param name="Least">The shortest.</param>
/// <param name="Median">Half of them are at most this long.</param>
/// <param name="P95">95 % of them are at most this long.</param>
/// <param name="Most">The longest.</param>
/// <param name="Total">The sum of all.</param>
internal sealed record LengthSummary(string Column, int Least, int Median, int P95, int Most, long Total);

/// <summary>Counts each length: exact quantiles in memory that does not grow with the number of rows.</summary>
internal sealed class LengthCounter
{
    private readonly Dictionary<int, long> _counts = [];

    private long _count;

    public void Add(int length)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, length, out _)++;
        _count++;
    }

    public LengthSummary Summarize(string column)
    {
        KeyValuePair<int, long>[] sorted = [.. _counts.OrderBy(length => length.Key)];
        return new(
            column,
            Rank(sorted, 1),
            Rank(sorted, (_count + 1) / 2),
            Rank(sorted, ((_count * 95) + 99) / 100),
            Rank(sorted, _count),
            sorted.Sum(length => length.Key * length.Value));
    }

    private static int Rank(KeyValuePair<int, long>[] counts, long rank)
    {
        foreach (var (length, count) in counts)
        {
            rank -= count;
            if (rank <= 0)
            {
                return length;
            }
        }

        return 0;
    }
}
