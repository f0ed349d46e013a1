using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>A stage's settings as options: the same recipe as from a file, by the same checks.</summary>
public class StageRecipeLaws
{
    private static readonly string[] Start = ["--data", "d.csv", "--steps", "3", "--model", "somewhere"];

    public static TheoryData<string> Stages => [.. StageRecipe.Stages.Keys];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Every_option_has_one_meaning_and_says_it(string stage)
    {
        IReadOnlyList<StageFlag> flags = StageRecipe.Flags(stage, []);
        Assert.NotEmpty(StageRecipe.Stages[stage]);
        Assert.Equal([], flags.Where(flag => flag.Description.Length == 0 || flag.Values.Length == 0).Select(flag => flag.Name));
        Assert.Equal(flags.Count, flags.DistinctBy(flag => flag.Name).Count());
        Assert.Equal(flags.Count, flags.DistinctBy(flag => flag.Path).Count());
        Assert.All(flags, flag => Assert.Matches("^--[a-z0-9]+([-.][a-z0-9]+)*$", flag.Name));
        Assert.Superset(
            new HashSet<string> { "--data", "--steps" },
            flags.Where(flag => flag.IsRequired).Select(flag => flag.Name).ToHashSet());
        Assert.Superset(
            new HashSet<string>
            {
                "--learning-rate", "--model", "--eval-data", "--eval-samples", "--checkpoint-every", "--model-layers",
            },
            flags.Select(flag => flag.Name).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void To_give_an_option_its_default_changes_nothing(string stage)
    {
        Recipe plain = Build(stage, Start);
        Assert.Equal(stage, plain.Name);
        foreach (StageFlag flag in StageRecipe.Flags(stage, []).Where(flag => flag.Default.Length > 0 && !IsOfAnotherRecord(flag)))
        {
            Assert.Equal(RecipeWriter.Print(plain), RecipeWriter.Print(Build(stage, [.. Start, flag.Name, flag.Default])));
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_recipe_of_options_is_the_one_that_its_print_reads_back(string stage)
    {
        Recipe recipe = Build(
            stage,
            [
                .. Start, "--learning-rate", "3e-4", "--eval-data", "e.csv", "--eval-samples", "4", "--checkpoint-keep", "7",
                "--warmup-steps", "2",
            ]);
        Assert.Equal((3e-4, 2), (recipe.Stages[0].Optimizer.LearningRate, recipe.Stages[0].Optimizer.Schedule.WarmupSteps));
        Assert.Equal((4, 7), (recipe.Evaluation?.Samples, recipe.Checkpoints.Keep));
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "printed", []));
    }

    [Fact]
    public void Options_reach_records_within_records()
    {
        var stage = (OnPolicySettings)Build(
            "grpo",
            [
                .. Start, "--temperature", "0.7", "--group-size", "4", "--clip-high", "0.28", "--algorithm.name", "mine",
                "--stage.name", "second", "--shuffle-rewards", "true",
            ]).Stages[0];
        Assert.Equal(
            (0.7, 4, 0.28, "mine", "second", true),
            (
                stage.Algorithm.Sampling.Temperature,
                stage.Algorithm.GroupSize,
                ((Surrogate.Clip)stage.Algorithm.Surrogate).ClipHigh,
                stage.Algorithm.Name,
                stage.Name,
                stage.ShuffleRewards));
    }

    [Fact]
    public void A_name_that_is_taken_is_given_with_what_holds_it() =>
        Assert.Contains("--optimizer.learning-rate", StageRecipe.Flags("sft", ["--learning-rate"]).Select(flag => flag.Name));

    // The rewards that there are, as messages list them.
    private static string KnownRewards =>
        string.Join(
            ", ",
            typeof(RewardSettings).GetNestedTypes()
                .Where(type => !type.IsAbstract)
                .Select(type => $"\"{char.ToLowerInvariant(type.Name[0])}{type.Name[1..]}\"")
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Every_problem_is_named_by_its_option()
    {
        string message = Assert.Throws<InputException>(
            () => Build("grpo", [.. Start, "--learning-rate", "-1", "--rewards", "numerc", "--eval-samples", "4"])).Message;
        Assert.Equal(
            [
                "--eval-samples 4, evaluation.data: found nothing; expected the path of a CSV file.",
                "--learning-rate -1, stages[0].optimizer.learningRate: found \"-1\"; expected a number above 0.",
                $"--rewards numerc, stages[0].rewards: found \"numerc\"; expected one of {KnownRewards}; \"numeric\", perhaps.",
            ],
            message.Split('\n').Order(StringComparer.Ordinal));
        Assert.StartsWith(
            "--characters aa, characters: found ",
            Assert.Throws<InputException>(() => Build("sft", [.. Start[..4], "--characters", "aa"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "algorithm.clipLow: found \"0.1\", which the surrogate sapo ignores",
            Assert.Throws<InputException>(() => Build("sapo", [.. Start, "--clip-low", "0.1"])).Message,
            StringComparison.Ordinal);
    }

    // What only a model from random weights has, or an evaluation: alone, its defaults are not a whole.
    private static bool IsOfAnotherRecord(StageFlag flag) =>
        flag.Path.StartsWith("model", StringComparison.Ordinal) || flag.Path.StartsWith("evaluation", StringComparison.Ordinal);

    private static Recipe Build(string stage, string[] words)
    {
        var flags = StageRecipe.Flags(stage, []).ToDictionary(flag => flag.Name);
        // What a stage cannot do without, besides what the test gives: a teacher.
        IEnumerable<string> needed = flags.Values.Where(flag => flag.IsRequired && flag.Path.EndsWith("teacher", StringComparison.Ordinal))
            .SelectMany(flag => new[] { flag.Name, "teacher" });
        return StageRecipe.Build(
            stage,
            [.. words.Concat(needed).Chunk(2).Select(pair => KeyValuePair.Create(flags[pair[0]], pair[1]))],
            []);
    }
}
