using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Runs a term over pairs, by parts that threads share.</summary>
internal sealed unsafe class PairPass<TTerm, T> : SharedWork
    where TTerm : struct, IPairTerm
    where T : unmanaged, INumber<T>
{
    // Each thread keeps one, so that a call allocates nothing; a term that itself runs a loss finds none and makes another.
    [ThreadStatic]
    private static PairPass<TTerm, T>? t_idle;

    private TTerm _term;
    private double _weight;
    private int _count;
    private int _size;
    private bool _valuesWanted;
    private T* _chosen;
    private T* _rejected;
    private T* _chosenReference;
    private T* _rejectedReference;
    private T* _values;
    private T* _chosenGradient;
    private T* _rejectedGradient;
    private PairSums* _sums;

    /// <summary>weight · Σ term, its gradients, and the losses if there is room for them; a loss of NaN if any is no number.</summary>
    public static PairSums Run(
        TTerm term, PairData<T> pairs, double weight, Span<T> values, Span<T> chosenGradient, Span<T> rejectedGradient)
    {
        PairPass<TTerm, T> pass = t_idle ?? new();
        t_idle = null;
        int count = pairs.Chosen.Length;
        pass._term = term;
        pass._weight = weight;
        pass._count = count;
        pass._valuesWanted = !values.IsEmpty;
        pass._size = PartSize(count, 1);
        int parts = (count + pass._size - 1) / pass._size;
        PairSums* sums = stackalloc PairSums[parts];
        pass._sums = sums;
        fixed (
            T* chosen = pairs.Chosen,
            rejected = pairs.Rejected,
            chosenReference = pairs.ChosenReference,
            rejectedReference = pairs.RejectedReference)
        fixed (T* losses = values, toChosen = chosenGradient, toRejected = rejectedGradient)
        {
            pass._chosen = chosen;
            pass._rejected = rejected;
            pass._chosenReference = chosenReference;
            pass._rejectedReference = rejectedReference;
            pass._values = losses;
            pass._chosenGradient = toChosen;
            pass._rejectedGradient = toRejected;
            pass.Run(parts);
        }

        pass._term = default;
        t_idle = pass;
        PairSums total = default;
        for (int part = 0; part < parts; part++)
        {
            total += sums[part];
        }

        return total;
    }

    protected override void RunPart(int part)
    {
        int from = part * _size;
        int count = Math.Min(_size, _count - from);
        var pairs = new PairData<T>(
            new(_chosen + from, count),
            new(_rejected + from, count),
            new(_chosenReference + from, count),
            new(_rejectedReference + from, count));
        Span<T> values = _valuesWanted ? new(_values + from, count) : default;
        Span<T> toChosen = new(_chosenGradient + from, count), toRejected = new(_rejectedGradient + from, count);
        PairSums sums = Fused.PairSum(_term, pairs, _weight, values, toChosen, toRejected);
        _sums[part] = Finite.Holds<T>(sums.Loss, toChosen) && Finite.Holds<T>(0, toRejected) ? sums : sums with { Loss = double.NaN };
    }
}
