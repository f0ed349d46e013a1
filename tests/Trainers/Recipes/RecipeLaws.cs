using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Recipes;

public class RecipeLaws
{
    private const string Minimal = """
        {
          // Comments and trailing commas are allowed.
          "characters": "0123456789+=",
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 10 },
            { "type": "grpo", "data": "prompts.csv", "steps": 20, "algorithm": { "groupSize": 16 }, },
          ],
        }
        """;

    // The rewards that there are, as messages list them.
    private static readonly string Known = string.Join(
        ", ",
        typeof(RewardSettings).GetNestedTypes()
            .Where(type => !type.IsAbstract)
            .Select(type => $"\"{char.ToLowerInvariant(type.Name[0])}{type.Name[1..]}\"")
            .Order(StringComparer.Ordinal));

    private static readonly Gen<double> Fractions = Gen.Choose(1, 999_999).Select(number => number / 1_000_003.0);

    private static readonly Func<double, Surrogate>[] Surrogates =
    [
        clip => new Surrogate.Clip(clip),
        clip => new Surrogate.Clip(DualClip: 1 + clip),
        clip => new Surrogate.Gspo(clip, clip),
        clip => new Surrogate.Cispo(1 + clip),
        clip => new Surrogate.Vespo(NegativeRate: clip),
        _ => new Surrogate.ImportanceWeighted(),
    ];

    private static readonly Gen<StageSettings> Stages = Gen.OneOf(
        from steps in Gen.Choose(1, 9999)
        from batch in Gen.Choose(1, 512)
        from rate in Fractions
        from schedule in Gen.Elements<Schedule>(
            new Schedule.Constant(),
            new Schedule.Linear(),
            new Schedule.Cosine(Cycles: 0.25),
            new Schedule.WarmupStableDecay(0, 3, 4, DecayShape.Linear))
        select (StageSettings)new SupervisedSettings
        {
            Name = "a",
            Data = "x.csv",
            Steps = steps,
            BatchSize = batch,
            Optimizer = new OptimizerSettings { LearningRate = rate, Beta1 = rate, Schedule = schedule with { WarmupSteps = steps / 2 } },
        },
        from steps in Gen.Choose(1, 9999) from size in Gen.Choose(2, 64) from clip in Fractions
        from algorithm in Gen.Elements(Algorithms.Grpo(), Algorithms.DrGrpo())
        from surrogate in Gen.Elements(Surrogates) from shuffle in Gen.Elements(true, false)
        select (StageSettings)new OnPolicySettings
        {
            Name = "a",
            Data = "y.csv",
            Steps = steps,
            ShuffleRewards = shuffle,
            Rewards = [new RewardSettings.Exact { Weight = clip }, new RewardSettings.Numeric { Within = "answer" }],
            Algorithm = algorithm with
            {
                GroupSize = size,
                Surrogate = surrogate(clip),
                Sampling = new SamplingOptions { Temperature = 0.5 + clip, TopK = size },
            },
        });

    private static readonly Gen<Recipe> Recipes =
        from stages in Gen.NonEmptyListOf(Stages)
        from seed in Gen.Choose(0, int.MaxValue)
        from start in Gen.Elements("", "runs/base")
        from evaluated in Gen.Elements(true, false)
        from prompt in Gen.Elements("prompt", "question", "Problem text")
        from layers in Gen.Choose(1, 99)
        select new Recipe
        {
            Name = "r-1.x",
            Seed = ulong.MaxValue - (ulong)seed,

            Characters = start.Length > 0 ? new Recipe().Characters : "ab\"\\é😀",
            Model = start.Length > 0 ? new ModelSettings { From = start } : new ModelSettings { Layers = layers, InitStd = 1.0 / layers },
            Stages = [.. stages.Select((stage, index) => stage with { Name = $"s{index}", Columns = new() { Prompt = prompt } })],
            Evaluation = evaluated ? new EvaluationSettings { Data = "e.csv", Samples = layers } : null,
        };

