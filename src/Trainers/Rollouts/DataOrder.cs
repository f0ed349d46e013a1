using RlCore.Algebra;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// The rows that a step uses: epochs are permutations of the dataset, concatenated and cut into steps. A pure function of
/// (seed, step), so a resumed run needs no cursor except its step. The permutation of a large dataset is computed element by element,
/// so that the order takes constant memory.
/// </summary>
public sealed class DataOrder
{
    /// <summary>Maximum number of rows whose permutation is kept in memory (4 MiB).</summary>
    public const int MostHeld = 1 << 20;

    private readonly ulong _seed;
    private readonly uint _stage;
    private readonly int _count;
    private readonly int _perStep;
    private readonly int _firstEpoch;
    private int _cachedEpoch = -1;
    private int[] _permutation = [];

    /// <summary>An order over a dataset.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stage">Index of the stage.</param>
    /// <param name="count">Rows of the dataset, at least 1.</param>
    /// <param name="perStep">Rows per step.</param>
    /// <param name="firstEpoch">Address of the first permutation, if a stage uses several datasets in turn.</param>
    public DataOrder(ulong seed, int stage, int count, int perStep, int firstEpoch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _seed = seed;
        _stage = (uint)stage;
        _count = count;
        _perStep = perStep;
        _firstEpoch = firstEpoch;
    }

    /// <summary>The rows of a step.</summary>
    /// <param name="step">Step, from 0.</param>
    public int[] RowsOf(int step) => Rows((long)step * _perStep, _perStep);

    /// <summary>Rows from a position of the endless order, for steps whose number of rows is not known in advance.</summary>
    /// <param name="first">Number of rows before the first one.</param>
    /// <param name="count">Rows to take.</param>
    public int[] Rows(long first, int count)
    {
        var rows = new int[count];
        for (int i = 0; i < count; i++)
        {
            long index = first + i;
            rows[i] = RowAt((int)(index / _count), (int)(index % _count));
        }

        return rows;
    }

    private int RowAt(int epoch, int place) => _count <= MostHeld
        ? Permutation(epoch)[place]
        : new IndexShuffle(_seed, Address(epoch), _count)[place];

    private uint Address(int epoch) => RunAddress.Of(_stage, _firstEpoch + epoch);

    private int[] Permutation(int epoch)
    {
        if (epoch != _cachedEpoch)
        {
            _permutation = Philox.Permutation(_seed, RandomPurpose.Shuffle, Address(epoch), _count);
            _cachedEpoch = epoch;
        }

        return _permutation;
    }
}

/// <summary>Step addresses of random numbers that never collide between stages.</summary>
internal static class RunAddress
{
    private const uint StepsPerStage = 1 << 24;

    /// <summary>The address of a step of a stage.</summary>
    /// <param name="stage">Index of the stage, below 256.</param>
    /// <param name="step">Step (or epoch) within it, below 2²⁴.</param>
    public static uint Of(uint stage, int step) => (stage * StepsPerStage) + (uint)step;
}
