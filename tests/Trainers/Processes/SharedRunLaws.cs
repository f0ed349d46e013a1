using System.Text.RegularExpressions;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tests.Runs;

namespace RlCore.Trainers.Tests.Processes;

/// <summary>Runs that processes share leave the same files, whatever the number of processes.</summary>
public class SharedRunLaws
{
    /// <summary>Names of stages.</summary>
    public static TheoryData<string> Stages => [.. SharedRuns.Stages.Keys];

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_run_leaves_the_same_files_in_one_two_and_four_processes(string stage)
    {
        using var folder = SharedRuns.Prepare();
        RunSummary alone = SharedRuns.Run(folder, "one", SharedRuns.Stages[stage], 1)[0];
        IReadOnlyDictionary<string, string> expected = SharedRuns.Files(alone.Folder);
        Assert.Contains("metrics.csv", expected.Keys);
        foreach (int processes in (int[])[2, 4])
        {
            RunSummary shared = SharedRuns.Run(folder, $"of-{processes}", SharedRuns.Stages[stage], processes)[0];
            IReadOnlyDictionary<string, string> found = SharedRuns.Files(shared.Folder);
            Assert.Equal(expected.Keys.Order(), found.Keys.Order());
            Assert.All(expected, file => Assert.True(file.Value == found[file.Key], $"{file.Key} differs in {processes} processes"));
        }
    }

    [Theory]
    [InlineData("many rows", 4, 1)]
    [InlineData("many rows", 1, 4)]
    [InlineData("grpo", 4, 1)]
    [InlineData("ppo", 1, 2)]
    public void A_run_that_was_stopped_goes_on_in_another_number_of_processes(string stage, int began, int goesOn)
    {
        string json = stage == "many rows" ? SharedRuns.Stages["sft"] : SharedRuns.Stages[stage];
        using var folder = SharedRuns.Prepare();
        IReadOnlyDictionary<string, string> expected = SharedRuns.Files(SharedRuns.Run(folder, "straight", json, 1)[0].Folder);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => SharedRuns.Run(folder, "stopped", json, began, observer: new StoppingObserver(stop, 5), stop: _ => stop.Token));
        IReadOnlyDictionary<string, string> found = SharedRuns.Files(SharedRuns.Run(folder, "stopped", json, goesOn)[0].Folder);
        Assert.All(
            expected.Where(file => !IsOfStop(file.Key)),
            file => Assert.True(file.Value == found[file.Key], $"{file.Key} differs"));

