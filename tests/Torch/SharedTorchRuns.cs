using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests;
using RlCore.Trainers.Tests.Processes;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Runs that processes share on this engine, whose kernels add up in an order of their own.</summary>
public sealed class SharedTorchRuns
{
    private const double Tolerance = 1e-5;

    /// <summary>Names of stages.</summary>
    public static TheoryData<string> Stages => [.. SharedRuns.Stages.Keys];

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_run_ends_with_the_same_models_in_one_process_and_in_two(string stage)
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        string alone = Run(folder, "one", stage, 1, shardsOptimizer: false);
        string[] checkpoints = [.. Directory.EnumerateDirectories(Path.Combine(alone, "checkpoints")).Select(one => Path.GetFileName(one)!)];
        Assert.NotEmpty(checkpoints);
        foreach (bool shardsOptimizer in (bool[])[false, true])
        {
            string shared = Run(folder, shardsOptimizer ? "sharded" : "two", stage, 2, shardsOptimizer);
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

    private static string Run(TemporaryFolder folder, string name, string stage, int processes, bool shardsOptimizer) => SharedRuns.Run(
        Machine.CreateEngine,
        folder,
        name,
        SharedRuns.Stages[stage],
        processes,
        shardsOptimizer: shardsOptimizer)[0].Folder;
}
