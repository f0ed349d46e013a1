using FsCheck.Fluent;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>Tensors that are read through others: any piece is that of the whole.</summary>
public class TensorViewLaws
{
    [Fact]
    public void A_piece_of_a_view_is_that_of_its_definition() =>
        Laws.Hold(
            from rows in Gen.Choose(1, 7)
            from columns in Gen.Choose(1, 7)
            from first in Gen.Choose(0, (2 * rows * columns) - 1)
            from length in Gen.Choose(0, (2 * rows * columns) - first)
            select (rows, columns, first, length),
            scenario =>
            {
                (int rows, int columns, int first, int length) = scenario;
                SafetensorsTensor upper = Numbers(rows, columns, 1), lower = Numbers(rows, columns, 100);
                float[] whole = [.. upper.ToArray(), .. lower.ToArray()];
                float[] transposed = [.. Enumerable.Range(0, rows * columns).Select(i => whole[(i % rows * columns) + (i / rows)])];
                var stacked = new StackedTensor([2 * rows, columns], [upper, lower]);
                int start = first % (rows * columns), count = Math.Min(length, (rows * columns) - start);
                return Reads(stacked, first, whole[first..(first + length)])
                    && Reads(new TensorSlice([rows, columns], stacked, rows * columns), start, lower.ToArray()[start..(start + count)])
                    && Reads(new TransposedTensor(upper), start, transposed[start..(start + count)]);
            });

    private static bool Reads(TensorData tensor, long first, float[] expected)
    {
        var numbers = new float[expected.Length];
        tensor.Read(first, numbers);
        var bytes = new byte[expected.Length * tensor.Type.SizeOf()];
        tensor.ReadBytes(first, bytes);
        var decoded = new float[expected.Length];
        NumberConversion.ToFloats(bytes, tensor.Type, decoded);
        return numbers.SequenceEqual(expected) && decoded.SequenceEqual(expected);
    }

    private static SafetensorsTensor Numbers(int rows, int columns, int from) =>
        new([rows, columns], [.. Enumerable.Range(from, rows * columns).Select(i => (float)i)]);
}
