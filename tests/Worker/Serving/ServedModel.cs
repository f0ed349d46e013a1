using System.Net;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Serving;

namespace RlCore.Worker.Tests.Serving;

/// <summary>A model that this process serves.</summary>
internal sealed class ServedModel : IDisposable
{
    public const string Name = "small";

    private readonly ManagedEngine _engine = new(new ManagedEngineOptions { Threads = 2 });
    private readonly ILanguageModel<ManagedTensor> _model;
    private readonly ServiceLoop _loop = new();
    private readonly TextService<ManagedTensor> _service;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly LocalServer _server;

    /// <summary>A random model with a chat template.</summary>
    public ServedModel(TextServiceOptions? options = null, string key = "")
        : this(
            new ByteTokenizer(),
            (engine, tokenizer) => Decoder<ManagedTensor>.Create(
                engine,
                new ModelSettings { Layers = 2, Width = 32, Heads = 4, Context = 512, InitStd = 0.4, Positions = PositionKind.Rotary },
                tokenizer.VocabularySize,
                5),
            options,
            key)
    {
    }

    public ServedModel(
        ITokenizer tokenizer,
        Func<ManagedEngine, ITokenizer, ILanguageModel<ManagedTensor>> model,
        TextServiceOptions? options = null,
        string key = "")
    {
        _model = model(_engine, tokenizer);
        _service = new TextService<ManagedTensor>(_engine, _model, tokenizer, _loop, options);
        _thread = new Thread(() => _loop.Run(_stop.Token));
        _thread.Start();
        _server = LocalServer.StartAsync(
            new ListeningOptions(IPAddress.Loopback, 0, 0) { MostBytes = 1 << 20 },
            _ => new ModelRoutes(Name, _service, null, key, TimeProvider.System).AnswerAsync).GetAwaiter().GetResult();
        Client = new HttpClient { BaseAddress = _server.Address };
    }

    public ITextService Service => _service;

    public HttpClient Client { get; }

    public Uri Address => new(_server.Address, "v1");

    public void Dispose()
    {
        Client.Dispose();
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stop.Cancel();
        _thread.Join();
        _service.Dispose();
        _loop.Dispose();
        _model.Dispose();
        _engine.Dispose();
        _stop.Dispose();
    }
}
