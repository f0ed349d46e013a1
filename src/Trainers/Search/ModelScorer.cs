using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Search;

/// <summary>
/// Scores thoughts by a reward model, read at the end of each step: σ(s) of the steps, as one number. What the model has read of a thought
/// is not read again for those that continue it.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ModelScorer<T> : IThoughtScorer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScalarModel<T> _model;
    private readonly Func<double[], double> _aggregate;
    private readonly SearchLimits _limits;
    private readonly bool _leaveOpen;
    private readonly PrefixStore<T> _store;
    private readonly Dictionary<Thought, double[]> _steps = [];

    /// <summary>A scorer.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="aggregate">One number of the scores of a thought's steps, of which there is at least one.</param>
    /// <param name="limits">What may be held and read at a time.</param>
    /// <param name="leaveOpen">Whether the model is used after the scorer; otherwise it is disposed of with it.</param>
    public ModelScorer(
        IEngine<T> engine, ScalarModel<T> model, Func<double[], double> aggregate, SearchLimits limits, bool leaveOpen = false)
    {
        (_engine, _model, _aggregate, _limits, _leaveOpen) = (engine, model, aggregate, limits, leaveOpen);
        _store = new PrefixStore<T>(model.Trunk, limits.Tokens, limits.HeldRows);
    }

    /// <summary>Tokens that the model has read so far.</summary>
    public long TokensRead { get; private set; }

    /// <inheritdoc/>
    public int TokensToScore(Thought known, Thought thought) =>
        known.Begins(thought) ? thought.Tokens.Length - known.Tokens.Length : thought.Sequence.CompletionLength;

    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts, CancellationToken stop)
    {
        using IDisposable quiet = _engine.NoGradient();
        foreach (Thought[] part in thoughts.Where(thought => !_steps.ContainsKey(thought)).Distinct().Chunk(_limits.RowsAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            _store.Begin();
            Thought[] prompts = [.. part.Select(PromptOf).Distinct().Except(part).Where(prompt => !_steps.ContainsKey(prompt))];
            if (prompts.Length > 0)
            {
                Read(prompts);
            }

            Read(part);
        }

        return [.. thoughts.Select(thought => _aggregate(_steps[thought]))];
    }

    /// <inheritdoc/>
    public void Forget() => _steps.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        if (!_leaveOpen)
        {
            _model.Dispose();
        }
    }

    private void Read(Thought[] thoughts)
    {
        var known = thoughts.Select(thought => KnownOf(thought)).ToArray();
        int[][] added = [.. thoughts.Select((thought, i) => thought.Tokens[known[i].Length..])];
        int width = added.Max(tokens => tokens.Length);

        // The last token of each step that was not read before.
        int[][] ends = [.. thoughts.Select((thought, i) => (int[])[.. Ends(thought).Skip(known[i].Steps.Length).Select(
            end => thought.Sequence.PromptLength + end - known[i].Length - 1)])];
        using IDisposable scope = _engine.Scope();
        using IKeyValueCache cache = _store.Fork([.. known.Select(one => one.Row)]);
        T hidden = PaddedRows.Continue(_model.Trunk, cache, added);
        TokensRead += added.Sum(tokens => (long)tokens.Length);
        var scores = new float[ends.Sum(steps => steps.Length)];
        _engine.Read(
            _model.ScoresOf(T.GatherRows(hidden, [.. ends.SelectMany((steps, row) => steps.Select(end => (row * width) + end))])), scores);
        int first = 0;
        foreach (var (i, thought) in thoughts.Index())
        {
            double[] fresh = [.. scores.AsSpan(first, ends[i].Length).ToArray().Select(score => Real.Sigmoid(score).Value)];
            _steps.Add(thought, [.. known[i].Steps, .. fresh]);
            first += ends[i].Length;
        }

        _store.Hold(cache, [.. thoughts.Index().Where(one => !one.Item.IsComplete).Select(one => (one.Item, one.Index))]);
    }

    // What is held of a thought, and the scores of the steps that end in it and in the thought alike.
    private (int Row, int Length, double[] Steps) KnownOf(Thought thought)
    {
        (int row, int length) = _store.Find(thought, thought.Tokens.Length - 1);
        int completion = length - thought.Sequence.PromptLength;
        for (Thought? one = thought.Parent; one is not null; one = one.Parent)
        {
            if (one.Tokens.Length == length && _steps.TryGetValue(one, out double[]? steps))
            {
                int alike = Ends(one).Zip(Ends(thought)).TakeWhile(pair => pair.First == pair.Second).Count();

                // A step that goes on has to be read at its new end; one that ends before is known.
                return (row, length, steps[..alike]);
            }
        }

        return completion <= 0 ? (row, length, []) : (0, 0, []);
    }

    // What all thoughts about a question begin with is read once.
    private static Thought PromptOf(Thought thought) => thought.Parent is { } earlier ? PromptOf(earlier) : thought;

    // A prompt alone is a step of its own.
    private static IReadOnlyList<int> Ends(Thought thought) => thought.StepEnds.Count > 0 ? thought.StepEnds : [0];
}
