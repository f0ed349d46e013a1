using RlCore.Engines.Torch;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using static TorchSharp.torch;

namespace RlCore.SideBySide.Peers;

/// <summary>The sides besides the embedded engine.</summary>
internal static class PeerSides
{
    /// <summary>Prepares a case.</summary>
    /// <param name="side">Name of the side.</param>
    /// <param name="one">The case.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="place">Where files are.</param>
    /// <param name="device">Where the Torch engine computes.</param>
    public static ISideWork Open(string side, BenchCase one, int threads, BenchPlace place, SideDevice device)
    {
        switch (side)
        {
            case SideNames.RlCoreTorch:
                var options = new TorchEngineOptions
                {
                    Device = device.Name,
                    Precision = device.Precision == "BF16" ? TorchPrecision.BF16 : TorchPrecision.F32,
                    AllowTf32 = device.Precision == "TF32",
                    Threads = threads,
                    GradientCheckpointing = one is BenchCase.Training { Checkpoints: true },
                };
                return OwnSide.Open(new TorchEngine(options), one, place);
            case SideNames.TorchSharp:
                LibTorchLoader.Load("");
                set_num_threads(threads);
                return one switch
                {
                    BenchCase.Training training => new TorchTraining(training, place),
                    BenchCase.Decoding decoding => new TorchDecoding(decoding, place),
                    BenchCase.Grpo => new TorchGrpo(place),
                    BenchCase.LogProbs logProbs => new TorchLogProbs(logProbs),
                    _ => throw new ArgumentException($"{one.Name} is no case of {side}.", nameof(one)),
                };
            case SideNames.LlamaCpp:
                return one is BenchCase.Decoding completions
                    ? new LlamaDecoding(completions, threads, place)
                    : throw new ArgumentException($"{one.Name} is no case of {side}.", nameof(one));
            default:
                throw new ArgumentException($"{side} is no side.", nameof(side));
        }
    }
}
