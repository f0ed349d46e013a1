using System.Numerics;
using System.Runtime.InteropServices;

namespace RlCore.Engines.Managed;

/// <summary>
/// Native memory in size classes, four to each power of two. A block that comes back is the first to go out again, so
/// that a steady-state step touches memory that is already mapped and often still in cache.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    /// <summary>Floats in one 64-byte line, the width of the widest register.</summary>
    public const int Line = 16;

    private const int LineBytes = Line * sizeof(float);
    private const int Classes = 4 * 31;
    private readonly Stack<nint>[] _free = new Stack<nint>[Classes];

    public Arena()
    {
        for (int i = 0; i < Classes; i++)
        {
            _free[i] = new Stack<nint>();
        }
    }

    /// <summary>Blocks that are rented now.</summary>
    public int Live { get; private set; }

    /// <summary>Bytes that are held from the system, rented or not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory that is not zeroed, of at least this many floats and one line of slack that may be read and written.</summary>
    /// <param name="floats">Number of floats.</param>
    public Block Rent(long floats)
    {
        int sizeClass = ClassOf(((floats + Line - 1) / Line) + 1);
        Live++;
        if (!_free[sizeClass].TryPop(out nint pointer))
        {
            pointer = (nint)Take(LinesOf(sizeClass));
        }

        return new Block((float*)pointer, sizeClass);
    }

    /// <summary>Memory outside of the size classes: no more lines than needed and one of slack, and freed when it comes back.</summary>
    /// <param name="bytes">Number of bytes.</param>
    public Block Allocate(long bytes)
    {
        int lines = checked((int)((bytes + LineBytes - 1) / LineBytes)) + 1;
        Live++;
        return new Block(Take(lines), -lines);
    }

    public void Return(Block block)
    {
        if (block.IsNone)
        {
            return;
        }

        Live--;
        if (block.SizeClass < 0)
        {
            Give(block.Data, -block.SizeClass);
            return;
        }

        _free[block.SizeClass].Push((nint)block.Data);
    }

    /// <summary>Frees what was returned; the engine returns everything first.</summary>
    public void Dispose()
    {
        foreach (var (sizeClass, stack) in _free.Index())
        {
            while (stack.TryPop(out nint pointer))
            {
                Give((float*)pointer, LinesOf(sizeClass));
            }
        }
    }

    private float* Take(long lines)
    {
        var data = (float*)NativeMemory.AlignedAlloc((nuint)(lines * LineBytes), LineBytes);
        Bytes += lines * LineBytes;
        return data;
    }

    private void Give(float* data, long lines)
    {
        NativeMemory.AlignedFree(data);
        Bytes -= lines * LineBytes;
    }

    private static int ClassOf(long lines)
    {
        ulong last = (ulong)lines - 1;
        int exponent = BitOperations.Log2(last | 1);
        return exponent < 2 ? (int)last : (4 * (exponent - 1)) + (int)((last >> (exponent - 2)) & 3);
    }

    private static long LinesOf(int sizeClass) =>
        sizeClass < 4 ? sizeClass + 1 : (long)((sizeClass % 4) + 5) << ((sizeClass / 4) - 1);
}
