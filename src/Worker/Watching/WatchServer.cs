using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Watching;

/// <summary>Serves the page of some runs. It reads their folders and writes nothing.</summary>
internal sealed class WatchServer : IAsyncDisposable
{
    /// <summary>The port where none is asked for, if it is free.</summary>
    public const int UsualPort = 4270;

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private WatchServer(WebApplication application) => _application = application;

    /// <summary>Where the page is.</summary>
    public Uri Address => new(
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts a server.</summary>
    /// <param name="catalogue">The runs.</param>
    /// <param name="address">The address to listen on.</param>
    /// <param name="port">The port; null for the usual one, or any if that is taken.</param>
    /// <exception cref="InputException">The address or the port cannot be had.</exception>
    public static async Task<WatchServer> StartAsync(RunCatalogue catalogue, IPAddress address, int? port)
    {
        try
        {
            return await ListenAsync(catalogue, address, port ?? UsualPort).ConfigureAwait(false);
        }
        catch (Exception failure) when (port is null && IsRefusal(failure))
        {
            return await ListenAsync(catalogue, address, 0).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            throw new InputException(new InputProblem(
                "--port", 0, "", $"{address}:{port}, where nothing can listen ({failure.Message.TrimEnd('.')})",
                "a free port, or 0 for any"));
        }
    }

    /// <summary>Ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(LongestGoodbye);
        await _application.StopAsync(limit.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsRefusal(Exception failure) => failure is IOException or SocketException;

    private static async Task<WatchServer> ListenAsync(RunCatalogue catalogue, IPAddress address, int port)
    {
        // Empty: no configuration, no log, no handlers of signals; the program that it is part of has them.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, port);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        WebApplication application = builder.Build();
        var routes = new WatchRoutes(catalogue, application.Lifetime.ApplicationStopping);
        bool isOpen = !IPAddress.IsLoopback(address);
        application.Use(next => new LoopbackGuard(next, isOpen).InvokeAsync);
        application.Run(routes.AnswerAsync);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new WatchServer(application);
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
