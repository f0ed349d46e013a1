using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// The progress of a run, as stored in state.json. It contains no time, so that two runs with the same seed write the same bytes.
/// Randomness and the order of datasets are addressed by seed and step (see <see cref="Algebra.Philox"/>), so there is neither a
/// generator nor a cursor to save.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Steps done over the whole run; also the number of rows in metrics.csv.</summary>
    public int Step { get; init; }

    /// <summary>Index of the stage that the checkpoint belongs to; −1 before the first.</summary>
    public int Stage { get; init; }

    /// <summary>Steps of that stage that are done.</summary>
    public int StageStep { get; init; }

    /// <summary>Whether the stage is done; its last checkpoint is always kept.</summary>
    public bool StageDone { get; init; }

    /// <summary>Tokens trained on so far, over the whole run.</summary>
    public long Tokens { get; init; }
}

/// <summary>The content of a checkpoint.</summary>
/// <param name="State">The progress of the run.</param>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Parameters">The parameters that are trained, by name: those of the model, or of its adapters.</param>
/// <param name="Trainer">The state of the stage's trainer; at the end of a stage, only the models that it trained.</param>
internal sealed record CheckpointContent(
    TrainingState State,
    ModelSettings Model,
    ITokenizer Tokenizer,
    IReadOnlyDictionary<string, TensorData> Parameters,
    TrainerState Trainer)
{
    /// <summary>What the model keeps in Hugging Face's layout; null for a model of this program's own.</summary>
    public PretrainedIdentity? Pretrained { get; init; }

    /// <summary>The adapters that <see cref="Parameters"/> are; null if these are the model itself.</summary>
    public StoredAdapter? Adapter { get; init; }

    /// <summary>Puts a scalar model of the run on an engine. Adapters share the weights of the policy.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="policy">The run's policy.</param>
    /// <param name="tensors">The scalar model's parameters, or those of a language model, which get a head of zeros.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public ScalarModel<T> OpenScalar<T>(IEngine<T> engine, Decoder<T> policy, IReadOnlyDictionary<string, TensorData> tensors)
        where T : struct, ITensor<T> => Adapter is { } adapter
            ? new ScalarModel<T>(engine, policy.WithAdapters(adapter.Plan.OfTrunk, tensors), tensors)
            : new ScalarModel<T>(engine, Model, Tokenizer.VocabularySize, tensors);
}
