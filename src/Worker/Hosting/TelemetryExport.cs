using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;

namespace RlCore.Worker.Hosting;

/// <summary>
/// Sends what a run tells to a collector by OTLP, as the variables of OpenTelemetry's specification say: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>
/// or that of metrics or traces alone turns it on, and so does <c>OTEL_METRICS_EXPORTER=otlp</c> or <c>OTEL_TRACES_EXPORTER=otlp</c>;
/// <c>none</c> there and <c>OTEL_SDK_DISABLED=true</c> turn it off. Otherwise nothing of OpenTelemetry is loaded.
/// </summary>
internal static class TelemetryExport
{
    private const string Prefix = "OTEL_", Otlp = "OTEL_EXPORTER_OTLP_", Endpoint = "ENDPOINT", Metrics = "METRICS", Traces = "TRACES";
    private const string Service = "rlcore";

    /// <summary>Adds the export to a host, if the environment asks for it.</summary>
    /// <param name="builder">The host.</param>
    /// <exception cref="InputException">A variable has no address where one belongs.</exception>
    public static void AddTo(HostApplicationBuilder builder)
    {
        bool hasMetrics = IsAsked(Metrics), hasTraces = IsAsked(Traces);
        if (hasMetrics || hasTraces)
        {
            string[] addresses = [Otlp + Endpoint, $"{Otlp}{Metrics}_{Endpoint}", $"{Otlp}{Traces}_{Endpoint}"];
            InputProblem[] problems =
            [
                .. addresses.Where(name => Read(name).Length > 0 && !IsAddress(Read(name))).Select(name => new InputProblem(
                    name, 0, "", Characters.Quote(Read(name)), "the address of a collector, such as http://localhost:4317")),
            ];
            if (problems.Length > 0)
            {
                throw new InputException(problems);
            }

            Add(builder, hasMetrics, hasTraces);
        }
    }

    private static bool IsAsked(string signal)
    {
        string exporter = Read($"OTEL_{signal}_EXPORTER");
        return !Read("OTEL_SDK_DISABLED").Equals("true", StringComparison.OrdinalIgnoreCase)
            && (exporter.Length > 0
                ? exporter.Split(',').Any(name => name.Trim() == "otlp")
                : Read(Otlp + Endpoint).Length > 0 || Read($"{Otlp}{signal}_{Endpoint}").Length > 0);
    }

    private static string Read(string variable) => Environment.GetEnvironmentVariable(variable)?.Trim() ?? "";

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    // A method of its own, as what it names is loaded when it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(HostApplicationBuilder builder, bool hasMetrics, bool hasTraces)
    {
        // OpenTelemetry reads its variables from the host's configuration, which has none but those of the program.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => variable.Key is string name && name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create((string)variable.Key, variable.Value as string)));
        builder.Services.AddHostedService<ExportWarnings>();
        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(
            resource => resource.Clear().AddService(Service).AddTelemetrySdk().AddEnvironmentVariableDetector());
        if (hasMetrics)
        {
            telemetry.WithMetrics(
                metrics => metrics.AddMeter(Telemetry.Name).AddOtlpExporter(Metrics, options => Override(options, Metrics)));
        }

        if (hasTraces)
        {
            telemetry.WithTracing(
                traces => traces.AddSource(Telemetry.Name).AddOtlpExporter(Traces, options => Override(options, Traces)));
        }
    }

    // The exporter of a signal reads the variables of all signals, and not those of its own.
    private static void Override(OtlpExporterOptions options, string signal)
    {
        string Own(string name) => Read($"{Otlp}{signal}_{name}");
        options.Protocol = Own("PROTOCOL") switch
        {
            "grpc" => OtlpExportProtocol.Grpc,
            "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            _ => options.Protocol,
        };
        options.Headers = Own("HEADERS") is { Length: > 0 } headers ? headers : options.Headers;
        options.TimeoutMilliseconds = int.TryParse(Own("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out int most)
            ? most
            : options.TimeoutMilliseconds;
        if (Own(Endpoint) is { Length: > 0 } address)
        {
            options.Endpoint = new Uri(address);
        }
    }
}
