using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>Draws completions: a model in this process, or servers.</summary>
public interface ICompletionSource
{
    /// <summary>
    /// Draws <paramref name="samples"/> completions of each prompt, in the order prompt 0 sample 0, prompt 0 sample 1, ….
    /// </summary>
    /// <param name="prompts">Prompts as tokens, none empty.</param>
    /// <param name="samples">Completions per prompt.</param>
    /// <param name="maxTokens">Maximum tokens per completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers of the batch.</param>
    IReadOnlyList<SampledCompletion> Draw(
        IReadOnlyList<int[]> prompts, int samples, int maxTokens, SamplingOptions options, SamplingAddress address);
}
