using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace RlCore.Engines;

/// <summary>
/// What the processes of a group do together. Every process calls the same function with arguments of the same size. Those that say so
/// need a number of processes that is a power of two.
/// </summary>
public static class ProcessGroupCalls
{
    /// <summary>
    /// Adds up numbers over the processes by a fixed tree: ((r0 + r1) + (r2 + r3)) + …, element by element, so that the sum has the same
    /// bits everywhere. Each process sends and receives 2(P − 1)/P of the numbers: halves are exchanged and added (reduce-scatter), then
    /// the sums are gathered (Thakur et al. 2005, "Optimization of collective communication operations in MPICH").
    /// </summary>
    /// <param name="group">The processes, a power of two.</param>
    /// <param name="values">The addends; overwritten by the sums.</param>
    /// <param name="scratch">At least half as long, rounded up; overwritten.</param>
    public static void Sum(this IProcessGroup group, Span<float> values, Span<float> scratch)
    {
        RequirePowerOfTwo(group);
        Span<(int Low, int High)> ranges = stackalloc (int, int)[BitOperations.Log2((uint)group.Size) + 1];
        ranges[0] = (0, values.Length);
        int level = 0;
        for (int bit = 1; bit < group.Size; bit <<= 1, level++)
        {
            (Range mine, Range theirs) = Halves(ranges[level], (group.Rank & bit) == 0);
            Span<float> kept = values[mine];
            Span<float> received = scratch[..kept.Length];
            group.Exchange(group.Rank ^ bit, MemoryMarshal.AsBytes(values[theirs]), MemoryMarshal.AsBytes(received));
            TensorPrimitives.Add<float>(kept, received, kept);
            ranges[level + 1] = (mine.Start.Value, mine.End.Value);
        }

        for (int bit = group.Size >> 1; bit > 0; bit >>= 1)
        {
            (Range mine, Range theirs) = Halves(ranges[--level], (group.Rank & bit) == 0);
            group.Exchange(group.Rank ^ bit, MemoryMarshal.AsBytes(values[mine]), MemoryMarshal.AsBytes(values[theirs]));
        }
    }

    /// <summary>The bitwise or over the processes: gathers arrays of which each element is set by one process, and 0 elsewhere.</summary>
    /// <param name="group">The processes, a power of two.</param>
    /// <param name="values">This process's elements; overwritten by those of all.</param>
    public static void Or(this IProcessGroup group, Span<byte> values)
    {
        RequirePowerOfTwo(group);
        var received = new byte[values.Length];
        for (int bit = 1; bit < group.Size && values.Length > 0; bit <<= 1)
        {
            group.Exchange(group.Rank ^ bit, values, received);
            TensorPrimitives.BitwiseOr<byte>(values, received, values);
        }
    }

    /// <summary>Gives every process the bytes of all.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="mine">Those of this process; they may differ in length.</param>
    /// <returns>Those of each process, by rank.</returns>
    public static IReadOnlyList<byte[]> Gather(this IProcessGroup group, byte[] mine)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(mine);
        var all = new byte[group.Size][];
        all[group.Rank] = mine;
        for (int rank = 0; rank < group.Size; rank++)
        {
            all[rank] = group.Broadcast(rank, all[rank] ?? []);
        }

        return all;
    }

    /// <summary>Gives every process the bytes of one.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="root">Rank of the one.</param>
    /// <param name="bytes">Its bytes; elsewhere they are ignored.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] Broadcast(this IProcessGroup group, int root, byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(bytes);

        // A binomial tree: the processes that have the bytes double with each round.
        int place = (group.Rank - root + group.Size) % group.Size;
        int Rank(int other) => (other + root) % group.Size;
        int bit = 1;
        while (bit < group.Size && (place & bit) == 0)
        {
            bit <<= 1;
        }

        byte[] all = place == 0 ? bytes : Receive(group, Rank(place - bit));
        for (bit >>= 1; bit > 0; bit >>= 1)
        {
            if (place + bit < group.Size)
            {
                Send(group, Rank(place + bit), all);
            }
        }

        return all;
    }

    /// <summary>Sends numbers to a process that receives as many.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="values">The numbers.</param>
    public static void Send(this IProcessGroup group, int to, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Exchange(to, MemoryMarshal.AsBytes(values), []);
    }

    /// <summary>Receives numbers of a process that sends as many.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="from">The sender.</param>
    /// <param name="values">The numbers; overwritten.</param>
    public static void Receive(this IProcessGroup group, int from, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Exchange(from, [], MemoryMarshal.AsBytes(values));
    }

    /// <summary>Sends numbers to a process, and receives numbers from it.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="partner">The other process.</param>
    /// <param name="sent">What it receives; none to send nothing.</param>
    /// <param name="received">What it sends; overwritten; none to receive nothing.</param>
    public static void Exchange(this IProcessGroup group, int partner, ReadOnlySpan<float> sent, Span<float> received)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Exchange(partner, MemoryMarshal.AsBytes(sent), MemoryMarshal.AsBytes(received));
    }

    /// <summary>Whether all processes know of an exception that has ended one, so that none waits for it.</summary>
    /// <param name="failure">The exception.</param>
    public static bool IsKnownToAll(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return Outcome.IsAgreed(failure);
    }

    /// <summary>Does work in every process, and goes on only if all have succeeded.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="work">The work, which calls nothing of the group.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="ProcessFailedException">The work has failed in another process, and not in this one.</exception>
    /// <exception cref="Exception">What the work has thrown here.</exception>
    public static TResult Together<TResult>(this IProcessGroup group, Func<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(work);
        if (group.Size == 1)
        {
            return work();
        }

        TResult result;
#pragma warning disable CA1031 // Any exception is told to the other processes, which wait, and thrown again.
        try
        {
            result = work();
        }
        catch (Exception failure)
        {
            group.Gather(Outcome.Of(failure));
            throw;
        }
#pragma warning restore CA1031

        IReadOnlyList<byte[]> all = group.Gather(Outcome.Of([]));
        for (int rank = 0; rank < all.Count; rank++)
        {
            Outcome.Read(all[rank], rank);
        }

        return result;
    }

    private static void Send(IProcessGroup group, int to, byte[] bytes)
    {
        long length = bytes.Length;
        group.Exchange(to, MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)), []);
        group.Exchange(to, bytes, []);
    }

    private static byte[] Receive(IProcessGroup group, int from)
    {
        long length = 0;
        group.Exchange(from, [], MemoryMarshal.AsBytes(new Span<long>(ref length)));
        var bytes = new byte[length];
        group.Exchange(from, [], bytes);
        return bytes;
    }

    private static (Range Mine, Range Theirs) Halves((int Low, int High) range, bool isLower)
    {
        int middle = range.Low + ((range.High - range.Low) / 2);
        return isLower ? (range.Low..middle, middle..range.High) : (middle..range.High, range.Low..middle);
    }

    private static void RequirePowerOfTwo(IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (!BitOperations.IsPow2(group.Size))
        {
            throw new ArgumentException($"{group.Size} processes are no power of two.", nameof(group));
        }
    }
}
