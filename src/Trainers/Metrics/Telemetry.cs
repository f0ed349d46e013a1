using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using RlCore.Algebra;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Metrics;

/// <summary>
/// What a run tells whoever listens, such as OpenTelemetry: a meter and a source of activities, both named RlCore. Where nobody listens,
/// nothing is kept.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "RlCore";

    /// <summary>An activity: a step.</summary>
    public const string Step = "step";

    /// <summary>An activity: completions are drawn.</summary>
    public const string Rollout = "rollout";

    /// <summary>An activity: completions are scored.</summary>
    public const string Scoring = "rewards";

    /// <summary>An activity: an evaluation.</summary>
    public const string Evaluation = "evaluation";

    /// <summary>An activity: a checkpoint is written.</summary>
    public const string Checkpoint = "checkpoint";

    private const string Run = "run", Stage = "stage", Judge = "judge";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Activities = new(Name);

    private static readonly Counter<long> Steps = Meter.CreateCounter<long>(
        "rlcore.steps", "{step}", "Steps done.");

    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "rlcore.tokens", "{token}", "Tokens trained on.");

    private static readonly Counter<long> Rollouts = Meter.CreateCounter<long>(
        "rlcore.rollouts", "{completion}", "Completions drawn; purpose is rollout, evaluation or generation.");

    private static readonly Counter<long> RolloutTokens = Meter.CreateCounter<long>(
        "rlcore.rollout.tokens", "{token}", "Tokens of these completions.");

    private static readonly Histogram<double> Rewards = Meter.CreateHistogram(
        "rlcore.rewards",
        "",
        "Rewards of the completions that are trained on: the weighted sum of their scores.",
        null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [-10, -5, -2, -1, -0.5, 0, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 2, 5, 10] });

    private static readonly Histogram<double> JudgeCalls = Meter.CreateHistogram(
        "rlcore.judge.calls",
        "s",
        "Requests to judges, each with its seconds; model is the judge, outcome is replied or failed.",
        null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] });

    private static readonly Counter<long> Checkpoints = Meter.CreateCounter<long>(
        "rlcore.checkpoints", "{checkpoint}", "Checkpoints written.");

    private static readonly ConcurrentDictionary<string, Gauge<double>> Columns = new(StringComparer.Ordinal);
    private static readonly AsyncLocal<KeyValuePair<string, object?>[]?> Ambient = new();

    /// <summary>The instruments besides the columns of metrics.csv.</summary>
    public static IReadOnlyList<Instrument> Instruments { get; } =
        [Steps, Tokens, Rollouts, RolloutTokens, Rewards, JudgeCalls, Checkpoints];

    /// <summary>The names of the activities, and what each is.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Spans { get; } =
    [
        (Run, "The work of a process on a run."), (Stage, "A stage."), (Step, "A step."), (Rollout, "Completions are drawn."),
        (Scoring, "They are scored."), (Judge, "A request to a judge."), (Evaluation, "An evaluation."),
        (Checkpoint, "A checkpoint is written."),
    ];

    /// <summary>The name of a column as the name of an instrument.</summary>
    /// <param name="column">The column.</param>
    public static string InstrumentOf(string column)
    {
        const int Longest = 255;
        string name = string.Concat(column.Select(letter => char.IsAsciiLetterOrDigit(letter) || "_.-/".Contains(letter) ? letter : '_'));
        name = name.Length > 0 && char.IsAsciiLetter(name[0]) ? name : $"metric_{name}";
        return name.Length > Longest ? name[..Longest] : name;
    }

    /// <summary>Says of everything that follows, until what is returned is disposed of, which run it belongs to.</summary>
    /// <param name="run">Name of the run's folder.</param>
    /// <returns>The activity of the run.</returns>
    public static IDisposable BeginRun(string run) => new Span(Run, [new(Run, run)]);

    /// <summary>The same for a stage of the run.</summary>
    /// <param name="stage">Name of the stage.</param>
    public static IDisposable BeginStage(string stage) => new Span(Stage, [.. Where, new(Stage, stage)]);

    /// <summary>Begins an activity, which ends when what is returned is disposed of; null where nobody listens.</summary>
    /// <param name="name">Its name, one of <see cref="Spans"/>.</param>
    /// <param name="kind">Whether it lies within the process.</param>
    public static Activity? Begin(string name, ActivityKind kind = ActivityKind.Internal) =>
        Activities.StartActivity(name, kind, default(ActivityContext), Where);

    /// <summary>Tells the numbers of a row of metrics.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="row">The row.</param>
    public static void Row(int step, StepMetrics row)
    {
        Record(MetricNames.GlobalStep, step);
        Record(Step, row.Step);
        foreach (var (name, value) in row.Values.Where(value => !double.IsNaN(value.Value)))
        {
            Record(name, value);
        }
    }

    /// <summary>Tells that a step is done.</summary>
    /// <param name="tokens">Tokens that it has trained on.</param>
    public static void StepDone(long tokens)
    {
        Steps.Add(1, Where);
        Tokens.Add(tokens, Where);
    }

    /// <summary>Tells that completions have been drawn.</summary>
    /// <param name="completions">The completions.</param>
    /// <param name="purpose">What for.</param>
    public static void Drawn(IReadOnlyList<SampledCompletion> completions, RandomPurpose purpose)
    {
        if (Rollouts.Enabled || RolloutTokens.Enabled)
        {
            KeyValuePair<string, object?>[] tags = [.. Where, new("purpose", purpose.ToString().ToLowerInvariant())];
            Rollouts.Add(completions.Count, tags);
            RolloutTokens.Add(completions.Sum(completion => (long)completion.LogProbs.Length), tags);
        }
    }

    /// <summary>Tells the rewards of completions; those that could not be scored are left out.</summary>
    /// <param name="rewards">The rewards.</param>
    public static void Scored(IEnumerable<double> rewards)
    {
        foreach (double reward in Rewards.Enabled ? rewards.Where(double.IsFinite) : [])
        {
            Rewards.Record(reward, Where);
        }
    }

    /// <summary>Begins a request to a judge.</summary>
    /// <param name="model">The judge.</param>
    public static JudgeCall CallJudge(string model) => new(model);

    /// <summary>Tells that a checkpoint has been written.</summary>
    public static void Saved() => Checkpoints.Add(1, Where);

    private static KeyValuePair<string, object?>[] Where => Ambient.Value ?? [];

    private static void Record(string column, double value) =>
        Columns.GetOrAdd(column, name => Meter.CreateGauge<double>(InstrumentOf(name))).Record(value, Where);

    // An activity and the tags of all that happens in it.
    private sealed class Span : IDisposable
    {
        private readonly KeyValuePair<string, object?>[]? _around = Ambient.Value;
        private readonly Activity? _activity;

        public Span(string name, KeyValuePair<string, object?>[] tags)
        {
            Ambient.Value = tags;
            _activity = Begin(name);
        }

        public void Dispose()
        {
            _activity?.Dispose();
            Ambient.Value = _around;
        }
    }

    /// <summary>A request to a judge, which has failed unless it says otherwise before it is disposed of.</summary>
    /// <param name="model">The judge.</param>
    internal sealed class JudgeCall(string model) : IDisposable
    {
        private readonly Activity? _activity = Begin(Judge, ActivityKind.Client);
        private readonly long _began = Stopwatch.GetTimestamp();
        private bool _hasReply;

        /// <summary>There is a reply.</summary>
        public void Replied() => _hasReply = true;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (JudgeCalls.Enabled)
            {
                JudgeCalls.Record(
                    Stopwatch.GetElapsedTime(_began).TotalSeconds,
                    [.. Where, new("model", model), new("outcome", _hasReply ? "replied" : "failed")]);
            }

            _activity?.SetTag("model", model).SetStatus(_hasReply ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            _activity?.Dispose();
        }
    }
}
