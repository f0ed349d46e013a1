using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>What an on-policy stage refuses, and how it says so.</summary>
public class AlgorithmRuleLaws
{
    [Theory]
    [InlineData("\"surrogate\": \"reinforce\", \"miniBatches\": 2", "2 updates per rollout, with the surrogate reinforce; expected 1")]
    [InlineData(
        "\"surrogate\": \"sapo\", \"clipHigh\": 0.3",
        "0.3, which the surrogate sapo ignores; expected no such setting, or the surrogate clip, twoSided, gspo or gmpo")]
    [InlineData("\"surrogate\": \"cispo\", \"weightCap\": 0.5", "algorithm.weightCap: found 0.5; expected a number of at least 1")]
    [InlineData(
        "\"surrogate\": \"gspo\", \"dualClip\": 3",
        "3, which the surrogate gspo ignores; expected no such setting, or the surrogate clip")]
    [InlineData("\"dualClip\": 0.5", "algorithm.dualClip: found 0.5; expected a number above 1, or null for none")]
    [InlineData("\"clipLow\": 1.5", "expected a number above 0 and below 1")]
    [InlineData(
        "\"advantage\": \"leaveOneOut\", \"advantageScale\": \"batch\"",
        "\"batch\", which the advantage leaveOneOut ignores; "
            + "expected no such setting, or the advantage groupRelative, stepRelative or bestOfGroup")]
    [InlineData(
        "\"advantage\": \"stepRelative\", \"groupSize\": 1",
        "algorithm.groupSize: found 1, with the advantage stepRelative; expected at least 2")]
    [InlineData(
        "\"advantage\": \"stepRelative\"",
        "rewards: found no reward of the type process, with the advantage stepRelative; expected one, whose rewards of steps it reads")]
    [InlineData(
        "\"advantage\": \"leaveOneOut\", \"groupSize\": 1",
        "algorithm.groupSize: found 1, with the advantage leaveOneOut; expected at least 2")]
    [InlineData(
        "\"gamma\": 0.9",
        "0.9, which the advantage groupRelative ignores; expected no such setting, or the advantage gae or rewardToGo")]
    [InlineData("\"lambda\": 0.5", "0.5, which the advantage groupRelative ignores; expected no such setting, or the advantage gae")]
    [InlineData("\"value\": {}", "a value model, which the advantage groupRelative ignores; expected null, or the advantage gae")]
    [InlineData(
        "\"rewardKlEstimator\": \"k2\"",
        "algorithm.rewardKlEstimator: found the unknown setting \"rewardKlEstimator\"; expected \"klEstimator\", its new name")]
    [InlineData("\"klTarget\": 6", "algorithm.klTarget: found 6, with a KL coefficient of 0, which cannot be adapted")]
    [InlineData("\"klHorizon\": 100", "100, which a fixed KL coefficient ignores; expected no such setting, or a klTarget above 0")]
    [InlineData("\"maxSamplingRounds\": 5", "5, without dynamic sampling; expected no such setting, or dynamicSampling")]
    [InlineData(
        "\"dynamicSampling\": true, \"advantage\": \"rewardToGo\", \"groupSize\": 1",
        "true, with one completion per prompt; expected false")]
    [InlineData("\"overlongBuffer\": 32", "algorithm.overlongBuffer: found 32, with completions of at most 32 tokens; expected fewer")]
    [InlineData(
        "\"overlongPenalty\": 2", "2, without a buffer over which it grows; expected no such setting, or an overlongBuffer above 0")]
    [InlineData(
        "\"advantage\": \"bestOfGroup\", \"advantageScale\": \"batch\"",
        "batch, with the advantage bestOfGroup; expected group or none")]
    [InlineData("\"surrogate\": \"ppoClip\"", "algorithm.surrogate: found \"ppoClip\"; expected \"clip\", its new name")]
    [InlineData(
        "\"surrogate\": \"gsop\"",
        "algorithm.surrogate: found \"gsop\"; expected one of \"clip\", \"twoSided\", \"gspo\"")]
    [InlineData("\"surrogate\": \"gsop\"", "; \"gspo\", perhaps")]
    [InlineData(
        "\"sampling\": { \"temperature\": 1e-39 }",
        "algorithm.sampling.temperature: found 1E-39; expected at least 0.001: the policy's log-probs are computed at this temperature")]
    [InlineData("\"surrogate\": \"sapo\", \"positiveTemperature\": 1e-39", "expected a number of at least 0.001")]
    [InlineData(
        "\"trustRegion\": {}, \"miniBatches\": 2",
        "iterations, miniBatches: found 2 updates per rollout, with a trust region around the policy of the rollout; expected 1")]
    [InlineData(
        "\"trustRegion\": {}, \"surrogate\": \"reinforce\"",
        "surrogate: found reinforce, which says nothing of a policy other than that of the rollout; expected importanceWeighted")]
    [InlineData("\"trustRegion\": { \"maxKl\": 0 }", "trustRegion.maxKl: found 0; expected a number above 0")]
    [InlineData("\"trustRegion\": { \"shrink\": 1 }", "trustRegion.shrink: found 1; expected a number above 0 and below 1")]
    [InlineData("\"epochKlTarget\": 0.1", "0.1, with one update a rollout; expected 0")]
    public void A_group_relative_stage_refuses_what_its_algorithm_does_not_read(string settings, string expected) =>
        AssertRefused("grpo", settings, expected);

