using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Serving;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Serving;

/// <summary>What is served, and how.</summary>
/// <param name="Model">The model that completes; null for none.</param>
/// <param name="Reward">The model that scores; null for none.</param>
/// <param name="Name">Its name for clients.</param>
/// <param name="Key">The key that clients must have; empty for none.</param>
/// <param name="Options">How much is done at once.</param>
/// <param name="Listening">Where it is served.</param>
internal sealed record ServeRequest(
    ModelFolder? Model, ModelFolder? Reward, string Name, string Key, TextServiceOptions Options, ListeningOptions Listening)
{
    /// <summary>Folder below which clients may name models whose weights the served one takes over; empty for none.</summary>
    /// <value>"".</value>
    public string ReloadFrom { get; init; } = "";
}

/// <summary>Serves a model until it is stopped, independent of the engine.</summary>
/// <param name="Request">What is served.</param>
/// <param name="Warming">Told if it takes long until the server can answer without delay.</param>
/// <param name="Started">Told of the address, and of the service of completions if there is one.</param>
/// <param name="Clock">The clock.</param>
/// <param name="Stop">Stops it: requests that are being answered are finished, within the limit of the server.</param>
internal sealed record ServeWork(
    ServeRequest Request, Action Warming, Action<Uri, ITextService?> Started, TimeProvider Clock, CancellationToken Stop) : IEngineWork<int>
{
    /// <summary>Serves the model.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>0.</returns>
    public int Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var loop = new ServiceLoop();
        using Decoder<T>? model = Request.Model?.Stored.Open(engine, isTrained: Request.ReloadFrom.Length > 0);
        using ScalarModel<T>? reward = Request.Reward?.Stored.OpenScalar(engine);
        using TextService<T>? text = model is null
            ? null
            : new TextService<T>(engine, model, Request.Model!.Tokenizer, loop, Request.Options);
        ScoreService<T>? scores = reward is null ? null : new ScoreService<T>(
            engine, reward, Request.Reward!.Tokenizer, Request.Reward.Model.Context, loop, Request.Options.Queue);
        using var ended = new CancellationTokenSource();
        var routes = new ModelRoutes(
            Request.Name,
            text,
            scores,
            Request.Key,
            Clock,
            Request.ReloadFrom.Length == 0 ? null : folder => ReloadAsync(engine, model!, text!, folder));
        loop.RunUntil(Task.Run(() => new WarmUp(routes, Request.Key).RunAsync(text, scores is not null, Warming, Stop)));
        if (Stop.IsCancellationRequested)
        {
            return 0;
        }

        LocalServer server = LocalServer.StartAsync(Request.Listening, _ => routes.AnswerAsync).GetAwaiter().GetResult();
        try
        {
            Started(server.Address, text);
            using CancellationTokenRegistration stopped = Stop.Register(() => _ = EndAsync(server, ended));
            loop.Run(ended.Token);
            return 0;
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // The folder is read beside what is being drawn; its weights are taken over between completions.
    private Task ReloadAsync<T>(IEngine<T> engine, Decoder<T> model, TextService<T> text, string folder)
        where T : struct, ITensor<T>
    {
        string full = Path.GetFullPath(folder);
        if (!full.StartsWith(Path.TrimEndingDirectorySeparator(Request.ReloadFrom) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InputException(new InputProblem(
                "folder", 0, "", Characters.Quote(folder), $"a folder within {Request.ReloadFrom}, which --reload-from allows"));
        }

        ModelFolder read = ModelFolder.Load(full);
        return text.InterruptAsync(() =>
        {
            try
            {
                using Decoder<T> next = read.Stored.Open(engine, isTrained: true);
                model.Parameters.Write(engine, next.Parameters.Read(engine));
            }
            catch (ArgumentException other)
            {
                throw new InputException(
                    new InputProblem("folder", 0, "", $"another model ({other.Message})", $"the shape of {Request.Name}"));
            }
        });
    }

    private static async Task EndAsync(LocalServer server, CancellationTokenSource ended)
    {
        await Task.Yield();
        await server.StopAsync().ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
