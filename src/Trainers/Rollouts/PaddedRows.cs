using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Rollouts;

/// <summary>Rows of different lengths in one pass.</summary>
internal static class PaddedRows
{
    /// <summary>Final hidden states of what is added to the rows of a cache: [rows · longest, width].</summary>
    /// <param name="model">The model.</param>
    /// <param name="cache">The cache, which is advanced.</param>
    /// <param name="added">Tokens that are added to each row, at least one.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static T Continue<T>(ILanguageModel<T> model, IKeyValueCache cache, IReadOnlyList<int[]> added)
        where T : struct, ITensor<T>
    {
        int width = added.Max(tokens => tokens.Length);
        var padded = new int[added.Count * width];
        foreach (var (row, tokens) in added.Index())
        {
            tokens.CopyTo(padded, row * width);
        }

        return model.Continue(padded, [.. added.Select(tokens => tokens.Length)], width, cache);
    }
}