    [Theory]
    [InlineData("\"value\": null", "algorithm.value: found null, with the advantage gae; expected the settings of a value model")]
    [InlineData(
        "\"value\": { \"coefficient\": 1 }",
        "algorithm.value.coefficient: found 1, which a value model with its own trunk ignores")]
    [InlineData(
        "\"value\": { \"trunk\": \"shared\", \"optimizer\": { \"learningRate\": 1 } }",
        "settings that a value model on the policy's trunk ignores; expected no such settings, or the trunk own")]
    [InlineData(
        "\"value\": { \"trunk\": \"shared\", \"startFrom\": \"rm\" }",
        "settings that a value model on the policy's trunk ignores")]
    [InlineData(
        "\"value\": { \"optimizer\": { \"warmupSteps\": 99 } }",
        "algorithm.value.optimizer.warmupSteps: found 99; expected at most the 4 optimizer steps of the stage")]
    [InlineData("\"lambda\": 1.5", "algorithm.lambda: found 1.5; expected a number from 0 to 1")]
    [InlineData("\"advantageEpsilon\": 1", "1, which the advantage gae ignores")]
    public void An_actor_critic_stage_refuses_what_its_values_do_not_read(string settings, string expected) =>
        AssertRefused("ppo", settings, expected);

    [Theory]
    [InlineData(
        "cgpo", "\"judges\": []",
        "stages[0].judges: found none, with the advantage constrained; expected at least one reward that judges completions")]
    [InlineData(
        "grpo", "\"judges\": [\"exact\"]",
        "judges, which the advantage groupRelative ignores; expected no such settings, or the algorithm cgpo")]
    [InlineData("cgpo", "\"judges\": [{ \"type\": \"exact\", \"weight\": 2 }]", "a judge with a weight; expected no weight")]
    [InlineData("ppo", "\"mixData\": \"x.csv\"", "stages[0].mixData, mixCoefficient: found \"x.csv\", 0; expected both, or neither")]
    [InlineData("ppo", "\"mixCoefficient\": 1", "found \"\", 1; expected both, or neither")]
    [InlineData(
        "grpo",
        "\"shuffleRewards\": true, \"rewards\": [{ \"type\": \"process\", \"from\": \"x/\" }], "
            + "\"algorithm\": { \"advantage\": \"stepRelative\" }",
        "stages[0].shuffleRewards: found true, with the advantage stepRelative; expected false")]
    [InlineData("ppo", "\"mixBatchSize\": 8", "8, without mixData; expected no such setting, or mixData")]
    [InlineData(
        "ppo", "\"algorithm\": { \"value\": { \"startFrom\": \"rm\" } }",
        "stages[0].algorithm.value.startFrom: found \"rm\"; expected the name of an earlier stage")]
    [InlineData(
        "grpo", "\"secondAttempt\": { \"prompt\": \"{answer}!\" }, \"algorithm\": { \"dynamicSampling\": true }",
        "stages[0].algorithm.dynamicSampling: found true, with secondAttempt")]
    [InlineData(
        "remax", "\"secondAttempt\": { \"prompt\": \"{answer}!\" }",
        "stages[0].algorithm.advantage: found greedyBaseline, with secondAttempt; expected groupRelative")]
    [InlineData(
        "grpo", "\"secondAttempt\": { \"prompt\": \"{answer}!\", \"passAt\": 2 }",
        "stages[0].secondAttempt.passAt: found 2, without a promptWhenRight")]
    [InlineData(
        "grpo", "\"secondAttempt\": { \"prompt\": \"{prompt}!\" }",
        "stages[0].secondAttempt.prompt: found \"{prompt}!\"; expected a prompt with {answer}")]
    public void A_stage_refuses_what_its_algorithm_does_not_read(string type, string settings, string expected) =>
        AssertStageRefused(type, settings, expected);

    private static void AssertRefused(string type, string settings, string expected) =>
        AssertStageRefused(type, $"\"algorithm\": {{ {settings} }}", expected);

    private static void AssertStageRefused(string type, string settings, string expected)
    {
        string json = $$"""
            { "characters": "ab", "stages": [ { "type": "{{type}}", "data": "p.csv", "steps": 1, {{settings}} } ] }
            """;
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => RecipeReader.Parse(json, "recipe.json", [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Long_completions_are_penalised_once()
    {
        const string Stage = """
            { "characters": "ab", "stages": [ { "type": "dapo", "data": "d.csv", "steps": 1, "algorithm": { "overlongBuffer": 4 },
              "rewards": ["numeric", { "type": "softOverlong", "maxTokens": 8, "bufferTokens": 2 }] } ] }
            """;
        Assert.Contains(
            "algorithm.overlongBuffer: found 4, beside the reward softOverlong, which penalises the same tokens; expected one of the two",
            Assert.Throws<InputException>(() => RecipeReader.Parse(Stage, "recipe.json", [])).Message,
            StringComparison.Ordinal);
        Assert.NotNull(RecipeReader.Parse(Stage.Replace("\"overlongBuffer\": 4", "", StringComparison.Ordinal), "recipe.json", []));
    }
}
