using System.Runtime.ExceptionServices;

namespace RlCore;

/// <summary>
/// Work split into parts that depend only on sizes. The caller runs the parts, and so does every idle thread of the pool; the
/// caller never waits for a part that nobody has begun, so that where all threads are busy (in a caller's own parallel loop) it
/// simply does everything itself. Each part has its own outputs, so results do not depend on who ran it.
/// </summary>
internal abstract class SharedWork : IThreadPoolWorkItem
{
    private const int PartElements = 1 << 13;
    private const int MostParts = 1 << 10;
    private const int FewestShared = 4;

    // [parts : 32 | next part : 32]. A thread that comes late to a job finds no part left, or helps the next job of the same object.
    private long _claims;
    private int _remaining;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Elements of a part: a multiple of <paramref name="unit"/>.</summary>
    public static int PartSize(int elements, int unit)
    {
        int least = Math.Max(PartElements, (int)(((long)elements + MostParts - 1) / MostParts));
        return (least + unit - 1) / unit * unit;
    }

    void IThreadPoolWorkItem.Execute() => Claim();

    /// <summary>Runs every part and returns when all are done.</summary>
    protected void Run(int parts)
    {
        _failure = null;
        Volatile.Write(ref _remaining, parts);
        Interlocked.Exchange(ref _claims, (long)parts << 32);
        int helpers = parts < FewestShared ? 0 : Math.Min(parts, Environment.ProcessorCount) - 1;
        for (int helper = 0; helper < helpers; helper++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Claim();
        var wait = default(SpinWait);
        while (Volatile.Read(ref _remaining) > 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        _failure?.Throw();
    }

    /// <summary>Runs one part.</summary>
    protected abstract void RunPart(int part);

    private void Claim()
    {
        while (true)
        {
            long claim = Interlocked.Increment(ref _claims) - 1;
            int part = (int)claim;
            if (part >= (int)(claim >> 32))
            {
                return;
            }

            try
            {
                RunPart(part);
            }
            catch (Exception failure)
            {
                // A caller's own term may throw: the caller must see it, after every part has let go of its arrays.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
            }
            finally
            {
                Interlocked.Decrement(ref _remaining);
            }
        }
    }
}
