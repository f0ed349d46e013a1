using RlCore.Engines;

namespace RlCore.Trainers.Models;

/// <summary>
/// The interface of an autoregressive language model for trainers and samplers: the next token's distribution is
/// softmax(hidden·headᵀ/temperature).
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public interface ILanguageModel<T> : IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>Number of tokens.</summary>
    int VocabularySize { get; }

    /// <summary>Maximum tokens per sequence.</summary>
    int Context { get; }

    /// <summary>Numbers that a key/value cache holds for each token; 0 if that is not known.</summary>
    /// <value>0.</value>
    long CacheNumbersPerToken => 0;

    /// <summary>All parameters, each once.</summary>
    IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>The output head [V, D].</summary>
    T Head { get; }

    /// <summary>Final hidden states of right-padded sequences: [batch · time, width].</summary>
    /// <param name="tokens">batch · time token ids, row-major; padding may be any valid id.</param>
    /// <param name="lengths">Number of tokens of each sequence, without padding.</param>
    /// <param name="time">Padded width.</param>
    T Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time);

    /// <summary>Final hidden states of new tokens with a cache, which is advanced by them: [batch · time, width].</summary>
    /// <param name="tokens">batch · time new tokens, right-padded.</param>
    /// <param name="lengths">New tokens of each row.</param>
    /// <param name="time">Padded width of the new tokens.</param>
    /// <param name="cache">Made by <see cref="CreateCache"/>.</param>
    T Continue(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, IKeyValueCache cache);

    /// <summary>An empty key/value cache for a decoding batch.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Maximum tokens per row.</param>
    IKeyValueCache CreateCache(int batch, int capacity);
}
