using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>What recipes may say of stages that learn from completions of a model.</summary>
public class SampledStageRules
{
    [Theory]
    [InlineData(
        "reject", "\"selection\": { \"fraction\": 0.5 }",
        "stages[0].selection.fraction: found 0.5, which keep best ignores; expected no such setting, or keep topFraction.")]
    [InlineData(
        "reject", "\"selection\": { \"keep\": \"topFraction\", \"threshold\": 0.5 }",
        "stages[0].selection.threshold: found 0.5, which keep topFraction ignores; expected no such setting, or keep passing.")]
    [InlineData(
        "reject", "\"selection\": { \"keep\": \"topFraction\", \"fraction\": 0 }",
        "stages[0].selection.fraction: found 0; expected a number above 0 and at most 1.")]
    [InlineData(
        "reject", "\"selection\": { \"keep\": \"all\" }",
        "stages[0].selection.keep: found all, which selects nothing; expected best, topFraction or passing; all is for the "
            + "completions of a teacher.")]
    [InlineData("rejectoffline", "\"selection\": { \"keep\": \"all\" }", "stages[0].selection.keep: found all, which selects nothing")]
    [InlineData(
        "reject", "\"completionsPerPrompt\": 1",
        "stages[0].completionsPerPrompt: found 1, which leaves nothing for keep best to select; expected at least 2, or keep passing.")]
    [InlineData("reject", "\"stepsPerRound\": 0", "stages[0].stepsPerRound: found 0; expected a whole number of at least 1.")]
    [InlineData(
        "reject", "\"maxCompletionTokens\": 64",
        "stages[0].maxCompletionTokens: found 64; expected less than the model's context of 64, to leave room for a prompt.")]
    [InlineData(
        "reject", "\"sampling\": { \"temperature\": 0 }",
        "stages[0].sampling.temperature: found 0; expected a number above 0, as greedy completions of one prompt are all the same.")]
    [InlineData(
        "reject", "\"optimizer\": { \"warmupSteps\": 9 }",
        "stages[0].optimizer.warmupSteps: found 9; expected at most the 1 optimizer steps of the stage.")]
    [InlineData("rejectoffline", "\"stepsPerRound\": 2", "stages[0].stepsPerRound: found the unknown setting \"stepsPerRound\"")]
    [InlineData("reject", "\"rewards\": []", "stages[0].rewards: found none; expected at least one reward.")]
    [InlineData(
        "reject", "\"columns\": { \"chosen\": \"x\" }",
        "stages[0].columns.chosen: found \"x\", which prompts data does not have; expected only prompt, messages, system, answer.")]
    [InlineData(
        "rejectoffline", "\"columns\": { \"answer\": \"x\" }",
        "stages[0].columns.answer: found \"x\", which scored data does not have; expected only prompt, messages, system, "
            + "completion, reward.")]
    [InlineData(
        "onlinedpo", "\"completionsPerPrompt\": 1", "stages[0].completionsPerPrompt: found 1; expected a whole number of at least 2.")]
    [InlineData(
        "onlinedpo", "\"pairing\": \"random\"",
        "stages[0].pairing: found random, with 2 completions per prompt, which form only one pair; expected no such setting, or at "
            + "least 3 completions.")]
    [InlineData(
        "onlinedpo", "\"loss\": \"simPo\", \"refreshEvery\": 3",
        "stages[0].refreshEvery: found 3, with the loss simPo, which has no reference; expected 0, or another loss.")]
    [InlineData(
        "onlinedpo", "\"loss\": \"ipo\", \"labelSmoothing\": 0.1",
        "stages[0].labelSmoothing: found 0.1, which the loss ipo ignores")]
    [InlineData("onlinedpo", "\"rewards\": []", "stages[0].rewards: found none; expected at least one reward.")]
    [InlineData(
        "onlinedpo", "\"maxCompletionTokens\": 64",
        "stages[0].maxCompletionTokens: found 64; expected less than the model's context of 64")]
    [InlineData("onlinedpo", "\"batchSize\": 64", "stages[0].batchSize: found the unknown setting \"batchSize\"")]
    [InlineData(
        "distill", "",
        "stages[0].teacher: found nothing; expected the name of an earlier stage, or the folder of a checkpoint or of a run.")]
    [InlineData("gkd", "", "stages[0].teacher: found nothing; expected the name of an earlier stage")]
    [InlineData(
        "distill", "\"teacher\": \"t\", \"rewards\": [\"exact\"]",
        "stages[0].rewards: found settings of rewards, which keep all ignores; expected no such settings, or selection.keep "
            + "best, topFraction or passing.")]
    [InlineData(
        "distill", "\"teacher\": \"t\", \"onRewardError\": \"score\"",
        "stages[0].rewards: found settings of rewards, which keep all ignores")]
    [InlineData(
        "distill", "\"teacher\": \"t\", \"selection\": { \"keep\": \"best\" }, \"completionsPerPrompt\": 1",
        "stages[0].completionsPerPrompt: found 1, which leaves nothing for keep best to select")]
    [InlineData(
        "distill", "\"teacher\": \"t\", \"student\": { \"heads\": 3 }",
        "stages[0].student.heads: found 3, with a width of 128; expected a divisor of the width, or a headSize.")]
    [InlineData(
        "distill", "\"teacher\": \"t\", \"student\": { \"context\": 8 }",
        "stages[0].maxCompletionTokens: found 32; expected less than the model's context of 8, to leave room for a prompt.")]
    [InlineData("gkd", "\"teacher\": \"t\", \"lambda\": 1.5", "stages[0].lambda: found 1.5; expected a number from 0 to 1.")]
    [InlineData("gkd", "\"teacher\": \"t\", \"beta\": -1", "stages[0].beta: found -1; expected a number from 0 to 1.")]
    [InlineData("gkd", "\"teacher\": \"t\", \"temperature\": 0", "stages[0].temperature: found 0; expected a number of at least 0.001.")]
    [InlineData(
        "gkd", "\"teacher\": \"t\", \"lambda\": 1, \"given\": \"teacher\"",
        "stages[0].given: found teacher, with lambda 1, with which every completion is the model's own; expected no such setting, or "
            + "lambda below 1.")]
    [InlineData(
        "gkd", "\"teacher\": \"t\", \"lambda\": 0, \"maxCompletionTokens\": 4",
        "stages[0].sampling, maxCompletionTokens: found settings of sampling, with lambda 0 and the dataset's completions; "
            + "expected no such settings")]
    [InlineData(
        "gkd", "\"teacher\": \"t\", \"lambda\": 1, \"columns\": { \"completion\": \"x\" }",
        "stages[0].columns.completion: found \"x\", which prompts data does not have")]
    [InlineData(
        "reject", "\"search\": {}, \"completionsPerPrompt\": 4",
        "stages[0].completionsPerPrompt: found 4, with a search, which finds as many as its budget allows; expected no such setting, or no "
            + "search.")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": \"mcts\" }",
        "stages[0].search.scorer: found verifier, with the strategy mcts, which scores thoughts before they are complete; expected model "
            + "or policy, mcts with rollouts, or a strategy such as bestOfN.")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": \"majority\", \"scorer\": \"policy\" }",
        "stages[0].search.scorer: found policy, with the strategy majority, which scores nothing; expected no such setting.")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": \"bestOfN\", \"stepEnd\": \"tokens\" }",
        "stages[0].search.stepEnd: found an end of steps, with the strategy bestOfN, which draws whole completions; expected no such "
            + "setting.")]
    [InlineData(
        "reject", "\"search\": { \"scorer\": \"model\" }",
        "stages[0].search.from: found nothing; expected the name of an earlier stage that trains a reward model, or a folder (with a "
            + "slash) that contains one.")]
    [InlineData(
        "reject", "\"search\": { \"scorer\": \"model\", \"from\": \"sft\" }",
        "stages[0].search.from: found a reward model from \"sft\"; expected an earlier stage of the type reward, or a folder (with a "
            + "slash) that contains one.")]
    [InlineData(
        "reject", "\"search\": { \"from\": \"sft\" }",
        "stages[0].search.from: found \"sft\", which the scorer verifier ignores; expected no such setting, or the scorer model.")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": \"refine\" }",
        "stages[0].search.revisionPrompt: found nothing for \"refine\"; expected the prompt of a new answer, with {prompt} and {answer}.")]
    [InlineData(
        "reject", "\"search\": { \"mergePrompt\": \"{answer}\" }",
        "stages[0].search.mergePrompt: found \"{answer}\", with the strategy mcts; expected no such setting.")]
    [InlineData("reject", "\"search\": { \"budget\": 0 }", "stages[0].search.budget: found 0; expected a whole number from 1 to 4096.")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": \"beams\" }",
        "stages[0].search.strategy: found \"beams\"; expected one of \"beam\",")]
    [InlineData(
        "gkd", "\"teacher\": \"t\", \"lambda\": 1, \"maxCompletionTokens\": 64",
        "stages[0].maxCompletionTokens: found 64; expected less than the model's context of 64")]
    public void A_stage_refuses_what_it_does_not_read(string type, string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Parse(type, settings)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("reject", "")]
    [InlineData(
        "reject", "\"selection\": { \"keep\": \"passing\", \"threshold\": 0.5, \"deduplicate\": false }, \"completionsPerPrompt\": 1")]
    [InlineData("rejectoffline", "\"selection\": { \"keep\": \"topFraction\", \"fraction\": 1 }")]
    [InlineData("reject", "\"search\": {}")]
    [InlineData(
        "reject",
        "\"search\": { \"strategy\": { \"type\": \"beam\", \"branching\": 2 }, \"budget\": 3, \"scorer\": \"model\", \"from\": "
            + "\"runs/x/\", \"aggregate\": \"min\", \"stepEnd\": \"tokens\", \"stepTokens\": 5 }")]
    [InlineData(
        "reject", "\"search\": { \"strategy\": { \"type\": \"force\", \"least\": 3 }, \"continue\": \"b\" }")]
    [InlineData(
        "onlinedpo",
        "\"loss\": \"exo\", \"labelSmoothing\": 0.001, \"pairing\": \"random\", \"completionsPerPrompt\": 3, \"refreshEvery\": 7")]
    [InlineData("distill", "\"teacher\": \"t\", \"student\": { \"layers\": 3 }")]
    [InlineData("distill", "\"teacher\": \"t\", \"selection\": { \"keep\": \"passing\" }, \"rewards\": [\"exact\"], \"student\": null")]
    [InlineData("gkd", "\"teacher\": \"t\", \"lambda\": 0.25, \"given\": \"teacher\", \"beta\": 1, \"temperature\": 0.9")]
    public void What_is_written_is_read_back(string type, string settings)
    {
        Recipe recipe = Parse(type, settings);
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "again.json", []));
    }

    [Fact]
    public void Scored_completions_are_chosen_prompt_by_prompt()
    {
        using var folder = new TemporaryFolder();
        var scored = Assert.IsType<ScoredData>(Read(
            folder,
            "prompt,completion,reward\na,b,0\nb,a,-3\na,bb,1\nb,b,-1\na,ab,1\n",
            "").Stages[0]);
        Assert.Equal(new TokenSequence[] { Sequence(1, 2, 2, 0), Sequence(2, 2, 0) }, scored.Kept);
        Assert.Equal(
            (-0.4, 0.0, 0.4),
            (Value(scored, MetricNames.Reward), Value(scored, MetricNames.KeptReward), Value(scored, MetricNames.KeptFraction)));
    }

    [Fact]
    public void A_dataset_of_which_nothing_is_kept_is_refused()
    {
        using var folder = new TemporaryFolder();
        string error = Assert.Throws<InputException>(
            () => Read(folder, "prompt,completion,reward\na,b,0.25\n", "\"selection\": { \"keep\": \"passing\" }")).Message;
        Assert.Contains(
            "reward: found no reward above 0.25; expected at least one of 1 or more, the threshold of the stage rejectoffline.",
            error,
            StringComparison.Ordinal);
    }

    private static Recipe Parse(string type, string settings, string data = "d.csv") => RecipeReader.Parse(
        $"{{ \"characters\": \"ab\", \"stages\": [ {{ \"type\": \"{type}\", \"data\": \"{data}\", \"steps\": "
            + $"1{(settings.Length > 0 ? ", " : "")}{settings} }} ] }}", "recipe.json", []);

    private static RunInputs Read(TemporaryFolder folder, string csv, string settings) =>
        RunInputs.Read(Parse("rejectoffline", settings, folder.Write("d.csv", csv)));

    private static double Value(ScoredData scored, string metric) => Math.Round(scored.Metrics.ToDictionary()[metric], 12);

    // "a" is 1, "b" is 2 and the end of sequence is 0.
    private static TokenSequence Sequence(int prompt, params int[] completion) => new([prompt, .. completion], 1);
}
