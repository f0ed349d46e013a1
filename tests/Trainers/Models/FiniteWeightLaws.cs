using FsCheck.Fluent;
using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>Weights that are no numbers are refused where an engine takes them.</summary>
public class FiniteWeightLaws
{
    [Fact]
    public void A_weight_that_is_not_finite_is_named_with_its_place_and_finite_ones_pass()
    {
        Laws.Hold(
            from rows in Gen.Choose(1, 9)
            from columns in Gen.Choose(1, 17)
            from place in Gen.Choose(-1, (rows * columns) - 1)
            from bad in Gen.Elements(float.NaN, float.PositiveInfinity, float.NegativeInfinity)
            from isHalf in Gen.Elements(true, false)
            select (rows, columns, place, bad, isHalf),
            sample =>
            {
                var (rows, columns, place, bad, isHalf) = sample;
                float[] values = [.. Enumerable.Range(0, rows * columns).Select(i => i % 3 == 0 ? -3.3895314e38f : i - 7.5f)];
                if (place >= 0)
                {
                    values[place] = bad;
                }

                TensorData tensor = new SafetensorsTensor([rows, columns], values);
                var weight = new WeightTensor(isHalf ? new ConvertedTensor(tensor, NumberType.BF16) : tensor, rows, columns, "blocks.3.up");
                string expected = place < 0
                    ? ""
                    : FormattableString.Invariant(
                        $"weights, blocks.3.up: found {bad} in row {(place / columns) + 1}, column {(place % columns) + 1}; expected");
                return Message(weight, isHalf).StartsWith(expected, StringComparison.Ordinal)
                    && (place >= 0 || Message(weight, isHalf).Length == 0);
            });
    }

    private static string Message(WeightTensor weight, bool isHalf)
    {
        try
        {
            if (isHalf)
            {
                Assert.Equal(WeightType.BF16, weight.Type);
                weight.ReadBFloat16(0, new ushort[weight.Count]);
            }
            else
            {
                weight.Read(0, new float[weight.Count]);
            }

            return "";
        }
        catch (InputException refused)
        {
            return refused.Message;
        }
    }
}
