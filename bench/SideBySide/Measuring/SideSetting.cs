using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Measuring;

/// <summary>A side with what its process is started with.</summary>
/// <param name="Side">Name of the side.</param>
/// <param name="Threads">Threads.</param>
/// <param name="WaitPolicy"><c>OMP_WAIT_POLICY</c>, which a process reads once; empty where it means nothing.</param>
internal sealed record SideSetting(string Side, int Threads, string WaitPolicy)
{
    private static readonly string[] Policies = ["passive", "active"];

    /// <summary>
    /// The settings of a case, of which each side's best counts: the threads of OpenMP sleep or spin between two operations.
    /// </summary>
    /// <param name="one">The case.</param>
    /// <param name="threads">Threads.</param>
    public static IEnumerable<SideSetting> Of(BenchCase one, int threads) => one.Sides.SelectMany(side =>
        side == SideNames.RlCore || threads == 1
            ? [new SideSetting(side, threads, "")]
            : Policies.Select(policy => new SideSetting(side, threads, policy)));

    /// <inheritdoc/>
    public override string ToString() => WaitPolicy.Length > 0 ? $"{Side}, {WaitPolicy}" : Side;
}
