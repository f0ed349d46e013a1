using System.Collections.Concurrent;
using System.Threading.Channels;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Serving;

/// <summary>How much a service does at once.</summary>
/// <param name="Rows">Completions that are drawn at once; fewer where their keys and values would take half of the memory.</param>
/// <param name="Queue">Requests that wait.</param>
/// <param name="Context">Maximum tokens of prompt and completion together; 0 for the model's.</param>
public sealed record TextServiceOptions(int Rows = 16, int Queue = 256, int Context = 0);

/// <summary>
/// A model with a continuous batch: requests join when there is room for them, in the order in which they came, and leave when they are
/// done or abandoned.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class TextService<T> : ITextService, ILoopWork, IDisposable
    where T : struct, ITensor<T>
{
    // Tokens of prompts that are read before those that are being drawn go on.
    private const int PromptTokensAtOnce = 512;

    // By which part the longest prompt of a pass may be longer than the shortest.
    private const double MostPadding = 0.25;

    // Keys and values of all rows take at most half of the memory.
    private const int ShareOfMemory = 2;

    private readonly ILanguageModel<T> _model;
    private readonly ServiceLoop _loop;
    private readonly ContinuousBatch<T> _batch;
    private readonly Channel<Submitted> _queue;
    private readonly List<Submitted> _running = [];
    private readonly ConcurrentQueue<Interruption> _interruptions = new();

    /// <summary>A service.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="loop">The loop that it is a part of, not yet running.</param>
    /// <param name="options">How much it does at once; null for the defaults.</param>
    public TextService(
        IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, ServiceLoop loop, TextServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loop);
        TextServiceOptions how = options ?? new TextServiceOptions();
        (_model, _loop, Tokenizer) = (model, loop, tokenizer);
        Context = how.Context == 0 ? model.Context : Math.Min(how.Context, model.Context);
        Rows = Math.Min(how.Rows, CacheMemory.MostRows(engine.Memory, model, Context, ShareOfMemory));
        _batch = new ContinuousBatch<T>(engine, model, Rows, Context);
        loop.Add(this);
        _queue = Channel.CreateBounded<Submitted>(new BoundedChannelOptions(how.Queue) { SingleReader = true });
    }

    /// <inheritdoc/>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public int Context { get; }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public ChannelReader<TextPiece>? TrySubmit(TextRequest request, CancellationToken abandoned)
    {
        ArgumentNullException.ThrowIfNull(request);
        TokenSampler.Check(request.Sampling);
        Require(request.Prompt.Count >= 1 && request.Prompt.Count < Context, $"a prompt of 1 to {Context - 1} tokens");
        Require(request.Prompt.All(token => token >= 0 && token < _model.VocabularySize), "tokens of the vocabulary");
        Require(request.Choices >= 1 && request.Choices <= Rows, $"1 to {Rows} choices");
        Require(request.MaxTokens >= 0 && request.TopLogProbs is null or >= 0, "no negative counts");
        Require(request.Stop.All(stop => stop.Length > 0), "stopping texts that are not empty");
        var submitted = new Submitted(request, abandoned);
        if (!_queue.Writer.TryWrite(submitted))
        {
            return null;
        }

        _loop.Wake();
        return submitted.Pieces.Reader;

        static void Require(bool holds, string expected)
        {
            if (!holds)
            {
                throw new ArgumentException($"A request has {expected}.", nameof(request));
            }
        }
    }

    /// <inheritdoc/>
    public Task InterruptAsync(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var interruption = new Interruption(work, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _interruptions.Enqueue(interruption);
        _loop.Wake();
        return interruption.Done.Task;
    }

    /// <summary>Frees the batch; the loop has ended.</summary>
    public void Dispose() => _batch.Dispose();

    /// <inheritdoc/>
    bool ILoopWork.Advance()
    {
        if (_batch.Count == 0 && _interruptions.TryDequeue(out Interruption? interruption))
        {
            interruption.Run();
            return true;
        }

        if (_batch.Count == 0 && !_queue.Reader.TryPeek(out _))
        {
            return false;
        }

        // A failure ends the requests of the batch, and not the service.
        try
        {
            if (_interruptions.IsEmpty)
            {
                Admit();
            }

            _batch.Step();
        }
#pragma warning disable CA1031 // Whoever asked is told, whatever it was; the next request may be served.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _batch.Clear();
            _running.ForEach(request => request.End(failure));
        }

        _running.RemoveAll(request => request.TryEnd());
        return true;
    }

    /// <inheritdoc/>
    void ILoopWork.End()
    {
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out Submitted? waiting))
        {
            _running.Add(waiting);
        }

        _running.ForEach(left => left.End(new OperationCanceledException("The service has stopped.")));
        while (_interruptions.TryDequeue(out Interruption? interruption))
        {
            interruption.Done.TrySetCanceled();
        }
    }

    // In order: a request that asks for many choices is not passed by others for ever.
    private void Admit()
    {
        int read = 0, free = _batch.Free;
        var joining = new List<JoiningPrompt>();
        while (read < PromptTokensAtOnce && _queue.Reader.TryPeek(out Submitted? next))
        {
            if (!next.IsAbandoned && next.Request.Choices > free)
            {
                break;
            }

            _queue.Reader.TryRead(out _);
            _running.Add(next);
            if (!next.IsAbandoned)
            {
                int room = Context - next.Request.Prompt.Count;
                int limit = next.Request.MaxTokens == 0 ? room : Math.Min(next.Request.MaxTokens, room);
                read += next.Request.Prompt.Count;
                free -= next.Request.Choices;
                joining.Add(new JoiningPrompt(next.Request.Prompt, next.Open(limit, Tokenizer)));
            }
        }

        Passes(joining).ForEach(_batch.Join);
    }

    // Prompts of about one length are read together, as what pads the shorter ones is computed too; one of several completions by itself.
    private static List<List<JoiningPrompt>> Passes(List<JoiningPrompt> joining)
    {
        var passes = new List<List<JoiningPrompt>>();
        foreach (JoiningPrompt prompt in joining.OrderBy(prompt => prompt.Rows.Count).ThenBy(prompt => prompt.Tokens.Count))
        {
            bool isAlike = passes is [.., [var shortest, ..]]
                && prompt.Tokens.Count - shortest.Tokens.Count <= shortest.Tokens.Count * MostPadding;
            if (!isAlike || prompt.Rows.Count > 1)
            {
                passes.Add([]);
            }

            passes[^1].Add(prompt);
        }

        return passes;
    }

    // Work that waits until no completion is being drawn.
    private sealed record Interruption(Action Work, TaskCompletionSource Done)
    {
        public void Run()
        {
#pragma warning disable CA1031 // Whoever asked for it is told, whatever it was.
            try
            {
                Work();
                Done.TrySetResult();
            }
            catch (Exception failure)
            {
                Done.TrySetException(failure);
            }
#pragma warning restore CA1031
        }
    }

    /// <summary>A request that was accepted.</summary>
    private sealed class Submitted(TextRequest request, CancellationToken abandoned)
    {
        private IReadOnlyList<BatchRow> _rows = [];
        private bool _hasEnded;

        public TextRequest Request => request;

        // As many pieces as the request may have tokens: a slow reader holds up nobody.
        public Channel<TextPiece> Pieces { get; } =
            Channel.CreateUnbounded<TextPiece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

        public bool IsAbandoned => abandoned.IsCancellationRequested;

        public IReadOnlyList<BatchRow> Open(int limit, ITokenizer tokenizer) => _rows =
        [
            .. Enumerable.Range(0, request.Choices).Select(choice =>
                new BatchRow(request, choice, limit, tokenizer, piece => Pieces.Writer.TryWrite(piece), abandoned)),
        ];

        /// <summary>Ends the request if there is nothing left to do.</summary>
        /// <returns>Whether it has ended.</returns>
        public bool TryEnd()
        {
            if (IsAbandoned)
            {
                End(new OperationCanceledException("The request was abandoned.", abandoned));
            }
            else if (_rows.All(row => row.HasEnded))
            {
                End(null);
            }

            return _hasEnded;
        }

        public void End(Exception? failure)
        {
            _hasEnded = true;
            Pieces.Writer.TryComplete(failure);
        }
    }
}
