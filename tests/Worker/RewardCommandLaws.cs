namespace RlCore.Worker.Tests;

/// <summary>What a person sees of a reward model: its accuracy on held-out pairs, and what it makes of samples.</summary>
public class RewardCommandLaws
{
    [Fact]
    public async Task A_reward_model_is_measured_on_held_out_pairs_and_then_chooses_among_samples()
    {
        using var session = new Session();
        session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n");
        session.Write("held.csv", "prompt,chosen,rejected\n2+1=,3,2\n");
        session.Write("tiny.json", """
            {
              "name": "tiny",
              "characters": "0123456789+=",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
              "stages": [{ "type": "reward", "data": "pairs.csv", "evaluationData": "held.csv", "steps": 3, "batchSize": 2 }]
            }
            """);
        Ending training = await session.TrainAsync();
        Assert.Equal((0, ""), (training.ExitCode, training.Error));
        Assert.Contains("reward 0/3  held-out accuracy 0.500", training.Output, StringComparison.Ordinal);
        Assert.Matches("reward: accuracy on held-out data 50.0 % before, (0|50|100).0 % after", training.Output);

        string[] command = ["eval", "--model", session.Out, "--data", session.In("eval.csv"), "--samples", "4", "--max-tokens", "2"];
        Ending plain = await Session.RunAsync(command);
        Ending ranked = await Session.RunAsync([.. command, "--reward-model", session.Out]);
        Assert.Equal((0, 0, ""), (plain.ExitCode, ranked.ExitCode, ranked.Error));
        Assert.DoesNotContain("best@", plain.Output, StringComparison.Ordinal);
        Assert.Contains("best@4", ranked.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_a_reward_model_cannot_choose()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync()).ExitCode);
        Ending ending = await Session.RunAsync(
            "eval", "--model", session.Out, "--data", session.In("eval.csv"), "--reward-model", session.Out);
        Assert.Equal(
            (
                2,
                $"error: {session.Out}: found no reward.safetensors; expected a checkpoint of a run that has trained a reward "
                    + $"model, or the run's folder.{Environment.NewLine}"),
            (ending.ExitCode, ending.Error));
        Ending reward = await Session.RunAsync(
            "eval", "--model", session.Out, "--data", session.In("eval.csv"), "--reward",
            "[{\"type\":\"rewardModel\",\"from\":\"reward\"}]");
        Assert.Equal(2, reward.ExitCode);
        Assert.Contains(
            "from: found \"reward\"; expected the folder (with a slash) of a run or a checkpoint that holds a reward model.",
            reward.Error,
            StringComparison.Ordinal);
    }
}
