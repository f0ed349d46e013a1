using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>A whole run as a value: the model, the stages in order, and the evaluation.</summary>
public sealed record Recipe : ICheckedSettings, IPartlyWritten
{
    /// <summary>Name of the run; the run folder is <c>runs/NAME</c> unless another one is given.</summary>
    /// <value>"run".</value>
    [Matches("^[A-Za-z0-9_][A-Za-z0-9_.-]*$", "a name of letters, digits, '-', '_' and '.', as it names a folder")]
    public string Name { get; init; } = "run";

    /// <summary>Seed of all random numbers.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The convention whose constants are the defaults where papers and implementations differ: paper, trl, verl or openrlhf. Settings in
    /// the recipe take precedence. It is applied when a recipe is read.
    /// </summary>
    /// <value>"": the defaults that are documented.</value>
    [Matches("^(paper|trl|verl|openrlhf|)$", "\"paper\", \"trl\", \"verl\" or \"openrlhf\"")]
    public string Convention { get; init; } = "";

    /// <summary>The model to start from, or the shape of one with random weights.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>Low-rank adapters that are trained in place of the model; null to train the model itself.</summary>
    /// <value>null.</value>
    public LoraSettings? Lora { get; init; }

    /// <summary>A tokenizer of the program's own in place of characters; not used when the model is started from a folder.</summary>
    /// <value>null.</value>
    public TokenizerSettings? Tokenizer { get; init; }

    /// <summary>
    /// The characters of the tokenizer, each once; "auto" for those of all datasets of the recipe. Not used when the model is started from
    /// a folder, or a tokenizer is given.
    /// </summary>
    /// <value>"auto".</value>
    public string Characters { get; init; } = RecipeCharacters.OfDatasets;

    /// <summary>
    /// Whether prompts and completions are wrapped in the model's chat template: auto (where it has one), on or off. Files with a column
    /// of messages need it.
    /// </summary>
    /// <value>Auto.</value>
    public ChatUse Chat { get; init; }

    /// <summary>The stages, run in order; each starts from the result of the previous one.</summary>
    public IReadOnlyList<StageSettings> Stages { get; init => field = new ValueList<StageSettings>(value); } =
        new ValueList<StageSettings>([]);

    /// <summary>The evaluation before the first stage and after each.</summary>
    public EvaluationSettings? Evaluation { get; init; }

    /// <summary>When checkpoints are written.</summary>
    public CheckpointSettings Checkpoints { get; init; } = new();

    /// <summary>Whether the run writes event files for TensorBoard beside metrics.csv: its metrics, samples and settings.</summary>
    /// <value>false.</value>
    public bool Tensorboard { get; init; }

    /// <summary>
    /// Whether samples.csv keeps the tokens of each completion, with their log-probs under the sampler and, in stages that have them, their
    /// advantages.
    /// </summary>
    /// <value>false.</value>
    public bool KeepTokens { get; init; }

    /// <summary>
    /// Shards that the rows of a step are cut into: their gradients are added up in a fixed order, so that results do not depend on the
    /// number of processes, of which there are at most as many: a power of two. 0: four; on an engine whose sums differ in their last bits
    /// anyway (torch), as many as there are processes.
    /// </summary>
    /// <value>0.</value>
    [Within(0, 1024)]
    public int GradientShards { get; init; }

    /// <summary>
    /// Least work of a shard, in tokens times parameters of the model: a step of less has fewer shards, since a pass of little work is
    /// slow.
    /// </summary>
    /// <value>200,000,000.</value>
    [Within(0)]
    public double ShardWork { get; init; } = 200_000_000;

    /// <summary>What reading the recipe has changed in it, a sentence each.</summary>
    internal IReadOnlyList<string> Notes { get; init => field = new ValueList<string>(value); } = new ValueList<string>([]);

    /// <summary>Every reward of the run.</summary>
    internal IEnumerable<RewardSettings> Rewards => Stages.SelectMany(stage => stage.RewardParts).Concat(Evaluation?.Rewards ?? []);

    // What a checkpoint brings, a recipe that starts from it does not say.
    bool IPartlyWritten.Writes(string setting) => setting switch
    {
        nameof(Convention) => Convention.Length > 0,
        nameof(Lora) => Lora is not null,
        nameof(Characters) => Model.From.Length == 0 && Tokenizer is null,
        nameof(Tokenizer) => Model.From.Length == 0 && Tokenizer is not null,
        nameof(Chat) => Chat != ChatUse.Auto,
        nameof(Tensorboard) => Tensorboard,
        nameof(KeepTokens) => KeepTokens,
        _ => true,
    };

    void ICheckedSettings.Check(Action<string, string, string> add) => RecipeRules.Check(this, add);
}

/// <summary>When checkpoints are written and how many stay.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Optimizer steps between checkpoints; each stage also ends with one.</summary>
    /// <value>100.</value>
    [Within(1)]
    public int Every { get; init; } = 100;

    /// <summary>Checkpoints kept within a stage besides each stage's last.</summary>
    /// <value>2.</value>
    [Within(1)]
    public int Keep { get; init; } = 2;
}
