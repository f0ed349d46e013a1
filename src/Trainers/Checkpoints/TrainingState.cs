using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// Where a run stands, as state.json holds it. No clock goes in, so that two runs of one seed write the same bytes; randomness
/// and the order of datasets are addressed by seed and step (see <see cref="Algebra.Philox"/>), so there is neither a generator
/// nor a cursor to save.
/// </summary>
public sealed record TrainingState
{
    /// <summary>Steps done over the whole run; also the rows of metrics.csv.</summary>
    public int Step { get; init; }

    /// <summary>Index of the stage that the checkpoint belongs to; −1 before the first.</summary>
    public int Stage { get; init; }

    /// <summary>Steps of that stage that are done.</summary>
    public int StageStep { get; init; }

    /// <summary>Whether the stage is done; its last checkpoint always stays.</summary>
    public bool StageDone { get; init; }

    /// <summary>Tokens trained on so far, over the whole run.</summary>
    public long Tokens { get; init; }
}

/// <summary>All that a checkpoint holds.</summary>
/// <param name="State">Where the run stands.</param>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Parameters">Parameters by name.</param>
/// <param name="Trainer">What the stage's trainer holds; at the end of a stage only the models that it made.</param>
public sealed record CheckpointContent(
    TrainingState State,
    ModelSettings Model,
    ITokenizer Tokenizer,
    IReadOnlyDictionary<string, SafetensorsTensor> Parameters,
    TrainerState Trainer);
