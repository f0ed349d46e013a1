using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>How the steps of thoughts are drawn.</summary>
/// <param name="Steps">Where a step ends.</param>
/// <param name="Sampling">Temperature and filters.</param>
/// <param name="Seed">Seed.</param>
internal sealed record ThoughtDrawing(StepReader Steps, SamplingOptions Sampling, ulong Seed);

/// <summary>What a search may take of the memory.</summary>
/// <param name="Tokens">Tokens of a thought with its prompt, at most.</param>
/// <param name="HeldRows">Thoughts whose keys and values are held; 0 to read everything anew.</param>
/// <param name="RowsAtOnce">Thoughts that are drawn at a time, no more than are held, if any are.</param>
internal sealed record SearchLimits(int Tokens, int HeldRows, int RowsAtOnce)
{
    // Beyond so many, drawing together gains nothing, and finding the oldest takes long.
    private const int MostHeld = 4096;
    private const int MostAtOnce = 1024;

    /// <summary>What fits: what is held takes at most a quarter of the memory, and what is drawn as much.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Tokens of a thought with its prompt, at most.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static SearchLimits Of<T>(IEngine<T> engine, ILanguageModel<T> model, int tokens)
        where T : struct, ITensor<T>
    {
        int rows = Math.Min(MostHeld, CacheMemory.MostRows(engine.Memory, model, tokens, share: 4));
        return new SearchLimits(tokens, rows, Math.Min(MostAtOnce, rows));
    }
}
