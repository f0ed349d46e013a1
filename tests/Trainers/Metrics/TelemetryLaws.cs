using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Tests.Metrics;

/// <summary>Names of instruments are those of columns wherever OpenTelemetry allows them.</summary>
public sealed class TelemetryLaws
{
    private const string Allowed = "^[A-Za-z][A-Za-z0-9_.\\-/]{0,254}$";

    [Property]
    public void The_name_of_any_column_is_one_that_OpenTelemetry_allows(string? column)
    {
        string name = Telemetry.InstrumentOf(column ?? "");
        Assert.Matches(Allowed, name);
        Assert.Equal(name, Telemetry.InstrumentOf(name));
    }

    [Fact]
    public void The_names_of_documented_columns_stay_as_they_are() =>
        Assert.All(MetricPages.All, entry => Assert.Equal(entry.Name, Telemetry.InstrumentOf(entry.Name)));

    [Theory]
    [InlineData("reward größe/mean", "reward_gr__e/mean")]
    [InlineData("2nd", "metric_2nd")]
    [InlineData("", "metric_")]
    public void Others_are_replaced(string column, string name) => Assert.Equal(name, Telemetry.InstrumentOf(column));
}
