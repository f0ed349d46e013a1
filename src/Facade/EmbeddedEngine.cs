using RlCore.Engines.Managed;

namespace RlCore;

/// <summary>The engine that needs nothing but .NET.</summary>
internal static class EmbeddedEngine
{
    /// <summary>Starts it on some threads; 0 for as many as the machine has.</summary>
    public static ManagedEngine Start(int threads) =>
        new(threads == 0 ? new ManagedEngineOptions() : new ManagedEngineOptions { Threads = threads });
}
