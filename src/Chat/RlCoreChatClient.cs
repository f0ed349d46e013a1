using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Serving;

namespace RlCore.Chat;

/// <summary>
/// A model with a chat template as an <see cref="IChatClient"/>, in this process. Any number of conversations may be held at once: they
/// are drawn together, and each gets the tokens that it would get alone (on the embedded engine). The model stays in memory until the
/// client is disposed of.
/// </summary>
/// <remarks>
/// Options that change what is drawn and that the model does not have, such as tools or penalties, are refused with
/// <see cref="NotSupportedException"/>; messages hold text alone.
/// </remarks>
public sealed class RlCoreChatClient : IChatClient
{
    private readonly ChatClientMetadata _metadata;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private ITextService? _service;

    private RlCoreChatClient(string name, Action<Action<ITextService>, CancellationToken> serve)
    {
        _metadata = new ChatClientMetadata("rlcore", null, name);
        var ready = new TaskCompletionSource<ITextService>(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = new Thread(() => Serve(serve, ready)) { IsBackground = true, Name = $"RlCore chat {name}" };
        _thread.Start();
        try
        {
            _service = ready.Task.GetAwaiter().GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Loads a model on the embedded engine.</summary>
    /// <param name="folder">A run (its latest checkpoint), a checkpoint, a folder in Hugging Face's layout, or <c>org/name</c>.</param>
    /// <param name="options">How much is done at once; null for the defaults.</param>
    /// <exception cref="Trainers.Inputs.InputException">With every problem of the folder; or the model has no chat template.</exception>
    public static RlCoreChatClient Load(string folder, TextServiceOptions? options = null)
    {
        ModelFolder model = Open(folder);
        return new RlCoreChatClient(ModelFolder.NameOf(folder), (ready, stop) =>
        {
            using var engine = new ManagedEngine();
            Serve(engine, model, options, ready, stop);
        });
    }

    /// <summary>Loads a model on an engine, which nothing else may use until the client is disposed of.</summary>
    /// <param name="engine">The engine; it must outlive the client.</param>
    /// <param name="folder">As for the embedded engine.</param>
    /// <param name="options">How much is done at once; null for the defaults.</param>
    /// <typeparam name="T">The engine's tensor, which need not be named.</typeparam>
    /// <exception cref="Trainers.Inputs.InputException">With every problem of the folder; or the model has no chat template.</exception>
    public static RlCoreChatClient Load<T>(IEngine<T> engine, string folder, TextServiceOptions? options = null)
        where T : struct, ITensor<T>
    {
        ArgumentNullException.ThrowIfNull(engine);
        ModelFolder model = Open(folder);
        return new RlCoreChatClient(ModelFolder.NameOf(folder), (ready, stop) => Serve(engine, model, options, ready, stop));
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The messages or the options ask for what the model does not have.</exception>
    /// <exception cref="ArgumentException">The conversation is too long, or the template refuses it.</exception>
    /// <exception cref="InvalidOperationException">Too many requests wait.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(_service is null, this);
        TextRequest request = ChatRequests.Of(_service, messages, options ?? new ChatOptions());
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            ChannelReader<TextPiece> pieces = _service.TrySubmit(request, abandoned.Token)
                ?? throw new InvalidOperationException("Too many requests wait for this model; ask again later, or lengthen its queue.");
            int tokens = 0;
            await foreach (TextPiece piece in pieces.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                tokens++;
                if (piece.Text.Length > 0 || piece.Finish is not null)
                {
                    yield return Update(id, piece, request.Prompt.Count, tokens);
                }
            }
        }
        finally
        {
            // Who stops reading wants no more.
            await abandoned.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_service) ? _service
            : null;
    }

    /// <summary>Ends what is being drawn, and frees the model.</summary>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        _service = null;
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private static ModelFolder Open(string folder)
    {
        ModelFolder model = ModelFolder.Load(folder);
        return model.Tokenizer.Chat is null
            ? throw new Trainers.Inputs.InputException(new Trainers.Inputs.InputProblem(
                model.Folder, 0, "", $"a {model.Tokenizer.Describe()} without a chat template", "a model that holds conversations"))
            : model;
    }

    private static void Serve<T>(
        IEngine<T> engine, ModelFolder folder, TextServiceOptions? options, Action<ITextService> ready, CancellationToken stop)
        where T : struct, ITensor<T>
    {
        using Decoder<T> model = folder.Stored.Open(engine, isTrained: false);
        using var loop = new ServiceLoop();
        using var service = new TextService<T>(engine, model, folder.Tokenizer, loop, options);
        ready(service);
        loop.Run(stop);
    }

    private void Serve(Action<Action<ITextService>, CancellationToken> serve, TaskCompletionSource<ITextService> ready)
    {
        try
        {
            serve(ready.SetResult, _stop.Token);
        }
#pragma warning disable CA1031 // Whoever loads the model is told, on its own thread.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            ready.TrySetException(failure);
        }
    }

    private ChatResponseUpdate Update(string id, TextPiece piece, int promptTokens, int tokens)
    {
        var update = new ChatResponseUpdate(ChatRole.Assistant, piece.Text)
        {
            ResponseId = id,
            MessageId = id,
            ModelId = _metadata.DefaultModelId,
            CreatedAt = DateTimeOffset.UtcNow,
            FinishReason = piece.Finish switch
            {
                FinishReason.Stop => ChatFinishReason.Stop,
                FinishReason.Length => ChatFinishReason.Length,
                _ => null,
            },
        };
        if (piece.Finish is not null)
        {
            update.Contents.Add(new UsageContent(new UsageDetails
            {
                InputTokenCount = promptTokens,
                OutputTokenCount = tokens,
                TotalTokenCount = promptTokens + tokens,
            }));
        }

        return update;
    }
}
