using System.Globalization;
using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Tests.Datasets;

public sealed class CsvTextLaws
{
    [Property]
    public void Every_number_reads_back_as_itself(double value) => ReadsBack(value);

    [Fact]
    public void Every_power_of_two_reads_back_as_itself()
    {
        for (int exponent = -1074; exponent < 1024; exponent++)
        {
            ReadsBack(Math.ScaleB(1, exponent));
            ReadsBack(-Math.ScaleB(1, exponent));
        }

        Assert.Equal("0.1", CsvText.Print(0.1));
        Assert.Equal("2.9802322387695312E-08", CsvText.Print(Math.ScaleB(1, -25)));
    }

    private static void ReadsBack(double value) => Assert.Equal(value, double.Parse(CsvText.Print(value), CultureInfo.InvariantCulture));
}
