using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <content>Selected log-probs.</content>
public readonly partial struct TorchTensor
{
    /// <inheritdoc/>
    /// <remarks>
    /// Rows without a target are left out before the product with the head. At most
    /// <see cref="TorchEngineOptions.LogitsAtOnce"/> logits exist at a time; where there are more, the backward pass computes
    /// them again.
    /// </remarks>
    public static TokenLogProbs<TorchTensor> SelectedLogProbs(
        TorchTensor hidden, TorchTensor head, ReadOnlySpan<int> targets, int rows, int columns, double temperature)
    {
        RequireShape(head, head.Rows, hidden.Columns, $"a head for hidden states of [{hidden.Rows}, {hidden.Columns}]");
        if (targets.Length != hidden.Rows || (long)rows * columns != hidden.Rows)
        {
            throw new ArgumentException(
                $"SelectedLogProbs needs one target a row and results of as many elements, but got {targets.Length} targets and [{rows}, "
                    + $"{columns}] for [{hidden.Rows}, {hidden.Columns}].");
        }

        ScoringTemperature.Check(temperature);
        TorchContext context = hidden.Context;
        (long[] places, long[] ids) = Scored(targets, head.Rows);
        using DisposeScope scope = NewDisposeScope();
        if (places.Length == 0)
        {
            TorchTensor nothing = Leaving(context, zeros([rows, columns], ScalarType.Float32, context.Device), rows, columns);
            return new(nothing, nothing);
        }

        Tensor states = hidden.InComputeType();
        Tensor? index = places.Length == targets.Length ? null : context.Upload<long>(places, ScalarType.Int64, places.Length);
        states = index is null ? states : TorchScript.Rows(states, index);
        Tensor chosen = context.Upload<long>(ids, ScalarType.Int64, ids.Length, 1);
        (Tensor logProbs, Tensor entropy) = SelectedLogProbsFunction.Run(context, states, head.AsWeight(), chosen, temperature);
        return new(Spread(context, index, logProbs, rows, columns), Spread(context, index, entropy, rows, columns));
    }

    private static (long[] Places, long[] Ids) Scored(ReadOnlySpan<int> targets, int vocabulary)
    {
        var places = new List<long>(targets.Length);
        var ids = new List<long>(targets.Length);
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] >= vocabulary)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(targets), targets[row], $"SelectedLogProbs needs targets below the vocabulary of {vocabulary}.");
            }

            if (targets[row] >= 0)
            {
                places.Add(row);
                ids.Add(targets[row]);
            }
        }

        return ([.. places], [.. ids]);
    }

    // The scored rows back in their places, zero elsewhere.
    private static TorchTensor Spread(TorchContext context, Tensor? index, Tensor scored, int rows, int columns)
    {
        Tensor all = index is null
            ? scored
            : zeros([(long)rows * columns], scored.dtype, context.Device).index_copy(0, index, scored);
        return Leaving(context, all.view(rows, columns), rows, columns);
    }
}