        // The step after which it stopped has a checkpoint that a run without a stop does not write, in place of one that is older.
        static bool IsOfStop(string file) =>
            file.StartsWith("checkpoints", StringComparison.Ordinal) && !file.Contains("step-8", StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_to_stop_in_one_process_stops_all_after_the_same_step()
    {
        using var folder = SharedRuns.Prepare();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => SharedRuns.Run(
            folder,
            "run",
            SharedRuns.Stages["sft"],
            4,
            observer: new StoppingObserver(stop, 5),
            stop: rank => rank == 3 ? stop.Token : CancellationToken.None));
        Assert.Contains("step-5", Directory.EnumerateDirectories(Path.Combine(folder.Path, "run", "checkpoints")).Select(Path.GetFileName));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void An_optimizer_whose_state_is_shared_out_leaves_the_same_files(string stage)
    {
        using var folder = SharedRuns.Prepare();
        string json = SharedRuns.Stages[stage];
        IReadOnlyDictionary<string, string> expected = SharedRuns.Files(SharedRuns.Run(folder, "whole", json, 1)[0].Folder);
        IReadOnlyDictionary<string, string> found =
            SharedRuns.Files(SharedRuns.Run(folder, "shared", json, 4, shardsOptimizer: true)[0].Folder);
        Assert.All(expected, file => Assert.True(file.Value == found[file.Key], $"{file.Key} differs"));
    }

    [Theory]
    [InlineData(3, 4, "found 4 shards of a step for 3 processes; expected ", ": 1, 2, 4; ")]
    [InlineData(8, 4, "found 4 shards of a step for 8 processes; expected ", ": 1, 2, 4; or gradientShards of 8, which a new run can have")]
    [InlineData(2, 1, "found 1 shards of a step for 2 processes; expected ", ": 1; ")]
    public void A_number_of_processes_that_shards_cannot_be_shared_out_over_is_refused(
        int processes, int shards, string found, string expected)
    {
        using var folder = SharedRuns.Prepare();
        var refused = Assert.Throws<InputException>(
            () => SharedRuns.Run(folder, "run", SharedRuns.Stages["sft"], processes, [$"gradientShards={shards}"]));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "run")));
    }

    [Fact]
    public void A_number_of_shards_that_is_no_power_of_two_is_refused()
    {
        using var folder = SharedRuns.Prepare();
        var refused = Assert.Throws<InputException>(
            () => SharedRuns.Run(folder, "run", SharedRuns.Stages["sft"], 1, ["gradientShards=3"]));
        Assert.Contains("gradientShards: found 3; expected a power of two, such as 4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_with_the_shards_that_it_began_with()
    {
        using var folder = SharedRuns.Prepare();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => SharedRuns.Run(
            folder, "run", SharedRuns.Stages["sft"], 1, ["gradientShards=2"], new StoppingObserver(stop, 5), _ => stop.Token));
        var refused = Assert.Throws<InputException>(() => SharedRuns.Run(folder, "run", SharedRuns.Stages["sft"], 1));
        Assert.Contains(
            "gradientShards: found 4 asked for; expected 2, which the run began with", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_of_little_work_is_not_cut()
    {
        using var folder = SharedRuns.Prepare();
        string stage = SharedRuns.Stages["sft"];
        SharedRuns.Run(folder, "whole", stage, 1, ["gradientShards=1"]);
        SharedRuns.Run(folder, "little", stage, 1, ["shardWork=200000000"]);
        SharedRuns.Run(folder, "cut", stage, 1);
        IReadOnlyDictionary<string, string> whole = SharedRuns.Files(Path.Combine(folder.Path, "whole"));
        Assert.Equal(whole, SharedRuns.Files(Path.Combine(folder.Path, "little")));
        Assert.NotEqual(whole, SharedRuns.Files(Path.Combine(folder.Path, "cut")));
    }

    [Fact]
    public void A_run_of_before_there_were_shards_goes_on_with_one()
    {
        using var folder = SharedRuns.Prepare();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => SharedRuns.Run(
            folder, "run", SharedRuns.Stages["sft"], 1, ["gradientShards=1"], new StoppingObserver(stop, 5), _ => stop.Token));
        string file = Path.Combine(folder.Path, "run", "run.json");
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), @",\s*""(gradientShards|shardWork)"": \d+", ""));
        var refused = Assert.Throws<InputException>(() => SharedRuns.Run(folder, "run", SharedRuns.Stages["sft"], 1));
        Assert.Contains("found 4 asked for; expected 1, which the run began with", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(SharedRuns.Run(folder, "run", SharedRuns.Stages["sft"], 1, ["gradientShards=1"]));
    }

    [Fact]
    public void Dropout_drops_the_same_elements_in_any_number_of_processes()
    {
        using var folder = SharedRuns.Prepare();
        string from = RandomModels.Write(Path.Combine(folder.Path, "model"), "llama", NumberType.F32);
        string model = $"\"model\": {{ \"from\": \"{from}\" }}, \"lora\": {{ \"rank\": 2, \"dropout\": 0.5 }}";
        string stage = SharedRuns.Stages["sft"];
        IReadOnlyDictionary<string, string> expected = SharedRuns.Files(SharedRuns.Run(folder, "one", stage, 1, model: model)[0].Folder);
        IReadOnlyDictionary<string, string> found = SharedRuns.Files(SharedRuns.Run(folder, "four", stage, 4, model: model)[0].Folder);
        Assert.All(expected, file => Assert.True(file.Value == found[file.Key], $"{file.Key} differs"));
    }

    [Fact]
    public void A_reward_is_asked_once_for_each_completion_whatever_the_number_of_processes()
    {
        Assert.Equal(Asked(1), Asked(4));

        static int Asked(int processes)
        {
            int asked = 0;
            using var folder = SharedRuns.Prepare();
            Registry registry = Registry.Default.AddReward("counted", sample =>
            {
                Interlocked.Increment(ref asked);
                return sample.Completion.Length;
            });
            string stage = SharedRuns.Stages["grpo"].Replace(
                "{ \"type\": \"length\", \"maxTokens\": 2 }", "\"counted\"", StringComparison.Ordinal);
            SharedRuns.Run(folder, "run", stage, processes, registry: registry);
            return asked;
        }
    }

    [Fact]
    public void A_reward_that_fails_ends_all_processes_with_a_checkpoint_of_the_steps_before()
    {
        using var folder = SharedRuns.Prepare();
        int asked = 0;
        Registry registry = Registry.Default.AddReward("failing", sample =>
            Interlocked.Increment(ref asked) > 50 ? throw new TimeoutException("no answer") : 1);
        string stage = SharedRuns.Stages["grpo"].Replace(
            "{ \"type\": \"length\", \"maxTokens\": 2 }", "\"failing\"", StringComparison.Ordinal);
        var failed = Assert.Throws<RewardFailedException>(() => SharedRuns.Run(folder, "run", stage, 4, registry: registry));
        Assert.Contains("TimeoutException: no answer", failed.Message, StringComparison.Ordinal);
        Assert.Contains("step-5", Directory.EnumerateDirectories(Path.Combine(folder.Path, "run", "checkpoints")).Select(Path.GetFileName));
    }
}
