#:package RlCore.Engines.Managed@0.1.0
#:package RlCore.Trainers@0.1.0
using System.ComponentModel;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

// A tokenizer, a stage, an algorithm and a verifier under names that the recipe uses, and an observer of the run.
Registry registry = Registry.Default
    .AddTokenizer<Words>("words")
    .AddStage<Brief>("brief")
    .AddStage("widegrpo", OnPolicySettings.Of(Algorithms.Grpo() with { Name = "wide GRPO", Surrogate = new Surrogate.Clip(0.3, 0.5) }))
    .AddReward("sameword", sample => sample.Completion == sample.Question.Answer ? 1 : 0);
return new TrainingProgram { Registry = registry, Observers = [new Cheerleader()] }.AddManagedEngine().Run(args);

[Description("Fine-tuning on the short demonstrations of a dataset alone.")]
public sealed record Brief : StageSettings
{
    [Within(1), Description("Most tokens of a demonstration, its prompt included.")]
    public int MostTokens { get; init; } = 8;

    [Within(1), Description("Sequences of one optimizer step.")]
    public int BatchSize { get; init; } = 4;

    protected override DatasetKind DataKind => DatasetKind.Sft;

    protected override IEnumerable<string> MetricGroups => ["sft"];

    protected override StageData Read(StageReading reading) =>
        new SupervisedData([.. reading.Demonstrations(Data).Where(demonstration => demonstration.Tokens.Length <= MostTokens)]);

    protected override IStageTrainer CreateTrainer<T>(StageContext<T> run)
    {
        IReadOnlyList<TokenSequence> data = run.Data<SupervisedData>().Demonstrations;
        return new SupervisedTrainer<T>(run.Engine, run.Model, this, data, [], new DataOrder(run.Seed, run.Index, data.Count, BatchSize));
    }
}

[Description("Words between spaces.")]
public sealed record Words : TokenizerSettings
{
    [Description("The words, each once.")]
    public IReadOnlyList<string> Known { get; init; } = [];

    public override ITokenizer Create() => new WordTokenizer(this);
}

public sealed class WordTokenizer(Words settings) : ITokenizer
{
    public int VocabularySize => settings.Known.Count + 1;

    public int EndOfSequence => settings.Known.Count;

    public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        tokens = [.. words.Select(word => settings.Known.ToList().IndexOf(word))];
        string? unknown = words.FirstOrDefault(word => !settings.Known.Contains(word));
        firstUnknown = unknown is null ? -1 : text.IndexOf(unknown, StringComparison.Ordinal);
        return unknown is null;
    }

    public string Decode(ReadOnlySpan<int> tokens) =>
        string.Join(' ', tokens.ToArray().Where(token => token != EndOfSequence).Select(token => settings.Known[token]));

    public string Describe() => $"tokenizer of {settings.Known.Count} words";

    public string ToJson() => settings.Print();
}

public sealed class Cheerleader : IRunObserver
{
    public void StepFinished(StepMetrics metrics)
    {
        if (metrics.Values.FirstOrDefault(metric => metric.Key == MetricNames.Reward) is { Value: > 0.5 } reward)
        {
            Console.WriteLine($"Step {metrics.Step}: {reward.Value:P0} right!");
        }
    }
}
