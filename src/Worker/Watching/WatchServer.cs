using System.Net;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Watching;

/// <summary>Serves the page of some runs. It reads their folders and writes nothing.</summary>
internal static class WatchServer
{
    /// <summary>The port where none is asked for, if it is free.</summary>
    public const int UsualPort = 4270;

    /// <summary>Starts a server.</summary>
    /// <param name="catalogue">The runs.</param>
    /// <param name="address">The address to listen on.</param>
    /// <param name="port">The port; null for the usual one, or any if that is taken.</param>
    /// <exception cref="InputException">The address or the port cannot be had.</exception>
    public static Task<LocalServer> StartAsync(RunCatalogue catalogue, IPAddress address, int? port) => LocalServer.StartAsync(
        new ListeningOptions(address, port, UsualPort), stopping => new WatchRoutes(catalogue, stopping).AnswerAsync);
}
