using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Alone in its collection: the count of live tensors is the process's.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Training neither holds tensors nor grows. RLCORE_LONG_STEPS raises the number of steps.</summary>
[Collection(nameof(Alone))]
public sealed class LifetimeLaws
{
    private static readonly int Steps = int.TryParse(
        Environment.GetEnvironmentVariable("RLCORE_LONG_STEPS"),
        CultureInfo.InvariantCulture,
        out int steps)
        ? steps
        : 60;

    [Theory]
    [InlineData("gpt2", false, TorchPrecision.F32)]
    [InlineData("qwen2", true, TorchPrecision.BF16)]
    public void Live_tensors_and_memory_stay_flat_over_training_steps(string shape, bool checkpoints, TorchPrecision precision)
    {
        using var model = new SmallModel(
            new TorchEngineOptions { Device = Machine.Name, GradientCheckpointing = checkpoints, Precision = precision, Threads = 1 },
            shape);
        Run(model, 20);
        (long tensors, long bytes) = Measure();
        for (int tenth = 1; tenth <= 10; tenth++)
        {
            Run(model, Steps / 10);
            (long liveTensors, long residentBytes) = Measure();
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{tenth * Steps / 10} steps: {liveTensors} live tensors, {residentBytes >> 20} MiB");
            Assert.Equal(tensors, liveTensors);
            Assert.InRange(residentBytes - bytes, long.MinValue, 64L << 20);
        }
    }

    private static void Run(SmallModel model, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            model.Step();
            if (step % 10 == 0)
            {
                model.Decode();
            }
        }
    }

    private static (long Tensors, long Bytes) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return (torch.Tensor.TotalCount, process.WorkingSet64);
    }
}
