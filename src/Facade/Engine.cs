using RlCore.Engines.Managed;

namespace RlCore;

/// <summary>Chooses the engine, once.</summary>
internal static class Engine
{
    /// <summary>The embedded engine.</summary>
    /// <param name="threads">Threads; 0 for as many as the machine has.</param>
    public static ManagedEngine CreateManaged(int threads) =>
        new(threads == 0 ? null : new ManagedEngineOptions { Threads = threads });
}
