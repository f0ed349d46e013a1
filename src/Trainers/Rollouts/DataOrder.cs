using RlCore.Algebra;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// Which rows a step takes: epochs are permutations of the dataset, laid end to end and cut into steps. A pure function of
/// (seed, step), so a resumed run needs no cursor but its step. The permutation of a large dataset is computed place by place,
/// so that the order takes constant memory.
/// </summary>
public sealed class DataOrder
{
    /// <summary>Most rows whose permutation is held (4 MiB).</summary>
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
    /// <param name="perStep">Rows of a step.</param>
    /// <param name="firstEpoch">Address of the first permutation, where a stage goes over several datasets.</param>
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

    /// <summary>Rows from a place of the endless order, for steps that take as many as they turn out to need.</summary>
    /// <param name="first">Rows taken before.</param>
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

/// <summary>Step addresses of random numbers that never meet between stages.</summary>
public static class RunAddress
{
    private const uint StepsPerStage = 1 << 24;

    /// <summary>The address of a step of a stage.</summary>
    /// <param name="stage">Index of the stage, below 256.</param>
    /// <param name="step">Step (or epoch) within it, below 2²⁴.</param>
    public static uint Of(uint stage, int step) => (stage * StepsPerStage) + (uint)step;
}
