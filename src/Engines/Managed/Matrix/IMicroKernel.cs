using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

/// <summary>
/// The innermost loop of the matrix product: a tile of <see cref="Rows"/> × <see cref="Columns"/> sums over
/// <c>depth</c> rank-one updates of packed panels. Every element sums in order of depth, wherever its tile lies.
/// </summary>
internal unsafe interface IMicroKernel
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }

    /// <summary>c (+)= aᵀ·b.</summary>
    /// <typeparam name="TOrder">How a lies in memory.</typeparam>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="a">depth × Rows.</param>
    /// <param name="b">depth × Columns.</param>
    /// <param name="c">Rows × Columns, <paramref name="stride"/> floats from row to row.</param>
    /// <param name="stride">Row stride of c.</param>
    /// <param name="epilogue">What the sums are added to.</param>
    /// <param name="ahead">What is asked for meanwhile, if the order looks ahead.</param>
    static abstract void Run<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder;

    /// <summary>The same where only the first half of the columns is needed; the other half of c may be left alone.</summary>
    static abstract void RunHalf<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder;
}

/// <summary>Where the left side of a tile has its elements. Constants to the compiler, so that each kernel is written once.</summary>
internal interface ILeftOrder
{
    /// <summary>Floats from the first row to a row, at one step of depth.</summary>
    static abstract int Row(int row);

    /// <summary>Floats from one step of depth to the next, in a tile of <paramref name="rows"/> rows.</summary>
    static abstract int Step(int rows);

    /// <summary>Whether the tile asks for memory that will be needed later.</summary>
    static abstract bool LooksAhead { get; }
}

/// <summary>A packed panel: all rows of a step of depth side by side.</summary>
internal readonly struct PanelOrder : ILeftOrder
{
    public static int Row(int row) => row;

    public static int Step(int rows) => rows;

    public static bool LooksAhead => false;
}

/// <summary>Rows one after the other, as a block of a weight lies in memory.</summary>
internal readonly struct RowOrder : ILeftOrder
{
    /// <summary>Floats from row to row: a block's depth, and a line more, so that rows do not meet in the same set of the cache.</summary>
    public const int Stride = Gemm.DepthBlock + Simd.Width;

    public static int Row(int row) => row * Stride;

    public static int Step(int rows) => 1;

    public static bool LooksAhead => true;
}

/// <summary>
/// A block of a weight that will be needed after this one. Its lines are asked for one by one, while a tile is computed: the machine
/// does not see runs that short coming, and all at once they would wait for each other.
/// </summary>
/// <param name="first">Its first byte.</param>
/// <param name="rows">Rows, at most a line's elements.</param>
/// <param name="pitch">Bytes from row to row.</param>
/// <param name="elementsOfLine">Elements of a line of the cache, a power of two.</param>
internal readonly unsafe struct Ahead(void* first, int rows, long pitch, int elementsOfLine)
{
    private readonly int _mask = elementsOfLine - 1;
    private readonly int _shift = BitOperations.Log2((uint)elementsOfLine);

    /// <summary>Asks for the line that falls to one step of depth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fetch(int k)
    {
        int row = k & _mask;
        if (row < rows && Sse.IsSupported)
        {
            Sse.Prefetch1((byte*)first + (row * pitch) + ((long)(k >> _shift) * Simd.CacheLine));
        }
    }
}

/// <summary>What a product is added to on its way to memory.</summary>
/// <param name="accumulate">c itself.</param>
/// <param name="bias">Else a row, from the tile's first column; null for nothing.</param>
internal readonly unsafe struct Epilogue(bool accumulate, float* bias)
{
    // Every kernel's tile is a multiple of it, half a tile too.
    private const int Lane = 8;

    public bool Accumulate => accumulate;

    public float* Bias => bias;

    /// <summary>Whether sums go to memory as they are.</summary>
    public bool IsNone => !accumulate && bias == null;

    /// <summary>Asks for the tile that sums will be added to, while they are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fetch(float* c, int rows, int stride)
    {
        if (accumulate && Sse.IsSupported)
        {
            for (int row = 0; row < rows; row++)
            {
                Sse.Prefetch0(c + ((long)row * stride));
            }
        }
    }

    /// <summary>Adds sums that were put aside, in rows of a tile's width, to what they are to be added to, and writes them.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Deliver(float* sums, int rows, int columns, float* c, int stride)
    {
        for (int row = 0; row < rows; row++, sums += columns, c += stride)
        {
            float* addend = accumulate ? c : bias;
            for (int column = 0; column < columns; column += Lane)
            {
                (Vector256.Load(sums + column) + Vector256.Load(addend + column)).Store(c + column);
            }
        }
    }

    /// <summary>The same epilogue at a later column of the tile.</summary>
    public Epilogue At(int column) => new(accumulate, bias == null ? null : bias + column);
}
