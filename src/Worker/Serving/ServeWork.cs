using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Serving;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Serving;

/// <summary>What is served, and how.</summary>
/// <param name="Folder">The model.</param>
/// <param name="Name">Its name for clients.</param>
/// <param name="Key">The key that clients must have; empty for none.</param>
/// <param name="Options">How much is done at once.</param>
/// <param name="Listening">Where it is served.</param>
internal sealed record ServeRequest(ModelFolder Folder, string Name, string Key, TextServiceOptions Options, ListeningOptions Listening);

/// <summary>Serves a model until it is stopped, independent of the engine.</summary>
/// <param name="Request">What is served.</param>
/// <param name="Started">Told of the address and of the service.</param>
/// <param name="Clock">The clock.</param>
/// <param name="Stop">Stops it: requests that are being answered are finished, within the limit of the server.</param>
internal sealed record ServeWork(ServeRequest Request, Action<Uri, ITextService> Started, TimeProvider Clock, CancellationToken Stop)
    : IEngineWork<int>
{
    // Keys and values of all rows take at most half of the memory.
    private const int ShareOfMemory = 2;

    /// <summary>Serves the model.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public int Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using Decoder<T> model = Request.Folder.Stored.Open(engine, isTrained: false);
        int context = Request.Options.Context == 0 ? model.Context : Math.Min(Request.Options.Context, model.Context);
        int rows = (int)Math.Clamp(MostRows(engine.Memory, context * model.CacheNumbersPerToken), 1, Request.Options.Rows);
        var service = new TextService<T>(
            engine, model, Request.Folder.Tokenizer, Request.Options with { Rows = rows, Context = context });
        using var ended = new CancellationTokenSource();
        LocalServer server = LocalServer.StartAsync(
            Request.Listening,
            _ => new ModelRoutes(service, Request.Name, Request.Key, Clock).AnswerAsync).GetAwaiter().GetResult();
        try
        {
            Started(server.Address, service);
            using CancellationTokenRegistration stopped = Stop.Register(() => _ = EndAsync(server, ended));
            service.Run(ended.Token);
            return service.Rows;
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static long MostRows(EngineMemory memory, long numbersOfRow) =>
        memory.Bytes == 0 || numbersOfRow == 0 ? int.MaxValue : memory.Bytes / ShareOfMemory / (numbersOfRow * memory.NumberBytes);

    private static async Task EndAsync(LocalServer server, CancellationTokenSource ended)
    {
        await Task.Yield();
        await server.StopAsync().ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
