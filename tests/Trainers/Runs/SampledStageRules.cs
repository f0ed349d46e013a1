using System.Reflection;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>What recipes may say of stages that learn from completions of a model.</summary>
public class SampledStageRules
{
    [Theory]
    [InlineData("reject", "\"selection\": { \"fraction\": 0.5 }", "stages[0].selection.fraction: found 0.5, which keep best does not read; expected no such setting, or keep topFraction.")]
    [InlineData("reject", "\"selection\": { \"keep\": \"topFraction\", \"threshold\": 0.5 }", "stages[0].selection.threshold: found 0.5, which keep topFraction does not read; expected no such setting, or keep passing.")]
    [InlineData("reject", "\"selection\": { \"keep\": \"topFraction\", \"fraction\": 0 }", "stages[0].selection.fraction: found 0; expected a number above 0 and at most 1.")]
    [InlineData("reject", "\"selection\": { \"keep\": \"all\" }", "stages[0].selection.keep: found all, which chooses nothing; expected best, topFraction or passing; all is for the completions of a teacher.")]
    [InlineData("rejectoffline", "\"selection\": { \"keep\": \"all\" }", "stages[0].selection.keep: found all, which chooses nothing")]
    [InlineData("reject", "\"completionsPerPrompt\": 1", "stages[0].completionsPerPrompt: found 1, of which keep best has nothing to choose; expected at least 2, or keep passing.")]
    [InlineData("reject", "\"stepsPerRound\": 0", "stages[0].stepsPerRound: found 0; expected a whole number of at least 1.")]
    [InlineData("reject", "\"maxCompletionTokens\": 64", "stages[0].maxCompletionTokens: found 64; expected less than the model's context of 64, to leave room for a prompt.")]
    [InlineData("reject", "\"sampling\": { \"temperature\": 0 }", "stages[0].sampling.temperature: found 0; expected a number above 0, as greedy completions of one prompt are all alike.")]
    [InlineData("reject", "\"optimizer\": { \"warmupSteps\": 9 }", "stages[0].optimizer.warmupSteps: found 9; expected at most the 1 optimizer steps of the stage.")]
    [InlineData("rejectoffline", "\"stepsPerRound\": 2", "stages[0].stepsPerRound: found the unknown setting \"stepsPerRound\"")]
    public void A_stage_refuses_what_it_does_not_read(string type, string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Parse(type, settings)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("reject", "")]
    [InlineData("reject", "\"selection\": { \"keep\": \"passing\", \"threshold\": 0.5, \"deduplicate\": false }, \"completionsPerPrompt\": 1")]
    [InlineData("rejectoffline", "\"selection\": { \"keep\": \"topFraction\", \"fraction\": 1 }")]
    public void What_is_written_is_read_back(string type, string settings)
    {
        Recipe recipe = Parse(type, settings);
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "again.json", []));
    }

    [Fact]
    public void Every_number_of_these_stages_has_a_range()
    {
        Type[] records = [typeof(StageSettings.Rejection), typeof(StageSettings.ScoredTuning), typeof(SelectionSettings)];
        Type rules = typeof(Recipe).Assembly.GetType("RlCore.Trainers.Runs.RecipeRules", throwOnError: true)!;
        MethodInfo of = rules.GetMethod("Of", BindingFlags.Static | BindingFlags.Public)!;
        Assert.Empty(records.SelectMany(record => record.GetProperties())
            .Where(property => property.CanWrite && (property.PropertyType == typeof(int) || property.PropertyType == typeof(double)) && of.Invoke(null, [property]) is null)
            .Select(property => property.Name));
    }

    [Fact]
    public void Scored_completions_are_chosen_prompt_by_prompt()
    {
        using var folder = new TemporaryFolder();
        var scored = Assert.IsType<StageData.Scored>(Read(folder, "prompt,completion,reward\na,b,0\nb,a,-3\na,bb,1\nb,b,-1\na,ab,1\n", "").Stages[0]);
        Assert.Equal(new TokenSequence[] { Sequence(1, 2, 2, 0), Sequence(2, 2, 0) }, scored.Kept);
        Assert.Equal((-0.4, 0.0, 0.4), (Value(scored, MetricNames.Reward), Value(scored, MetricNames.KeptReward), Value(scored, MetricNames.KeptFraction)));
    }

    [Fact]
    public void A_dataset_of_which_nothing_is_kept_is_refused()
    {
        using var folder = new TemporaryFolder();
        string error = Assert.Throws<InputException>(() => Read(folder, "prompt,completion,reward\na,b,0.25\n", "\"selection\": { \"keep\": \"passing\" }")).Message;
        Assert.Contains("reward: found no reward above 0.25; expected at least one of 1 or more, the threshold of the stage rejectoffline.", error, StringComparison.Ordinal);
    }

    private static Recipe Parse(string type, string settings, string data = "d.csv") => RecipeReader.Parse(
        $"{{ \"characters\": \"ab\", \"stages\": [ {{ \"type\": \"{type}\", \"data\": \"{data}\", \"steps\": 1{(settings.Length > 0 ? ", " : "")}{settings} }} ] }}", "recipe.json", []);

    private static RunInputs Read(TemporaryFolder folder, string csv, string settings) => RunInputs.Read(Parse("rejectoffline", settings, folder.Write("d.csv", csv)));

    private static double Value(StageData.Scored scored, string metric) => Math.Round(scored.Metrics.ToDictionary()[metric], 12);

    // "a" is 1, "b" is 2 and the end of sequence is 0.
    private static TokenSequence Sequence(int prompt, params int[] completion) => new([prompt, .. completion], 1);
}
