using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>A tensor of a file as an engine copies it: BF16 stays BF16, everything else is F32.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <param name="name">Name of the weight, for messages.</param>
internal sealed class WeightTensor(TensorData tensor, int rows, int columns, string name) : WeightSource(
    rows, columns, tensor.Type == NumberType.BF16 ? WeightType.BF16 : WeightType.F32)
{
    private const ushort Exponent = 0x7F80;

    /// <inheritdoc/>
    /// <exception cref="InputException">An element is not finite.</exception>
    public override void Read(long first, Span<float> destination)
    {
        tensor.Read(first, destination);
        if (!TensorPrimitives.IsFiniteAll<float>(destination))
        {
            int place = 0;
            while (float.IsFinite(destination[place]))
            {
                place++;
            }

            throw NotFinite(first + place, destination[place]);
        }
    }

    /// <inheritdoc/>
    public override void ReadBFloat16(long first, Span<ushort> destination)
    {
        if (Type != WeightType.BF16)
        {
            base.ReadBFloat16(first, destination);
        }

        tensor.ReadBytes(first, MemoryMarshal.AsBytes(destination));
        int place = FirstNotFinite(destination);
        if (place >= 0)
        {
            throw NotFinite(first + place, BitConverter.Int32BitsToSingle(destination[place] << 16));
        }
    }

    // A number is not finite if all bits of its exponent are set.
    private static int FirstNotFinite(ReadOnlySpan<ushort> numbers)
    {
        var exponent = new Vector<ushort>(Exponent);
        int i = 0;
        while (i + Vector<ushort>.Count <= numbers.Length
            && !Vector.EqualsAny(new Vector<ushort>(numbers[i..]) & exponent, exponent))
        {
            i += Vector<ushort>.Count;
        }

        while (i < numbers.Length && (numbers[i] & Exponent) != Exponent)
        {
            i++;
        }

        return i < numbers.Length ? i : -1;
    }

    private InputException NotFinite(long element, float found) => new(new InputProblem(
        "weights",
        0,
        name,
        string.Create(CultureInfo.InvariantCulture, $"{found} in row {(element / Columns) + 1}, column {(element % Columns) + 1}"),
        "finite numbers: the file is damaged, or what made it had diverged"));
}
