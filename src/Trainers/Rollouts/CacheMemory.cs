using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Rollouts;

/// <summary>What keys and values may take of the memory.</summary>
internal static class CacheMemory
{
    /// <summary>The most rows whose keys and values fit, at least 1; the largest number where nothing limits them.</summary>
    /// <param name="memory">The engine's memory.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Tokens of a row.</param>
    /// <param name="share">They take at most one part in so many.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static int MostRows<T>(EngineMemory memory, ILanguageModel<T> model, long tokens, int share)
        where T : struct, ITensor<T>
    {
        long bytes = tokens * model.CacheNumbersPerToken * memory.NumberBytes;
        return bytes == 0 || memory.Bytes == 0 ? int.MaxValue : (int)Math.Clamp(memory.Bytes / share / bytes, 1, int.MaxValue);
    }
}
