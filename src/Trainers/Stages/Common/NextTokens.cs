using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Stages;

/// <summary>Whole next-token distributions from hidden states.</summary>
/// <param name="engine">Where the states are.</param>
/// <param name="temperature">Temperature of the distributions.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class NextTokens<T>(IEngine<T> engine, double temperature)
    where T : struct, ITensor<T>
{
    /// <summary>
    /// log softmax(hidden·headᵀ/τ), [n, V], and the sum of the entropies. Each row is first shifted by its normaliser as the engine knows
    /// it, so that no exponential overflows; the shift is constant, and the second normaliser corrects its inaccuracy.
    /// </summary>
    /// <param name="hidden">[n, D].</param>
    /// <param name="head">[V, D].</param>
    public (T LogProbs, double Entropy) LogProbs(T hidden, T head)
    {
        int vocabulary = head.Rows;
        T logits = T.Scale(T.Linear(hidden, head), 1 / temperature);
        var (shift, entropy) = Quietly(() =>
        {
            var first = T.SelectedLogProbs(hidden, head, new int[hidden.Rows], hidden.Rows, 1, temperature);
            return (FirstColumn(logits) - first.LogProbs, engine.Read(first.Entropy).Sum(value => (double)value));
        });
        T centred = logits - T.ExpandOverTime(T.StopGradient(shift), vocabulary);
        T normaliser = T.Log(T.SumOverTime(T.Exp(centred), SequenceMask.Full(hidden.Rows, vocabulary)));
        return (centred - T.ExpandOverTime(normaliser, vocabulary), entropy);
    }

    /// <summary>The sum of all elements, [1, 1].</summary>
    /// <param name="x">Any tensor.</param>
    public static T Sum(T x) => T.SumOverBatch(T.SumOverTime(x, SequenceMask.Full(x.Rows, x.Columns)));

    /// <summary>Does some work that is not recorded for reverse mode.</summary>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">Its result.</typeparam>
    public TResult Quietly<TResult>(Func<TResult> work)
    {
        using var noGradient = engine.NoGradient();
        return work();
    }

    private static T FirstColumn(T x)
    {
        var ones = new int[x.Rows];
        Array.Fill(ones, 1);
        return T.SumOverTime(x, SequenceMask.FromRanges(x.Columns, new int[x.Rows], ones));
    }
}
