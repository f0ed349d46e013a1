using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Metrics;

/// <summary>A column of metrics.csv.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">What it measures, and how it is computed.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Stages">The stages that fill it.</param>
/// <param name="Trl">Its name in Hugging Face TRL's trainers; empty if they have none.</param>
internal sealed record MetricEntry(string Name, string Meaning, string Unit, string Stages, string Trl);

/// <summary>The documentation of a metric besides its summary.</summary>
/// <param name="unit">The unit.</param>
/// <param name="stages">The stages that fill it; "all" for every one.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Method)]
internal sealed class MetricAttribute(string unit, string stages) : Attribute
{
    public string Unit => unit;

    public string Stages => stages;

    /// <summary>TRL's name, if it differs; empty if TRL has none.</summary>
    public string? Trl { get; init; }
}

/// <summary>The page of all metrics, generated from their declarations.</summary>
internal static class MetricPages
{
    private const string Trl = "the same";

    private static readonly MetricEntry[] Keys =
    [
        new(MetricNames.GlobalStep, "Steps done over the whole run.", "steps", "all", "step"),
        new("stage", "Name of the stage.", "", "all", ""),
        new("step", "Step within the stage, from 1; 0 for measurements before the first step.", "steps", "all", ""),
    ];

    /// <summary>All columns, in order.</summary>
    public static IReadOnlyList<MetricEntry> All { get; } = [.. Keys, .. Declared()];

    /// <summary>One line per column, for a console.</summary>
    public static string List()
    {
        int width = All.Max(entry => entry.Name.Length);
        return string.Concat(All.Select(
            entry => $"{entry.Name.PadRight(width)}  {entry.Meaning}{(entry.Unit.Length > 0
                ? $" [{entry.Unit}]"
                : "")} ({entry.Stages})\n"));
    }

    /// <summary>The page docs/metrics.md.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("""
            # Metrics

            The columns of `metrics.csv`, a row a step. A cell is empty where the stage does not measure that; NAME
            is a reward of the stage's list. Made from the code by
            `rlcore metrics --write docs/metrics.md`; names are those of Hugging Face TRL's trainers where TRL has one.

            | column | what it is | unit | stages | in TRL |
            |---|---|---|---|---|

            """);
        foreach (MetricEntry entry in All)
        {
            string trl = entry.Trl.Length == 0 ? "–" : entry.Trl == entry.Name ? Trl : $"`{entry.Trl}`";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{entry.Name}` | {entry.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} | {entry.Unit} | "
                    + $"{entry.Stages} | {trl} |\n");
        }

        return text.Append("""

            `evaluations.csv` has a row an evaluation: `label` (before, or the stage that was done), `prompts`, `samples`, `seconds`, and
            each measure with the ends of its 95 % interval (`greedy`, `greedy/low`, `greedy/high`, …):

            | measure | what it is |
            |---|---|
            | `greedy` | fraction of prompts that greedy decoding answers right |
            | `mean@n` | mean over n samples at temperature 1, over prompts |
            | `pass@k` | chance that one of k samples is right: $1 - \binom{n-c}{k}/\binom{n}{k}$ with c of n right |
            | `maj@k` | chance that the answer which most of k samples give is right, over all subsets of k; a tie is drawn by lot |

            Intervals are Wilson's, at the effective number of trials $n_{\mathrm{eff}} = n\,m(1-m)/s^2$ of n prompts with mean m and
            variance $s^2$: samples of one prompt are not independent.