    [Theory]
    [InlineData("{ \"name\": \"a\\ud800\" }")]
    [InlineData("{ \"\\udc00\": 1 }")]
    public void Half_of_a_surrogate_pair_is_refused(string json) => Assert.Contains(
        "found text that is not JSON",
        Assert.Throws<InputException>(() => RecipeReader.Parse(json, "r.json", [])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Reading_undoes_writing() =>
        Laws.Hold(Recipes, recipe => RecipeReader.Parse(RecipeWriter.Print(recipe), "r.json", []).Equals(recipe), count: 200);

    [Fact]
    public void A_setting_by_option_is_the_setting_in_the_file() => Laws.Hold(
        from rate in Fractions from steps in Gen.Choose(1, 9999) from byName in Gen.Elements("grpo", "1") select (rate, steps, byName),
        set => RecipeReader.Parse(
            Minimal,
            "r.json",
            [$"stages.{set.byName}.optimizer.learningRate={set.rate:R}", $"stages.{set.byName}.steps={set.steps}"])
            .Equals(Change(stage => stage with { Steps = set.steps, Optimizer = stage.Optimizer with { LearningRate = set.rate } })));

    [Fact]
    public void What_a_recipe_does_not_say_has_the_records_defaults()
    {
        Recipe recipe = RecipeReader.Parse(Minimal, "r.json", []);
        Assert.Equal(
            new Recipe
            {
                Characters = "0123456789+=",
                Stages =
                [
                    new SupervisedSettings { Name = "sft", Data = "sft.csv", Steps = 10 },
                    new OnPolicySettings
                    {
                        Name = "grpo",
                        Data = "prompts.csv",
                        Steps = 20,
                        Algorithm = Algorithms.Grpo() with { GroupSize = 16 },
                    },
                ],
            },
            recipe);
    }

    [Fact]
    public void Options_reach_every_kind_of_setting()
    {
        Recipe recipe = RecipeReader.Parse(
            Minimal,
            "r.json",
            [
                "name=3", "seed=7", "seed=18446744073709551615", "model.heads=2", "evaluation.data=e.csv", "stages.grpo.rewards=exact",
                "stages.grpo.shuffleRewards=true", "stages.grpo.algorithm.sampling.topP=0.9", "checkpoints={\"every\": 5}",
            ]);
        var stage = (OnPolicySettings)recipe.Stages[1];
        Assert.Equal(
            ("3", ulong.MaxValue, 2, "e.csv", 5),
            (recipe.Name, recipe.Seed, recipe.Model.Heads, recipe.Evaluation?.Data, recipe.Checkpoints.Every));
        Assert.Equal(
            (new RewardSettings.Exact(), true, 0.9, 16),
            (Assert.Single(stage.Rewards), stage.ShuffleRewards, stage.Algorithm.Sampling.TopP, stage.Algorithm.GroupSize));
        Assert.Null(RecipeReader.Parse(Minimal, "r.json", ["evaluation.data=e.csv", "evaluation=null"]).Evaluation);
    }

    [Theory]
    [InlineData("modle.layers=2", "--set modle.layers=2, modle: found the unknown setting \"modle\"; expected \"model\", perhaps.")]
    [InlineData(
        "stages.grpo.stepz=2",
        "--set stages.grpo.stepz=2, stages[1].stepz: found the unknown setting \"stepz\"; expected \"steps\", perhaps.")]
    [InlineData(
        "stages.grpo.steps=many",
        "--set stages.grpo.steps=many, stages[1].steps: found \"many\"; expected a whole number of at least 1.")]
    [InlineData("stages.grpo.steps=0", "found \"0\"; expected a whole number of at least 1.")]
    [InlineData(
        "stages.1.optimizer.learningRate=NaN",
        "--set stages.1.optimizer.learningRate=NaN, stages[1].optimizer.learningRate: found \"NaN\"; expected a number above 0.")]
    [InlineData("stages.1.optimizer.learningRate=0,1", "found \"0,1\"; expected a number above 0.")]
    [InlineData("stages.ppo.steps=2", "--set stages.ppo.steps=2, stages: found \"ppo\"; expected a stage: sft (0), grpo (1).")]
    [InlineData("stages.7.steps=2", "found \"7\"; expected a stage: sft (0), grpo (1).")]
    [InlineData("seed=-1", "--set seed=-1, seed: found \"-1\"; expected a whole number from 0 to 18446744073709551615.")]
    [InlineData("seed.x=1", "--set seed.x=1, seed: found {\"x\":\"1\"}; expected a whole number from 0")]
    [InlineData("seed", "--set seed: found no key and value; expected key=value, such as seed=3 or stages.grpo.steps=50.")]
    [InlineData("=3", "found no key and value")]
    [InlineData("a..b=3", "found no key and value")]
    [InlineData("stages=3", "--set stages=3, stages: found \"3\"; expected a list of stages.")]
    [InlineData(
        "stages.1=3",
        "--set stages.1=3, stages: found \"1\" of a list; expected stages.NAME.SETTING=VALUE or stages[INDEX].SETTING=VALUE, as the list "
            + "has 2.")]
    [InlineData("characters.x=3", "--set characters.x=3, characters: found \"x\" of one value; expected characters=VALUE, as it has")]
    [InlineData("stages[1].steps=0", "--set stages[1].steps=0, stages[1].steps: found \"0\"; expected a whole number of at least 1.")]
    [InlineData("stages[7].steps=2", "found \"7\"; expected a stage: sft (0), grpo (1).")]
    [InlineData("stages[1]steps=2", "found ")]
    [InlineData("model=[", "--set model=[, model: found text that is not JSON")]
    [InlineData(
        "model.heads=3",
        "--set model.heads=3, model.heads: found 3, with a width of 128; expected a divisor of the width, or a headSize.")]
    [InlineData("stages.grpo.algorithm.groupSize=0", "found \"0\"; expected a whole number of at least 1.")]
    [InlineData(
        "stages.grpo.algorithm.groupSize=1",
        "stages[1].algorithm.groupSize: found 1, with the advantage groupRelative; expected at least 2")]
    [InlineData("stages.grpo.algorithm.clipLow=1", "found \"1\"; expected a number above 0 and below 1.")]
    [InlineData(
        "stages.grpo.algorithm.miniBatches=65",
        "found 65, with 64 prompts per step; expected a divisor of the prompts, so that none is left out.")]
    [InlineData("stages.grpo.algorithm.miniBatches=5", "found 5, with 64 prompts per step; expected a divisor of the prompts")]
    [InlineData(
        "stages.grpo.algorithm.surrogate=cipso",
        "stages[1].algorithm.surrogate: found \"cipso\"; expected one of \"clip\", \"twoSided\", \"gspo\", \"gmpo\", \"cispo\"")]
    [InlineData(
        "stages.grpo.algorithm.weightCap=3",
        "stages[1].algorithm.weightCap: found \"3\", which the surrogate clip ignores; expected no such setting, or the "
            + "surrogate cispo")]
    [InlineData("stages.grpo.algorithm.klPlacement=rewards", "expected one of \"loss\", \"reward\"; \"reward\", perhaps.")]
    [InlineData(
        "stages.grpo.algorithm.aggregation=sequencemean",
        "expected one of \"tokenMean\", \"sequenceMean\", \"constantLength\", \"sequenceSum\"; \"sequenceMean\", perhaps.")]
    [InlineData(
        "stages.grpo.maxCompletionTokens=64",
        "stages[1].maxCompletionTokens: found 64; expected less than the model's context of 64, to leave room for a prompt.")]
    [InlineData("stages.sft.optimizer.warmupSteps=11", "found 11; expected at most the 10 optimizer steps of the stage.")]
    [InlineData("stages.sft.name=grpo", "found 2 stages named \"grpo\"; expected a different name for each.")]
    [InlineData("stages.sft.groupSize=4", "found the unknown setting \"groupSize\"")]
    [InlineData(
        "stages.sft.columns.promt=q", "stages[0].columns.promt: found the unknown setting \"promt\"; expected \"prompt\", perhaps.")]
    [InlineData(
        "stages.sft.columns.answer=q",
        "stages[0].columns.answer: found \"q\", which sft data does not have; expected only prompt, messages, system, completion.")]
    [InlineData(
        "stages.grpo.columns.answer=prompt",
        "stages[1].columns: found the column \"prompt\" as prompt and answer; expected a different column for each.")]
    [InlineData("stages.grpo.columns.prompt=", "stages[1].columns.prompt: found \"\"; expected the name of a column.")]
    [InlineData(
        "evaluation={\"data\":\"e.csv\",\"columns\":{\"reward\":\"r\"}}",
        "evaluation.columns.reward: found \"r\", which prompts data does not have; expected only prompt, messages, system, answer.")]
    [InlineData(
        "name=../x", "--set name=../x, name: found \"../x\"; expected a name of letters, digits, '-', '_' and '.', as it names a folder.")]
    [InlineData("characters=aa", "found 'a' (U+0061) twice")]
    [InlineData("model.from=runs/x", "characters: found a setting; expected none, as model.from determines it.")]
    [InlineData("startFrom=runs/x", "startFrom: found")]
    [InlineData("evaluation.samples=2", "evaluation.data: found nothing; expected the path of a CSV file.")]
    public void A_bad_option_is_refused_by_what_was_typed(string setting, string message)
    {
        string error = Assert.Throws<InputException>(() => RecipeReader.Parse(Minimal, "r.json", [setting])).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n'));
    }

    [Fact]
    public void All_problems_of_a_recipe_are_reported_at_once()
    {
        const string Bad = """
            {
              "sead": 1, "seed": 1.5, "name": 7, "characters": "ab",
              "model": { "layers": "2", "tiedHead": 1 },
              "stages": [
                          { "type": "grop", "steps": 1 }, { "type": "sft", "data": "" }, 5,
                          { "type": "grpo", "data": "x", "steps": 1, "algorithm": [] } ],
              "evaluation": { "data": "e.csv", "rewards": ["numerc"] },
              "checkpoints": null
            }
            """;
        string[] expected =
        [
            "b.json, sead: found the unknown setting \"sead\"; expected \"seed\", perhaps.",
            "b.json, seed: found 1.5; expected a whole number from 0 to 18446744073709551615.",
            "b.json, name: found 7; expected a name of letters, digits, '-', '_' and '.', as it names a folder.",
            "b.json, model.layers: found \"2\"; expected a whole number of at least 1.",
            "b.json, model.tiedHead: found 1; expected true or false.",
            "b.json, stages[0].type: found \"grop\"; expected one of "
                + $"{string.Join(", ", Registry.Default.Stages.Select(name => $"\"{name}\""))}; \"grpo\", perhaps.",
            "b.json, stages[1].data: found \"\"; expected the path of a CSV file.",
            "b.json, stages[1].steps: found nothing; expected a whole number of at least 1.",
            "b.json, stages[2]: found 5; expected an object of settings.",
            "b.json, stages[3].algorithm: found []; expected an object of settings.",
            $"b.json, evaluation.rewards[0]: found \"numerc\"; expected one of {Known}; \"numeric\", perhaps.",
            "b.json, checkpoints: found null; expected an object of settings.",
        ];
        Assert.Equal(expected, Assert.Throws<InputException>(() => RecipeReader.Parse(Bad, "b.json", [])).Message.Split('\n'));
    }

    [Theory]
    [InlineData("{ \"seed\": 1, }x", "row 1: found text that is not JSON")]
    [InlineData("{\n\n\"seed\": }", "row 3: found text that is not JSON")]
    [InlineData("{\"seed\": 1, \"seed\": 2}", "found text that is not JSON")]
    [InlineData("[]", "found JSON that is not an object")]
    [InlineData("{}", "stages: found none; expected at least one stage.")]
    public void A_file_that_is_no_recipe_is_refused(string json, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<InputException>(() => RecipeReader.Parse(json, "r.json", [])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Datasets_are_found_beside_the_recipe()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("r.json", Minimal);
        folder.Write("sft.csv", "");
        Recipe recipe = RecipeReader.Read(file, []);
        Assert.Equal(Path.Combine(folder.Path, "sft.csv"), recipe.Stages[0].Data);
        Assert.Equal(Path.GetFullPath("prompts.csv"), recipe.Stages[1].Data);
        Assert.Contains(
            $"found no such file, only {file}",
            Assert.Throws<InputException>(() => RecipeReader.Read(Path.Combine(folder.Path, "s.json"), [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_number_of_all_settings_has_a_range()
    {
        IEnumerable<Type> cases = Registry.Default.UnionOf(typeof(StageSettings))!.Cases.Values
            .Concat(Registry.Default.UnionOf(typeof(RewardSettings))!.Cases.Values)
            .Select(create => create().GetType());
        Type[] records = [.. cases.Append(typeof(Recipe)).SelectMany(Nested).Distinct()];
        Assert.True(records.Length > 30, "The records that a recipe is made of are no longer found.");
        Assert.Empty(records.SelectMany(SettingsSchema.Settings)
            .Where(setting => setting.PropertyType == typeof(int) || setting.PropertyType == typeof(double))
            .Where(setting => SettingRule.Of(setting) is null)
            .Select(setting => $"{setting.DeclaringType?.Name}.{setting.Name}"));
    }

    // A record and those that its settings are.
    private static IEnumerable<Type> Nested(Type record) => SettingsSchema.Settings(record)
        .Select(setting => setting.PropertyType)
        .Where(type => SettingsSchema.IsRecord(type) && !type.IsAbstract)
        .SelectMany(Nested)
        .Prepend(record);

    private static Recipe Change(Func<StageSettings, StageSettings> change)
    {
        Recipe recipe = RecipeReader.Parse(Minimal, "r.json", []);
        return recipe with { Stages = [recipe.Stages[0], change(recipe.Stages[1])] };
    }

    [Fact]
    public void Every_known_algorithm_is_a_recipe_that_is_accepted()
    {
        foreach (var (name, algorithm) in Algorithms.All)
        {
            string json = "{ \"characters\": \"ab\", \"stages\": [ { \"type\": \""
                + name
                + "\", \"data\": \"p.csv\", \"steps\": 1, \"maxCompletionTokens\": 4"
                + (name == "cgpo" ? ", \"judges\": [\"exact\"]" : "")
                + " } ] }";
            var stage = Assert.IsType<OnPolicySettings>(RecipeReader.Parse(json, "recipe.json", []).Stages[0]);
            Assert.Equal(algorithm, stage.Algorithm);
        }
    }
}
