using System.Numerics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace RlCore.Bench;

/// <summary>Time and allocation of one call of each loss, in floats and in doubles.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class LossBenchmarks<T>
    where T : unmanaged, INumber<T>
{
    private readonly LossInputs<T> _inputs = new();

    /// <summary>GRPO with k3, 1024 × 1024 tokens, gradient into a span.</summary>
    [Benchmark]
    public double Grpo() => _inputs.Grpo();

    /// <summary>PPO's clip, 1024 × 1024 tokens, gradient into a span.</summary>
    [Benchmark]
    public double PpoClip() => _inputs.Ppo();

    /// <summary>k3 of 1024 × 1024 tokens, gradient into a span.</summary>
    [Benchmark]
    public double KlK3() => _inputs.Kl();

    /// <summary>DPO of 2^18 pairs, gradients into spans.</summary>
    [Benchmark]
    public double Dpo() => _inputs.Dpo();

    /// <summary>DPO of 2^18 pairs, losses and gradients into spans, with accuracy and margin.</summary>
    [Benchmark]
    public PairSummary DpoAsTrainer() => _inputs.DpoAsTrainer();

    /// <summary>DPO of 2^18 pairs, into a record that allocates its arrays.</summary>
    [Benchmark]
    public PairLoss<T> DpoRecord() => _inputs.DpoRecord();

    /// <summary>GAE and returns of 512 × 1024 tokens, into spans.</summary>
    [Benchmark]
    public void Gae() => _inputs.Gae();
}

/// <summary>Runs in this process: the project need not be built a second time.</summary>
internal static class LossBenchmarkConfig
{
    public static IConfig Create() => DefaultConfig.Instance
        .AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance))
        .WithOptions(ConfigOptions.DisableOptimizationsValidator);
}