            `samples.csv` has completions of training: `stage`, `prompt`, `completion`, `answer`, `reward`,
            `advantage`, and with several rewards the score of each before its weight, `rewards/NAME`; and `tokens`, if the
            run keeps them ([below](#samples)). `warnings.csv` has
            the warnings of each step: `stage`, `step`, `kind`, `message`; the console shows a kind once it has lasted, and then
            at most every 100 steps.

            ## Samples

            With `"keepTokens": true` in a recipe, or `--keep-tokens`, the last column of `samples.csv` is `tokens`: a JSON list
            with `[id, text, log-prob, advantage]` for each token of the completion, in single precision, as in
            `[[52,"4",-0.105,0.7071],[0,"",-0.223,0.7071]]`.

            - The texts together are exactly the completion. A token that ends within a character has an empty text, and the
              one that completes it has the character. The end of sequence, which is drawn and trained on like any token but is
              no text, comes last with an empty text; so do other special tokens, in their places.
            - The log-prob is that of the distribution that the token was drawn from, at the stage's temperature and with its
              filters, in nats.
            - The advantage is what the loss uses, after whitening. Only on-policy stages (PPO, GRPO and their family) have one
              of each token; elsewhere a token has three entries. It differs between the tokens of a completion with a value
              model, or with a KL penalty in the reward.

            It must be asked for when a run begins: a resumed run has the columns that it began with.

            ## TensorBoard

            With `"tensorboard": true` in a recipe, or `--tensorboard`, a run also writes event files beside `metrics.csv`, which
            `tensorboard --logdir runs` shows while they are written:

            - SCALARS: every column but `stage` under its own name, at the step `global_step`, in TensorBoard's single precision; and the
              measures of evaluations (`evaluation/greedy`, …).
            - TEXT: the rows of `samples.csv`, as `samples`, without `tokens`.
            - HPARAMS: the settings of the recipe by their paths, a stage by its name (`stages.grpo.optimizer.learningRate`).

            A resumed run takes events back as it does rows, and goes on in a file of its own; `--tensorboard` may be added when a run is
            resumed, and then shows its earlier steps too.


            """).Append(OpenTelemetry()).ToString();
    }

    private static string OpenTelemetry()
    {
        var text = new StringBuilder("""
            ## OpenTelemetry

            `rlcore` sends metrics and traces to a collector by OTLP where the variables of OpenTelemetry's specification say so:

            ```
            OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 rlcore train recipes/quickstart.json
            ```

            `OTEL_EXPORTER_OTLP_PROTOCOL` is `grpc` or `http/protobuf` (port 4318), `OTEL_SERVICE_NAME` replaces `rlcore`,
            `OTEL_METRIC_EXPORT_INTERVAL` the minute between exports; `OTEL_METRICS_EXPORTER=none` or `OTEL_TRACES_EXPORTER=none` leaves one
            of the two out, and `OTEL_SDK_DISABLED=true` both. Without an endpoint nothing is sent, and nothing of OpenTelemetry is loaded.
            A collector that cannot be reached is told once, and the run goes on.

            A program of your own adds the meter `RlCore` and the source `RlCore` to its own exporters.

            Every column of `metrics.csv` but `stage` is a gauge of the same name, with the tags `run` and `stage`, which has the number of
            the last row. A character that OpenTelemetry does not allow in a name becomes `_`, and a name that begins with no letter gets
            `metric_` before it; the columns above stay as they are. Besides there are, with the same tags:

            | instrument | what it is | unit |
            |---|---|---|

            """);
        foreach (Instrument instrument in Telemetry.Instruments)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{instrument.Name}` | {instrument.Description} | {instrument.Unit} |\n");
        }

        text.Append("\nThe traces consist of these activities, each within what it is part of:\n\n| activity | what it is |\n|---|---|\n");
        foreach (var (name, meaning) in Telemetry.Spans)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {meaning} |\n");
        }

        return text.ToString();
    }

    // Columns of individual rewards come after those of the total, as in a run's table.
    private static IEnumerable<MetricEntry> Declared()
    {
        MetricEntry[] fixedNames = [.. Constants()];
        IEnumerable<MetricEntry> parts = typeof(MetricNames).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.GetCustomAttribute<MetricAttribute>() is not null)
            .OrderBy(method => method.MetadataToken)
            .Select(method => Describe(method, (string)method.Invoke(null, ["NAME"])!));
        return
        [
            .. fixedNames.TakeWhile(entry => entry.Name != MetricNames.FractionZeroStd),
            .. parts,
            .. fixedNames.SkipWhile(entry => entry.Name != MetricNames.FractionZeroStd),
        ];
    }

    private static IEnumerable<MetricEntry> Constants()
    {
        var fields = typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .ToDictionary(field => (string)field.GetRawConstantValue()!, StringComparer.Ordinal);
        return MetricNames.All.Select(name => Describe(fields[name], name));
    }

    private static MetricEntry Describe(MemberInfo member, string name)
    {
        MetricAttribute about = member.GetCustomAttribute<MetricAttribute>()
            ?? throw new InvalidOperationException(
                $"{nameof(MetricNames)}.{member.Name} says neither its unit nor its stages: it needs [Metric(unit, stages)].");
        return new MetricEntry(name, Documentation.Of(member), about.Unit, about.Stages, about.Trl ?? name);
    }
}
