using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Serving;

/// <summary>A loaded reward model that scores completions for many callers. May be called from any thread.</summary>
public interface IScoreService
{
    /// <summary>The model's tokenizer.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>Maximum tokens of a sequence.</summary>
    int Context { get; }

    /// <summary>Scores sequences.</summary>
    /// <param name="sequences">Prompts with completions; with the end of sequence where the completion has ended.</param>
    /// <param name="abandoned">Cancel it when nobody wants the scores.</param>
    /// <returns>A score each; null if the queue is full.</returns>
    /// <exception cref="ArgumentException">A sequence is longer than the context.</exception>
    Task<float[]>? TrySubmit(IReadOnlyList<TokenSequence> sequences, CancellationToken abandoned);
}
