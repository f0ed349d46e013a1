using System.Globalization;

namespace RlCore.Properties;

/// <summary>A law runs on its own number of cases or the assembly's, and on RLCORE_MAX_TEST where that is more.</summary>
public sealed class CaseCountLaws : IDisposable
{
    private int _cases;
    private int _usual;

    [Property(MaxTest = 7)]
    public void A_law_may_have_a_number_of_its_own(Number number) => Count(number, usual: 7);

    [Property]
    public void Every_other_law_has_the_assemblys(Number number) => Count(number, usual: 1000);

    public void Dispose()
    {
        string wanted = Environment.GetEnvironmentVariable("RLCORE_MAX_TEST") ?? "0";
        Assert.Equal(Math.Max(_usual, int.Parse(wanted, CultureInfo.InvariantCulture)), _cases);
    }

    private void Count(Number number, int usual)
    {
        Assert.True(double.IsFinite(number));
        _usual = usual;
        _cases++;
    }
}
