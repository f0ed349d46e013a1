using System.Numerics.Tensors;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>A weight matrix with its adapters added: W + scale·B·A in the rows of each adapted layer.</summary>
/// <param name="weight">W [outputs, inputs].</param>
/// <param name="layers">The layers that are adapted in it, with A and B.</param>
/// <param name="scale">The scale.</param>
internal sealed class MergedTensor(TensorData weight, IReadOnlyList<LayerChange> layers, double scale) : TensorData(
    weight.Shape, NumberType.F32)
{
    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        weight.Read(first, destination);
        int columns = weight.Shape[1];
        for (int done = 0; done < destination.Length;)
        {
            (long row, long column) = Math.DivRem(first + done, columns);
            int count = (int)Math.Min(columns - column, destination.Length - done);
            foreach (LayerChange layer in layers)
            {
                layer.AddTo((int)row, (int)column, destination.Slice(done, count), scale);
            }

            done += count;
        }
    }
}

/// <summary>The change of one adapted layer: B·A in its rows.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Rank">Rows of A.</param>
/// <param name="Down">A [rank, inputs], row-major.</param>
/// <param name="Up">B [outputs, rank], row-major.</param>
internal sealed record LayerChange(AdaptedLayer Layer, int Rank, float[] Down, float[] Up)
{
    /// <summary>Adds a piece of a row of the change, if the row belongs to the layer.</summary>
    /// <param name="row">Row of the whole weight.</param>
    /// <param name="column">First column.</param>
    /// <param name="destination">The piece.</param>
    /// <param name="scale">What B·A is multiplied by.</param>
    public void AddTo(int row, int column, Span<float> destination, double scale)
    {
        int output = row - Layer.FirstOutput;
        if (output < 0 || output >= Layer.Outputs)
        {
            return;
        }

        for (int i = 0; i < Rank; i++)
        {
            TensorPrimitives.MultiplyAdd(
                Down.AsSpan((i * Layer.Inputs) + column, destination.Length),
                (float)(scale * Up[(output * Rank) + i]),
                destination,
                destination);
        }
    }
}
