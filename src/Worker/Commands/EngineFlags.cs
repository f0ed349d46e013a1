using System.CommandLine;
using System.Globalization;
using RlCore.Engines;

namespace RlCore.Worker.Commands;

/// <summary>The options that choose the engine, which every command has.</summary>
internal sealed class EngineFlags
{
    private readonly Option<int?> _threads = new("--threads")
    {
        Description = "Number of threads; 0 for all cores. Results do not depend on it (managed engine)",
        HelpName = "N",
        Recursive = true,
    };

    private readonly Option<string?> _engine = new("--engine")
    {
        Description = "managed (the default: pure .NET) or torch (the default with a GPU; built in with -p:Torch=cuda-linux, "
            + "cuda-windows, cpu or installed)",
        HelpName = "NAME",
        Recursive = true,
    };

    private readonly Option<string?> _device = new("--device")
    {
        Description = "Device of the torch engine: cpu, cuda:0 …",
        HelpName = "NAME",
        Recursive = true,
    };

    private readonly Option<bool> _bfloat16 = new("--bf16")
    {
        Description = "Compute in BF16 with F32 master weights (torch engine)",
        Recursive = true,
    };

    private readonly Option<bool> _tf32 = new("--tf32")
    {
        Description = "Let F32 matrix products use TF32 (torch engine on CUDA)",
        Recursive = true,
    };

    private readonly Option<bool> _checkpointing = new("--gradient-checkpointing")
    {
        Description = "Recompute activations in the backward pass: less memory, more time",
        Recursive = true,
    };

    private readonly Option<string?> _frozenWeights = new("--frozen-weights")
    {
        Description = "How weights that are not trained are stored: f32, bf16 or q8_0, as their files have them unless given "
            + "(managed engine)",
        HelpName = "TYPE",
        Recursive = true,
    };

    private readonly Option<string?> _libTorch = new("--libtorch")
    {
        Description = "Folder of an installed libtorch, such as PyTorch's torch/lib (torch engine, built with -p:Torch=installed)",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>All options.</summary>
    public IEnumerable<Option> All => [_threads, _engine, _device, _bfloat16, _tf32, _checkpointing, _frozenWeights, _libTorch];

    /// <summary>Whether --bf16 was given.</summary>
    public bool AsksForBFloat16(ParseResult parsed) => parsed.GetValue(_bfloat16);

    /// <summary>Whether --gradient-checkpointing was given.</summary>
    public bool AsksForGradientCheckpointing(ParseResult parsed) => parsed.GetValue(_checkpointing);

    /// <summary>Adds the given options to the configuration.</summary>
    public void Read(ParseResult parsed, Dictionary<string, string?> values)
    {
        if (parsed.GetValue(_threads) is { } threads)
        {
            values[nameof(EngineOptions.Threads)] = threads.ToString(CultureInfo.InvariantCulture);
        }

        (Option<string?> Option, string Name)[] texts =
        [
            (_engine, nameof(EngineOptions.Engine)),
            (_device, nameof(EngineOptions.Device)),
            (_frozenWeights, nameof(EngineOptions.FrozenWeights)),
            (_libTorch, nameof(EngineOptions.LibTorch)),
        ];
        foreach (var (option, name) in texts)
        {
            if (parsed.GetValue(option) is { } text)
            {
                values[name] = text;
            }
        }

        foreach (var (option, name) in (ReadOnlySpan<(Option<bool>, string)>)
            [(_bfloat16, "Bf16"), (_tf32, nameof(EngineOptions.Tf32)), (_checkpointing, nameof(EngineOptions.GradientCheckpointing))])
        {
            if (parsed.GetValue(option))
            {
                values[name] = "true";
            }
        }
    }
}
