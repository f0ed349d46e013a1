using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>The random numbers that a batch of completions uses.</summary>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Purpose">The purpose of the completions.</param>
/// <param name="Step">Step of the run.</param>
/// <param name="FirstRow">Row of the first completion of the batch within the step.</param>
public readonly record struct SamplingAddress(ulong Seed, RandomPurpose Purpose, uint Step, uint FirstRow = 0);

/// <summary>Draws completions with a key/value cache: a prompt is processed once, however many completions it gets.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class CompletionSampler<T> : ICompletionSource
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly IReadOnlyList<int> _ends;

    /// <summary>A sampler over a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="ends">The tokens that end a completion.</param>
    public CompletionSampler(IEngine<T> engine, ILanguageModel<T> model, IReadOnlyList<int> ends)
    {
        _engine = engine;
        _model = model;
        _ends = ends;
    }

    /// <summary>
    /// Draws <paramref name="samples"/> completions of each prompt, in the order prompt 0 sample 0, prompt 0 sample 1, …, as many prompts
    /// at a time as there is memory for.
    /// </summary>
    /// <param name="prompts">Prompts as tokens, none empty.</param>
    /// <param name="samples">Completions per prompt.</param>
    /// <param name="maxTokens">Maximum tokens per completion; also limited by the model's context.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers: completion i uses row FirstRow + i, and its token t uses position t.</param>
    public IReadOnlyList<SampledCompletion> Draw(
        IReadOnlyList<int[]> prompts,
        int samples,
        int maxTokens,
        SamplingOptions options,
        SamplingAddress address)
    {
        if (prompts.Count == 0 || samples == 0)
        {
            return [];
        }

        using Activity? told = Telemetry.Begin(Telemetry.Rollout);
        IReadOnlyList<SampledCompletion> drawn = DrawShared(prompts, samples, maxTokens, options, address);
        Telemetry.Drawn(drawn, address.Purpose);
        return drawn;
    }

    // Each process draws its part of the prompts, with the random numbers that they have in one process.
    private IReadOnlyList<SampledCompletion> DrawShared(
        IReadOnlyList<int[]> prompts,
        int samples,
        int maxTokens,
        SamplingOptions options,
        SamplingAddress address)
    {
        if (_engine.Parallel.IsAlone)
        {
            return DrawParts(prompts, samples, maxTokens, options, address);
        }

        (int first, int count) = _engine.Parallel.PartOf(prompts.Count).GetOffsetAndLength(prompts.Count);
        IReadOnlyList<SampledCompletion> mine = count == 0 ? [] : DrawParts(
            [.. prompts.Skip(first).Take(count)],
            samples,
            maxTokens,
            options,
            address with { FirstRow = address.FirstRow + (uint)(first * samples) });
        IReadOnlyList<byte[]> all = _engine.Parallel.Group.Gather(CompletionBytes.Of(mine));
        _engine.Parallel.PollStop();
        return [.. all.SelectMany(CompletionBytes.Read)];
    }

    private IReadOnlyList<SampledCompletion> DrawParts(
        IReadOnlyList<int[]> prompts,
        int samples,
        int maxTokens,
        SamplingOptions options,
        SamplingAddress address)
    {
        int longest = prompts.Max(p => p.Length);
        int capacity = Math.Min(longest + maxTokens, _model.Context);
        int atOnce = PromptsAtOnce((long)samples * capacity);
        if (atOnce < prompts.Count)
        {
            return
            [
                .. Enumerable.Range(0, prompts.Count).Chunk(atOnce).SelectMany(part => DrawParts(
                    [.. part.Select(i => prompts[i])],
                    samples,
                    maxTokens,
                    options,
                    address with { FirstRow = address.FirstRow + (uint)(part[0] * samples) })),
            ];
        }

        var drafts = new Draft[prompts.Count * samples];
        for (int i = 0; i < drafts.Length; i++)
        {
            drafts[i] = new Draft(i, prompts[i / samples], Math.Min(maxTokens, _model.Context - prompts[i / samples].Length));
        }

        var active = drafts.Where(d => d.Limit > 0).ToArray();
        if (active.Length == 0)
        {
            return [.. drafts.Select(d => d.ToCompletion())];
        }

        using var noGradient = _engine.NoGradient();
        using var cache = _model.CreateCache(drafts.Length, capacity);
        ReadPrompts(prompts, longest, cache, active, [.. active.Select(d => d.Index / samples)], options, address);
        while (true)
        {
            int[] kept = [.. Enumerable.Range(0, active.Length).Where(i => !active[i].Done)];
            if (kept.Length == 0)
            {
                return [.. drafts.Select(d => d.ToCompletion())];
            }

            if (kept.Length < active.Length)
            {
                cache.Keep(kept);
                active = [.. kept.Select(i => active[i])];
            }

            var ones = new int[active.Length];
            Array.Fill(ones, 1);
            using var scope = _engine.Scope();
            var hidden = _model.Continue([.. active.Select(d => d.LastToken)], ones, 1, cache);   // [active, D]
            DrawOneToken(hidden, active, options, address);
        }
    }

    // Keys and values of all completions that are drawn together take at most a quarter of the memory, but for those of a single prompt.
    private int PromptsAtOnce(long tokensOfPrompt) => CacheMemory.MostRows(_engine.Memory, _model, tokensOfPrompt, share: 4);

    private void ReadPrompts(
        IReadOnlyList<int[]> prompts,
        int longest,
        IKeyValueCache cache,
        Draft[] active,
        int[] promptOfActive,
        SamplingOptions options,
        SamplingAddress address)
    {
        using var scope = _engine.Scope();
        cache.Keep([.. Enumerable.Range(0, prompts.Count)]);
        var hidden = PaddedRows.Continue(_model, cache, prompts);                                 // [P * longest, D]
        cache.Keep(promptOfActive);
        int[] lastRows = [.. promptOfActive.Select(row => (row * longest) + prompts[row].Length - 1)];
        DrawOneToken(T.GatherRows(hidden, lastRows), active, options, address);
    }

    private void DrawOneToken(T hidden, Draft[] active, SamplingOptions options, SamplingAddress address)
    {
        var uniforms = new double[active.Length];
        for (int i = 0; i < active.Length; i++)
        {
            uniforms[i] = Philox.Uniform(
                address.Seed,
                address.Purpose,
                address.Step,
                address.FirstRow + (uint)active[i].Index,
                (uint)active[i].Count);
        }

        var tokens = new int[active.Length];
        var logProbs = new float[active.Length];
        _engine.Sample(hidden, _model.Head, options, uniforms, tokens, logProbs);
        for (int i = 0; i < active.Length; i++)
        {
            active[i].Add(tokens[i], logProbs[i], _ends.Contains(tokens[i]));
        }
    }

    private sealed class Draft(int index, int[] prompt, int limit)
    {
        private readonly List<int> _tokens = [.. prompt];
        private readonly List<float> _logProbs = [];

        public int Index => index;

        public int Limit => limit;

        public int Count => _logProbs.Count;

        public int LastToken => _tokens[^1];

        public bool Ended { get; private set; }

        public bool Done => Ended || Count >= limit;

        public void Add(int token, float logProb, bool ends)
        {
            _tokens.Add(token);
            _logProbs.Add(logProb);
            Ended = ends;
        }

        public SampledCompletion ToCompletion() =>
            new(new TokenSequence([.. _tokens], prompt.Length), [.. _logProbs], Ended);
    }
}
