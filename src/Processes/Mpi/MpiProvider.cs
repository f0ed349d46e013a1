using System.Globalization;
using RlCore.Engines;

namespace RlCore.Processes.Mpi;

/// <summary>Joins the processes that mpirun, or another launcher that Open MPI knows (srun), has started.</summary>
public sealed class MpiProvider : IProcessGroupProvider
{
    // Number of processes, as Open MPI's mpirun and the launchers of the PMI interface (srun --mpi) tell it.
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"];

    /// <inheritdoc/>
    public string Title => "MPI";

    /// <inheritdoc/>
    public bool IsLaunched => Sizes.Any(name => Number(name) is not null) || Number("PMIX_RANK") is not null;

    /// <inheritdoc/>
    public int LaunchedRank => Ranks.Select(Number).FirstOrDefault(rank => rank is not null) ?? 0;

    /// <inheritdoc/>
    public IProcessGroup Join() =>
        new MpiGroup(MpiLibrary.Load(), WatchTerms.Read(Environment.GetEnvironmentVariable(WatchTerms.Variable) ?? ""));

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
}

/// <summary>Adds MPI to programs.</summary>
public static class MpiRegistration
{
    /// <summary>Lets a training be shared by the processes that <c>mpirun</c> starts; without it nothing is loaded.</summary>
    /// <param name="registry">A training program, or the training of a host.</param>
    /// <typeparam name="TRegistry">The registry.</typeparam>
    /// <returns>The same registry.</returns>
    public static TRegistry AddMpi<TRegistry>(this TRegistry registry)
        where TRegistry : IProcessGroupRegistry
    {
        registry.Add(new MpiProvider());
        return registry;
    }
}
