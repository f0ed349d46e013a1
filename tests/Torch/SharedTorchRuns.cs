using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Tests;
using RlCore.Trainers.Tests.Processes;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Runs that processes share on this engine, whose kernels add up in an order of their own.</summary>
public sealed class SharedTorchRuns
{
    private const double Tolerance = 1e-5;

    /// <summary>Names of stages.</summary>
    public static TheoryData<string> Stages => [.. SharedRuns.Stages.Keys];

    // With as many shards whatever the processes, so that sums are of the same parts: AdamW makes steps of a gradient that is zero but for
    // rounding.
    [Theory]
    [MemberData(nameof(Stages))]
    public void A_run_ends_with_the_same_models_in_one_process_and_in_two(string stage)
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        string alone = Run(folder, "one", stage, 1, shardsOptimizer: false, "gradientShards=4");
        string[] checkpoints =
            [.. Directory.EnumerateDirectories(Path.Combine(alone, "checkpoints")).Select(one => Path.GetFileName(one)!)];
        Assert.NotEmpty(checkpoints);
        foreach (bool shardsOptimizer in (bool[])[false, true])
        {
            string shared = Run(folder, shardsOptimizer ? "sharded" : "two", stage, 2, shardsOptimizer, "gradientShards=4");
            foreach (string checkpoint in checkpoints)
            {
                CheckpointContent expected = CheckpointStore.Load(Path.Combine(alone, "checkpoints", checkpoint));
                CheckpointContent found = CheckpointStore.Load(Path.Combine(shared, "checkpoints", checkpoint));
                foreach (var (name, tensor) in expected.Parameters)
                {
                    float[] values = tensor.ToArray(), others = found.Parameters[name].ToArray();
                    Assert.Equal(values.Length, others.Length);
                    Assert.All(values.Zip(others), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Unless_the_recipe_says_otherwise_there_are_as_many_shards_as_processes(int processes)
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        byte[] Model(string run) => File.ReadAllBytes(Path.Combine(run, "model", "model.safetensors"));
        byte[] usual = Model(Run(folder, "usual", "sft", processes, shardsOptimizer: false));
        Assert.Equal(Model(Run(folder, "same", "sft", processes, shardsOptimizer: false, $"gradientShards={processes}")), usual);
        Assert.NotEqual(Model(Run(folder, "four", "sft", processes, shardsOptimizer: false, "gradientShards=4")), usual);
    }

    private static string Run(
        TemporaryFolder folder, string name, string stage, int processes, bool shardsOptimizer, params string[] set) => SharedRuns.Run(
        Machine.CreateEngine,
        folder,
        name,
        SharedRuns.Stages[stage],
        processes,
        set,
        shardsOptimizer: shardsOptimizer)[0].Folder;
}
