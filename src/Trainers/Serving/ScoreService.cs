using System.Threading.Channels;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Serving;

/// <summary>A reward model that scores one request at a time, beside what else its loop does.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class ScoreService<T> : IScoreService, ILoopWork
    where T : struct, ITensor<T>
{
    // Sequences of one pass.
    private const int ScoredAtOnce = 16;

    private readonly ServiceLoop _loop;
    private readonly RewardScorer<T> _scorer;
    private readonly Channel<Submitted> _queue;

    /// <summary>A service.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The reward model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="context">Maximum tokens of a sequence.</param>
    /// <param name="loop">The loop that it is a part of, not yet running.</param>
    /// <param name="queue">Requests that wait.</param>
    public ScoreService(IEngine<T> engine, ScalarModel<T> model, ITokenizer tokenizer, int context, ServiceLoop loop, int queue = 256)
    {
        ArgumentNullException.ThrowIfNull(loop);
        (_loop, Tokenizer, Context) = (loop, tokenizer, context);
        _scorer = new RewardScorer<T>(engine, model, new PassLimits(ScoredAtOnce));
        _queue = Channel.CreateBounded<Submitted>(new BoundedChannelOptions(queue) { SingleReader = true });
        loop.Add(this);
    }

    /// <inheritdoc/>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public int Context { get; }

    /// <inheritdoc/>
    public Task<float[]>? TrySubmit(IReadOnlyList<TokenSequence> sequences, CancellationToken abandoned)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Any(sequence => sequence.Tokens.Length > Context))
        {
            throw new ArgumentException($"A sequence is longer than the context of {Context} tokens.", nameof(sequences));
        }

        var submitted = new Submitted(sequences, abandoned);
        if (!_queue.Writer.TryWrite(submitted))
        {
            return null;
        }

        _loop.Wake();
        return submitted.Scores.Task;
    }

    /// <inheritdoc/>
    bool ILoopWork.Advance()
    {
        if (!_queue.Reader.TryRead(out Submitted? next))
        {
            return false;
        }

        if (next.Abandoned.IsCancellationRequested)
        {
            next.Scores.TrySetCanceled(next.Abandoned);
            return true;
        }

        try
        {
            next.Scores.TrySetResult(_scorer.Scores(next.Sequences));
        }
#pragma warning disable CA1031 // Whoever asked is told, whatever it was; the next request may be served.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            next.Scores.TrySetException(failure);
        }

        return true;
    }

    /// <inheritdoc/>
    void ILoopWork.End()
    {
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out Submitted? waiting))
        {
            waiting.Scores.TrySetCanceled();
        }
    }

    private sealed record Submitted(IReadOnlyList<TokenSequence> Sequences, CancellationToken Abandoned)
    {
        public TaskCompletionSource<float[]> Scores { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
