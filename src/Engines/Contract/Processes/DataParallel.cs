using System.Numerics;
using System.Runtime.InteropServices;

namespace RlCore.Engines;

/// <summary>
/// How the rows of a step are cut into shards, and the shards shared out over processes. The cut, and the order in which the results of
/// shards are added up, depend on the number of shards only, so that results do not depend on the number of processes.
/// </summary>
public sealed class DataParallel
{
    private readonly IProcessGroup _group;
    private readonly AgreedStop? _stop;
    private int _atRoot;

    /// <summary>Work shared out over processes.</summary>
    /// <param name="group">The processes: a power of two.</param>
    /// <param name="shards">Shards of a step: a power of two, at least the number of processes.</param>
    /// <param name="stop">Agreed on between steps and draws; null if nobody stops them.</param>
    /// <exception cref="ArgumentException">One is no power of two, or there are fewer shards than processes.</exception>
    public DataParallel(IProcessGroup group, int shards, AgreedStop? stop = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (!BitOperations.IsPow2(shards) || !BitOperations.IsPow2(group.Size) || shards < group.Size)
        {
            throw new ArgumentException(
                $"{shards} shards cannot be shared out over {group.Size} processes: both are powers of two, and there are at least as "
                    + "many shards as processes.",
                nameof(shards));
        }

        _group = group;
        _stop = stop;
        Shards = shards;
    }

    /// <summary>One process, and steps that are not cut.</summary>
    public static DataParallel Alone { get; } = new(SingleProcess.Instance, 1);

    /// <summary>Most shards of a step.</summary>
    public int Shards { get; }

    /// <summary>The processes; only this one inside of <see cref="FromRoot"/>.</summary>
    public IProcessGroup Group => _atRoot > 0 ? SingleProcess.Instance : _group;

    /// <summary>Whether nothing is shared with other processes here.</summary>
    public bool IsAlone => Group.Size == 1;

    /// <summary>Whether this process writes files and talks to the user.</summary>
    public bool IsRoot => _group.Rank == 0;

    /// <summary>The shards of this process, which follow each other.</summary>
    public Range Mine => PartOf(Shards);

    /// <summary>This process's part of a list: contiguous, and as long as the others' but for one.</summary>
    /// <param name="count">Length of the list.</param>
    public Range PartOf(int count)
    {
        IProcessGroup group = Group;
        return (int)((long)count * group.Rank / group.Size)..(int)((long)count * (group.Rank + 1) / group.Size);
    }

    /// <summary>Gathers numbers of which each has been set by one process, and is 0 elsewhere. The bits are kept.</summary>
    /// <param name="values">Those of this process; overwritten by those of all.</param>
    public void Unite(Span<float> values)
    {
        if (!IsAlone)
        {
            Group.Or(MemoryMarshal.AsBytes(values));
        }
    }

    /// <summary>The same for numbers of double precision.</summary>
    /// <param name="values">Those of this process; overwritten by those of all.</param>
    public void Unite(Span<double> values)
    {
        if (!IsAlone)
        {
            Group.Or(MemoryMarshal.AsBytes(values));
        }
    }

    /// <summary>
    /// Does in one process what must not be done in each: what asks a judge, runs programs or writes files. Inside, that process is alone.
    /// </summary>
    /// <param name="work">The work; what it throws is thrown in all processes, in the others as
    /// <see cref="ProcessFailedException"/>.</param>
    /// <returns>The result, in all processes.</returns>
    public byte[] FromRoot(Func<byte[]> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (IsAlone)
        {
            return work();
        }

        if (_group.Rank > 0)
        {
            return Outcome.Read(_group.Broadcast(0, []));
        }

        byte[] result;
        _atRoot++;
#pragma warning disable CA1031 // Any exception is told to the other processes, which wait, and thrown again.
        try
        {
            result = work();
        }
        catch (Exception failure)
        {
            _atRoot--;
            _group.Broadcast(0, Outcome.Of(failure));
            throw;
        }
#pragma warning restore CA1031

        _atRoot--;
        _group.Broadcast(0, Outcome.Of(result));
        return result;
    }

    /// <summary>The same for work without a result.</summary>
    /// <param name="work">The work.</param>
    public void AtRoot(Action work) => FromRoot(() =>
    {
        work();
        return [];
    });

    /// <summary>Agrees with the other processes on whether to stop.</summary>
    public void PollStop()
    {
        if (_atRoot == 0)
        {
            _stop?.Poll();
        }
    }
}
