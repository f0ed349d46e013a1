using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>
/// Draws continuations of thoughts. What the model has read of a thought is not read again: all that continue it fork its keys and values.
/// A continuation depends on the thought and on its number alone.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ThoughtDrawer<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly ITokenizer _tokenizer;
    private readonly ThoughtDrawing _how;
    private readonly PrefixStore<T> _store;

    /// <summary>A drawer.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="how">How steps are drawn.</param>
    /// <param name="limits">What may be held and drawn at a time.</param>
    public ThoughtDrawer(IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, ThoughtDrawing how, SearchLimits limits)
    {
        (_engine, _model, _tokenizer, _how, Limits) = (engine, model, tokenizer, how, limits);
        _store = new PrefixStore<T>(model, limits.Tokens, limits.HeldRows);
    }

    /// <summary>What may be held and drawn at a time.</summary>
    public SearchLimits Limits { get; }

    /// <summary>Tokens that the model has read and drawn so far: what passed through it.</summary>
    public long TokensRead { get; private set; }

    /// <summary>Draws.</summary>
    /// <param name="asked">What is asked for; the thoughts are not complete.</param>
    /// <param name="stop">Stops between tokens.</param>
    public IReadOnlyList<IReadOnlyList<Continuation<Thought>>> Draw(IReadOnlyList<Expansion<Thought>> asked, CancellationToken stop)
    {
        Draft[][] drafts = [.. asked.Select(one => (Draft[])[.. Enumerable.Range(one.FirstDraw, one.Count).Select(
            draw => new Draft(one.Thought, draw, one.Reach, _tokenizer, _how))])];
        using IDisposable quiet = _engine.NoGradient();
        foreach (Draft[] part in drafts.SelectMany(group => group).Chunk(Limits.RowsAtOnce))
        {
            _store.Begin();
            ReadAllButTheLast([.. part.Select(draft => draft.From).Distinct()]);
            DrawTogether(part, stop);
        }

        return [.. drafts.Select(group => (IReadOnlyList<Continuation<Thought>>)[.. group.Select(draft => draft.ToContinuation())])];
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    // The last token of a thought is read where it is continued, as the distribution of the next one is asked for.
    private void ReadAllButTheLast(IReadOnlyList<Thought> thoughts)
    {
        if (Limits.HeldRows == 0)
        {
            return;
        }

        var unread = thoughts
            .Select(thought => (Thought: thought, Known: _store.Find(thought, thought.Tokens.Length - 1)))
            .Where(one => one.Known.Length < one.Thought.Tokens.Length - 1)
            .ToArray();
        if (unread.Length > 0)
        {
            using IDisposable scope = _engine.Scope();
            using IKeyValueCache cache = _store.Fork([.. unread.Select(one => one.Known.Row)]);
            _ = Read(cache, [.. unread.Select(one => one.Thought.Tokens[one.Known.Length..^1])]);
            _store.Hold(cache, [.. unread.Select((one, row) => (one.Thought, row))]);
        }
    }

    private void DrawTogether(Draft[] drafts, CancellationToken stop)
    {
        (int Row, int Length)[] known = [.. drafts.Select(draft => _store.Find(draft.From, draft.From.Tokens.Length - 1))];
        using IKeyValueCache cache = _store.Fork([.. known.Select(one => one.Row)]);
        int[][] next = [.. drafts.Select((draft, i) => draft.From.Tokens[known[i].Length..])];
        Draft[] active = drafts;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            using (_engine.Scope())
            {
                T hidden = Read(cache, next);                                                   // [rows · width, D]
                int width = next.Max(tokens => tokens.Length);
                T last = T.GatherRows(hidden, [.. next.Select((tokens, row) => (row * width) + tokens.Length - 1)]);
                DrawOneToken(last, active);
            }

            var done = active.Index().Where(one => one.Item is { IsDone: true, Ended: false });
            _store.Hold(cache, [.. done.Select(one => (one.Item.Result, one.Index))]);
            int[] kept = [.. Enumerable.Range(0, active.Length).Where(row => !active[row].IsDone)];
            if (kept.Length == 0)
            {
                return;
            }

            if (kept.Length < active.Length)
            {
                cache.Keep(kept);
                active = [.. kept.Select(row => active[row])];
            }

            next = [.. active.Select(draft => (int[])[draft.LastToken])];
        }
    }

    private T Read(IKeyValueCache cache, int[][] added)
    {
        TokensRead += added.Sum(tokens => (long)tokens.Length);
        return PaddedRows.Continue(_model, cache, added);
    }

    private void DrawOneToken(T hidden, Draft[] drafts)
    {
        var tokens = new int[drafts.Length];
        var logProbs = new float[drafts.Length];
        double[] uniforms = [.. drafts.Select(draft => Philox.Uniform(
            _how.Seed, RandomPurpose.Search, (uint)draft.From.Question, (uint)draft.Number, (uint)draft.Count))];
        _engine.Sample(hidden, _model.Head, _how.Sampling, uniforms, tokens, logProbs);
        for (int i = 0; i < drafts.Length; i++)
        {
            drafts[i].Add(tokens[i], logProbs[i]);
        }
    }

    private sealed class Draft
    {
        private readonly ITokenizer _tokenizer;
        private readonly ThoughtDrawing _how;
        private readonly SearchReach _reach;
        private readonly WholeCharacters _characters;
        private readonly List<int> _added = [];
        private readonly List<float> _logProbs = [];
        private readonly List<int> _ends;
        private string _text;
        private int _begun;

        public Draft(Thought from, int number, SearchReach reach, ITokenizer tokenizer, ThoughtDrawing how)
        {
            (From, Number, _reach, _tokenizer, _how) = (from, number, reach, tokenizer, how);
            _ends = [.. from.StepEnds];
            int last = from.StepEnds.Count > 0 ? from.StepEnds[^1] : 0;
            _characters = new WholeCharacters(tokenizer, from.Tokens[..(from.Sequence.PromptLength + last)]);
            _text = string.Concat(from.Tokens[(from.Sequence.PromptLength + last)..].Select(_characters.Append));
            _begun = last - from.Sequence.CompletionLength;
        }

        public Thought From { get; }

        public int Number { get; }

        public int Count => _added.Count;

        public int LastToken => _added[^1];

        public bool Ended { get; private set; }

        public bool IsDone { get; private set; }

        public Thought Result => field ??= From.With(_added, _logProbs, Ends(), Ended);

        public void Add(int token, float logProb)
        {
            _added.Add(token);
            _logProbs.Add(logProb);
            _text += _characters.Append(token);
            Ended = _tokenizer.Ends.Contains(token);
            bool isStep = !Ended && _how.Steps.IsComplete(_text, Count - _begun);
            if (isStep)
            {
                _ends.Add(From.Sequence.CompletionLength + Count);
                (_text, _begun) = ("", Count);
            }

            IsDone = Ended || Count >= From.Left || (isStep && _reach == SearchReach.Step);
        }

        public Continuation<Thought> ToContinuation() => new(Result, 1, Count);

        // The last step ends with the completion; blanks and the end of sequence after a complete step belong to that one.
        private List<int> Ends()
        {
            int length = From.Sequence.CompletionLength + Count;
            if (_begun < Count)
            {
                if (_ends.Count > 0 && string.IsNullOrWhiteSpace(_text + _characters.Finish()))
                {
                    _ends.RemoveAt(_ends.Count - 1);
                }

                _ends.Add(length);
            }

            return _ends;
        }
    }
}
