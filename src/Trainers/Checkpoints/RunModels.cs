using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>What all checkpoints of a run have in common, so that it is not read again with each of them.</summary>
/// <param name="Tokenizer">The run's tokenizer.</param>
/// <param name="Start">The model that the run started from; null for random weights.</param>
internal sealed record RunModels(ITokenizer Tokenizer, ModelFolder? Start);
