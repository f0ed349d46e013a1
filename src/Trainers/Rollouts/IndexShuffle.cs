using System.Numerics;
using RlCore.Algebra;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// A permutation of 0 … count − 1 that is computed element by element, so that it takes no memory: a balanced Feistel network over
/// the next even number of bits, applied again while its value lies outside of the range (cycle walking: Black and Rogaway,
/// "Ciphers with arbitrary finite domains", 2002). Its round function is Philox.
/// </summary>
internal sealed class IndexShuffle
{
    private const uint Rounds = 6;

    private readonly ulong _seed;
    private readonly uint _step;
    private readonly uint _count;
    private readonly int _halfBits;

    /// <summary>A permutation.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Which of the seed's permutations.</param>
    /// <param name="count">Number of elements, at least 1.</param>
    public IndexShuffle(ulong seed, uint step, int count)
    {
        _seed = seed;
        _step = step;
        _count = (uint)count;
        _halfBits = Math.Max(1, (BitOperations.Log2(_count) + 2) / 2);
    }

    /// <summary>The element at a position.</summary>
    /// <param name="place">The position, 0 … count − 1.</param>
    public int this[int place]
    {
        get
        {
            uint value = Permute((uint)place);
            while (value >= _count)
            {
                value = Permute(value);
            }

            return (int)value;
        }
    }

    private uint Permute(uint value)
    {
        uint mask = (1u << _halfBits) - 1;
        uint left = value >> _halfBits;
        uint right = value & mask;
        for (uint round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (Philox.Block(_seed, right, round, _step, (uint)RandomPurpose.Shuffle).Word0 & mask));
        }

        return (left << _halfBits) | right;
    }
}
