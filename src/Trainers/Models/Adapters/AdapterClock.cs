namespace RlCore.Trainers.Models;

/// <summary>
/// The address of random numbers for the dropout of adapters: the seed, the optimizer step, and the number of the pass within the step.
/// A resumed run begins each step at the same address, and a pass that is computed again for its gradient has the address of the first.
/// </summary>
internal sealed class AdapterClock
{
    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; private set; }

    /// <summary>Step of the run.</summary>
    public uint Step { get; private set; }

    /// <summary>Whether inputs are dropped in this step.</summary>
    public bool IsDropping { get; private set; }

    /// <summary>Number of the next pass.</summary>
    public uint Passes { get; set; }

    /// <summary>Begins a step.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Step of the run.</param>
    /// <param name="isDropping">Whether inputs are dropped.</param>
    public void Begin(ulong seed, int step, bool isDropping) => (Seed, Step, IsDropping, Passes) = (seed, (uint)step, isDropping, 0);

    /// <summary>The number of the next pass.</summary>
    public uint NextPass() => Passes++;
}
