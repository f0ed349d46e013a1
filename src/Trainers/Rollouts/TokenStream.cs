using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// Draws a completion token by token, the same that <see cref="CompletionSampler{T}"/> draws. Keys and values of what has been read stay:
/// a prompt that begins with it, as the next turn of a conversation does, is read from there on, and any other anew.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
/// <param name="engine">The model's engine.</param>
/// <param name="model">The model.</param>
/// <param name="ends">The tokens that end a completion.</param>
internal sealed class TokenStream<T>(IEngine<T> engine, ILanguageModel<T> model, IReadOnlyList<int> ends) : IDisposable
    where T : struct, ITensor<T>
{
    private const int LeastCapacity = 256;

    private readonly List<int> _held = [];
    private IKeyValueCache? _cache;

    /// <summary>Tokens that the model has read so far, those of earlier prompts that were read again included.</summary>
    public long TokensRead { get; private set; }

    /// <summary>Draws the tokens of a completion, each when it is asked for; the one that ends it is the last.</summary>
    /// <param name="prompt">The prompt, not empty, shorter than the model's context.</param>
    /// <param name="maxTokens">Maximum tokens; also limited by the model's context.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers: row FirstRow, and position t for token t.</param>
    public IEnumerable<int> Draw(int[] prompt, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        int limit = Math.Min(maxTokens, model.Context - prompt.Length);
        int[] next = prompt;
        for (int count = 0; count < limit; count++)
        {
            double uniform = Philox.Uniform(address.Seed, address.Purpose, address.Step, address.FirstRow, (uint)count);
            int token = DrawOne(count == 0 ? Unread(prompt) : next, options, uniform);
            yield return token;
            if (ends.Contains(token))
            {
                yield break;
            }

            next = [token];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    // What the cache does not hold of a prompt; its last token is always among it, as the distribution of the next one is asked for.
    private int[] Unread(int[] prompt)
    {
        if (_held.Count >= prompt.Length || !prompt.Take(_held.Count).SequenceEqual(_held))
        {
            Forget();
        }

        return prompt[_held.Count..];
    }

    private int DrawOne(int[] unread, SamplingOptions options, double uniform)
    {
        int[] fed = Fit(unread);
        using IDisposable noGradient = engine.NoGradient();
        using IDisposable scope = engine.Scope();
        T hidden = model.Continue(fed, [fed.Length], fed.Length, _cache!);                        // [fed, D]
        _held.AddRange(fed);
        TokensRead += fed.Length;
        int[] tokens = new int[1];
        float[] logProbs = new float[1];
        engine.Sample(T.GatherRows(hidden, [fed.Length - 1]), model.Head, options, [uniform], tokens, logProbs);
        return tokens[0];
    }

    // A cache takes memory for as many tokens as it has room for, so it grows; a new one reads everything.
    private int[] Fit(int[] unread)
    {
        int needed = _held.Count + unread.Length;
        if (_cache is not null && needed <= _cache.Capacity)
        {
            return unread;
        }

        int[] all = [.. _held, .. unread];
        Forget();
        using IDisposable noGradient = engine.NoGradient();
        _cache = model.CreateCache(1, Math.Min(model.Context, Math.Max(LeastCapacity, 2 * needed)));
        return all;
    }

    private void Forget()
    {
        _cache?.Dispose();
        _cache = null;
        _held.Clear();
    }
}
