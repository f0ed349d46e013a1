using System.Runtime.InteropServices;
using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>A tensor of a file as an engine copies it: BF16 stays BF16, everything else is F32.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
internal sealed class WeightTensor(TensorData tensor, int rows, int columns) : WeightSource(
    rows, columns, tensor.Type == NumberType.BF16 ? WeightType.BF16 : WeightType.F32)
{
    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination) => tensor.Read(first, destination);

    /// <inheritdoc/>
    public override void ReadBFloat16(long first, Span<ushort> destination)
    {
        if (Type != WeightType.BF16)
        {
            base.ReadBFloat16(first, destination);
        }

        tensor.ReadBytes(first, MemoryMarshal.AsBytes(destination));
    }
}
