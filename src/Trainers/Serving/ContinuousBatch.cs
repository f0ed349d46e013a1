using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Serving;

/// <summary>
/// Completions that are drawn together, a token of each at a time; they join and leave while others go on. What a row draws does not
/// depend on the others: its logits have the same bits in any company on the embedded engine, and its random numbers are its own.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ContinuousBatch<T> : IDisposable
    where T : struct, ITensor<T>
{
    // Logits from which on rows are drawn by several threads.
    private const int WorthThreads = 1 << 16;

    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly IKeyValueCache _cache;
    private readonly int _capacity;
    private readonly List<BatchRow> _rows = [];
    private float[] _logits = [];

    /// <summary>An empty batch.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="capacity">Maximum rows.</param>
    /// <param name="context">Maximum tokens of a row, prompt and completion.</param>
    public ContinuousBatch(IEngine<T> engine, ILanguageModel<T> model, int capacity, int context)
    {
        (_engine, _model, _capacity) = (engine, model, capacity);
        _cache = model.CreateCache(capacity, context);
        _cache.Keep([]);
    }

    /// <summary>Rows that are being drawn.</summary>
    public int Count => _rows.Count;

    /// <summary>Rows that can join.</summary>
    public int Free => _capacity - _rows.Count;

    /// <summary>Reads prompts in one pass and draws the first token of their completions, which join the others.</summary>
    /// <param name="prompts">A prompt, or several that have one completion each.</param>
    public void Join(IReadOnlyList<JoiningPrompt> prompts)
    {
        int longest = prompts.Max(prompt => prompt.Tokens.Count);
        (BatchRow Row, int Prompt)[] rows = [.. prompts.SelectMany((prompt, i) => prompt.Rows.Select(row => (row, i)))];
        using IDisposable quiet = _engine.NoGradient();
        using IDisposable scope = _engine.Scope();
        using IKeyValueCache read = _model.CreateCache(prompts.Count, longest);
        T hidden = PaddedRows.Continue(_model, read, [.. prompts.Select(prompt => prompt.Tokens.ToArray())]);    // [P * longest, D]
        int[] ends = [.. rows.Select(row => (row.Prompt * longest) + prompts[row.Prompt].Tokens.Count - 1)];
        Draw(T.GatherRows(hidden, ends), [.. rows.Select(row => row.Row)]);
        rows = [.. rows.Where(row => !row.Row.IsDone)];
        _rows.AddRange(rows.Select(row => row.Row));
        _cache.Append(read, [.. rows.Select(row => row.Prompt)]);
    }

    /// <summary>Draws a token of each row; those that are done leave before.</summary>
    public void Step()
    {
        DropDone();
        if (_rows.Count == 0)
        {
            return;
        }

        using IDisposable quiet = _engine.NoGradient();
        using IDisposable scope = _engine.Scope();
        int[] ones = [.. _rows.Select(_ => 1)];
        Draw(_model.Continue([.. _rows.Select(row => row.LastToken)], ones, 1, _cache), _rows);
        DropDone();
    }

    /// <summary>Drops all rows.</summary>
    public void Clear()
    {
        _rows.Clear();
        _cache.Keep([]);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private void DropDone()
    {
        if (_rows.Exists(row => row.IsDone))
        {
            _cache.Keep([.. Enumerable.Range(0, _rows.Count).Where(i => !_rows[i].IsDone)]);
            _rows.RemoveAll(row => row.IsDone);
        }
    }

    private void Draw(T hidden, List<BatchRow> rows)
    {
        int vocabulary = _model.VocabularySize;
        if (_logits.Length < rows.Count * vocabulary)
        {
            _logits = new float[rows.Count * vocabulary];
        }

        _engine.Read(T.Linear(hidden, _model.Head), _logits.AsSpan(0, rows.Count * vocabulary));
        var scores = new TokenScore?[rows.Count];
        if (rows.Count == 1 || rows.Count * vocabulary < WorthThreads)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                DrawRow(i);
            }
        }
        else
        {
            Parallel.For(0, rows.Count, DrawRow);
        }

        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Deliver(scores[i]);
        }

        void DrawRow(int row) => scores[row] = rows[row].Draw(_logits.AsSpan(row * vocabulary, vocabulary));
    }
}

/// <summary>A prompt whose completions join a batch.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Rows">Its completions.</param>
internal sealed record JoiningPrompt(IReadOnlyList<int> Tokens, IReadOnlyList<BatchRow> Rows);
