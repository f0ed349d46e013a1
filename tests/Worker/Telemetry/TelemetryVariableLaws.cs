using System.Diagnostics;

namespace RlCore.Worker.Tests;

/// <summary>The variables of OpenTelemetry's specification say what is sent; without them nothing is.</summary>
public sealed class TelemetryVariableLaws
{
    [Theory]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=URL", "OTEL_SDK_DISABLED=true")]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=URL", "OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none")]
    [InlineData("/v1/traces", "OTEL_EXPORTER_OTLP_ENDPOINT=URL", "OTEL_METRICS_EXPORTER=none")]
    [InlineData("/v1/metrics", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=URL/v1/metrics")]
    [InlineData("/own", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=URL/own", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf")]
    [InlineData("/v1/metrics /v1/traces", "OTEL_EXPORTER_OTLP_ENDPOINT=URL", "RLCORE_Logging__LogLevel__Default=Trace")]
    public async Task What_is_sent_is_what_the_standard_variables_ask_for(string paths, params string[] variables)
    {
        using var session = new Session();
        using var collector = new Collector();
        Ending ending = await ToldRun.RunAsync(
            session,
            ["train", "tiny.json", "--output", "run", "--quiet"],
            [
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                .. variables.Select(variable => variable.Replace("URL", collector.Address, StringComparison.Ordinal).Split('='))
                    .Select(pair => (pair[0], pair[1])),
            ]);
        Assert.True(ending.ExitCode == 0, ending.Error);
        Assert.Equal(paths, string.Join(' ', collector.Paths.Distinct().Order(StringComparer.Ordinal)));
        Assert.Equal(paths.Contains("/v1") ? ["rlcore"] : [], collector.Services);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_collector_that_is_not_there_is_told_once_and_the_run_goes_on(string protocol)
    {
        using var session = new Session();
        Ending ending = await ToldRun.RunAsync(
            session,
            ["train", "tiny.json", "--output", "run", "--quiet"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        Assert.Equal(0, ending.ExitCode);
        string line = Assert.Single(ending.Error.Split('\n'), line => line.Contains("telemetry", StringComparison.Ordinal));
        Assert.StartsWith("warning: telemetry cannot be sent to http://127.0.0.1:9/", line, StringComparison.Ordinal);
        Assert.EndsWith("The run goes on without it.", line.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_without_its_scheme_is_refused_rather_than_nothing_sent()
    {
        using var session = new Session();
        Ending ending = await ToldRun.RunAsync(
            session, ["train", "tiny.json", "--output", "run"], ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"));
        Assert.Equal(2, ending.ExitCode);
        Assert.Equal(
            "error: OTEL_EXPORTER_OTLP_ENDPOINT: found \"localhost:4317\"; expected the address of a collector, such as "
                + "http://localhost:4317.",
            ending.Error.TrimEnd());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SDK_DISABLED")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT")]
    public async Task Without_the_variables_nothing_of_OpenTelemetry_is_loaded(bool isLoaded, params string[] variables)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read where Linux tells it.");
        using var session = new Session();
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), "train", "tiny.json", "--output", "run",
                "--set", "stages.sft.steps=100000",
            ])
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
        };
        foreach (string variable in variables)
        {
            start.Environment[variable] = variable == "OTEL_SDK_DISABLED" ? "true" : "http://127.0.0.1:9";
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.StartsWith("sft ", StringComparison.Ordinal))
        {
        }

        string loaded = await File.ReadAllTextAsync($"/proc/{process.Id}/maps", TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("RlCore.Trainers", loaded, StringComparison.Ordinal);
        Assert.Equal(isLoaded, loaded.Contains("OpenTelemetry", StringComparison.Ordinal));
    }
}
