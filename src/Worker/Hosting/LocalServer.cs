using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Hosting;

/// <summary>Where a server listens, and what it lets in.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; null for the usual one, or any if that is taken.</param>
/// <param name="UsualPort">The port where none is asked for, if it is free.</param>
internal sealed record ListeningOptions(IPAddress Address, int? Port, int UsualPort)
{
    /// <summary>Most bytes of a request's body; null for the usual limit.</summary>
    public long? MostBytes { get; init; }

    /// <summary>How long requests that are being answered may take when the server stops.</summary>
    public TimeSpan LongestGoodbye { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A server of HTTP in this process, for pages of its own and programs of its user: see <see cref="LoopbackGuard"/>.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly TimeSpan _longestGoodbye;

    private LocalServer(WebApplication application, TimeSpan longestGoodbye) =>
        (_application, _longestGoodbye) = (application, longestGoodbye);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts a server.</summary>
    /// <param name="options">Where it listens.</param>
    /// <param name="answer">Makes what answers requests; it is given a token that is cancelled when the server begins to stop.</param>
    /// <exception cref="InputException">The address or the port cannot be had.</exception>
    public static async Task<LocalServer> StartAsync(ListeningOptions options, Func<CancellationToken, RequestDelegate> answer)
    {
        try
        {
            return await ListenAsync(options, options.Port ?? options.UsualPort, answer).ConfigureAwait(false);
        }
        catch (Exception failure) when (options.Port is null && IsRefusal(failure))
        {
            return await ListenAsync(options, 0, answer).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            throw new InputException(new InputProblem(
                "--port", 0, "", $"{options.Address}:{options.Port}, where nothing can listen ({failure.Message.TrimEnd('.')})",
                "a free port, or 0 for any"));
        }
    }

    /// <summary>Takes no more requests, and waits for those that are being answered.</summary>
    public async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(_longestGoodbye);
        await _application.StopAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>Ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsRefusal(Exception failure) => failure is IOException or SocketException;

    private static async Task<LocalServer> ListenAsync(
        ListeningOptions options, int port, Func<CancellationToken, RequestDelegate> answer)
    {
        // Empty: no configuration, no log, no handlers of signals; the program that it is part of has them.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MostBytes ?? kestrel.Limits.MaxRequestBodySize;
            kestrel.Listen(options.Address, port);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        WebApplication application = builder.Build();
        RequestDelegate answers = answer(application.Lifetime.ApplicationStopping);
        bool isOpen = !IPAddress.IsLoopback(options.Address);
        application.Use(next => new LoopbackGuard(next, isOpen).InvokeAsync);
        application.Run(answers);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new LocalServer(application, options.LongestGoodbye);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
