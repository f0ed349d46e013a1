using System.Numerics;
using System.Numerics.Tensors;
using RlCore.Algebra;

namespace RlCore.Bench;

/// <summary>
/// What the losses are measured on, and the calls that are measured. All but the record write into arrays that are there.
/// </summary>
internal sealed class LossInputs<T>
    where T : unmanaged, INumber<T>
{
    private const int Rows = 1024;
    private const int Columns = 1024;
    private const int Pairs = 1 << 18;
    private const double Beta = 0.1;

    private readonly Random _random = new(1);
    private readonly SequenceMask _mask = SequenceMask.Full(Rows, Columns);
    private readonly SequenceMask _half = SequenceMask.Full(Rows / 2, Columns);
    private readonly Aggregation _tokenMean = new Aggregation.TokenMean();
    private readonly T[] _old;
    private readonly T[] _current;
    private readonly T[] _reference;
    private readonly T[] _advantages;
    private readonly T[] _gradient = new T[Rows * Columns];
    private readonly T[][] _pairs;
    private readonly T[] _losses = new T[Pairs];
    private readonly T[] _toChosen = new T[Pairs];
    private readonly T[] _toRejected = new T[Pairs];
    private readonly T[] _rewards;
    private readonly T[] _values;
    private readonly T[] _gae = new T[Rows / 2 * Columns];
    private readonly T[] _returns = new T[Rows / 2 * Columns];

    public LossInputs()
    {
        _old = Numbers(Rows * Columns, -3, 0);
        _current = [.. _old.Select(l => l + Number(-0.5, 0.5))];
        _reference = [.. _old.Select(l => l + Number(-0.5, 0.5))];
        _advantages = Numbers(Rows, -2, 2);
        _pairs = [.. Enumerable.Range(0, 4).Select(_ => Numbers(Pairs, -50, 0))];
        _rewards = Numbers(_gae.Length, -1, 1);
        _values = Numbers(_gae.Length, -1, 1);
    }

    public double Grpo() => Losses.Grpo<T>(_current, _old, _reference, _advantages, _mask, 0.04, _gradient);

    public double Ppo() => Losses.Sum<PpoClipTerm, T>(new(0.2, 0.2), _current, _old, default, _advantages, _mask, _tokenMean, _gradient);

    public double Kl() => Losses.Sum<KlTerm, T>(new(KlEstimator.K3), _current, _reference, _mask, _tokenMean, _gradient);

    public double Dpo() => Losses.Dpo<T>(_pairs[0], _pairs[1], _pairs[2], _pairs[3], Beta, _toChosen, _toRejected);

    public PairSummary DpoAsTrainer() => Losses.Dpo<T>(_pairs[0], _pairs[1], _pairs[2], _pairs[3], Beta, _losses, _toChosen, _toRejected);

    public PairLoss<T> DpoRecord() => Losses.Dpo<T>(_pairs[0], _pairs[1], _pairs[2], _pairs[3], Beta);

    /// <summary>Reads and writes what DPO reads and writes, with hardly any arithmetic.</summary>
    public void Traffic()
    {
        TensorPrimitives.Subtract(_pairs[0], _pairs[2], _toChosen);
        TensorPrimitives.Subtract(_pairs[1], _pairs[3], _toRejected);
    }

    public void Gae() => Advantages.Gae<T>(_rewards, _values, _half, _gae, _returns);

    private T[] Numbers(int count, double low, double high) => [.. Enumerable.Range(0, count).Select(_ => Number(low, high))];

    private T Number(double low, double high) => T.CreateTruncating(low + ((high - low) * _random.NextDouble()));
}
