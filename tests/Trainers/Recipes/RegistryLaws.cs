using System.ComponentModel;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>A program's own rewards are bound, checked, printed, described and run as the shipped ones are.</summary>
public sealed class RegistryLaws
{
    private const string Tiny = """
        {
          "characters": "0123456789+=",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [{
            "type": "grpo", "data": "sums.csv", "steps": 2, "promptsPerStep": 2, "maxCompletionTokens": 3,
            "algorithm": { "groupSize": 2 },
            "rewards": ["numeric", { "type": "brevity", "maxCharacters": 2 }]
          }]
        }
        """;

    private static readonly Registry Own = Registry.Default.AddReward<Brevity>("brevity").AddReward("one", _ => 1);

    [Description("1 for a short completion, else 0.")]
    public sealed record Brevity : RewardSettings
    {
        [Within(1), Description("Completions of up to this many characters earn 1.")]
        public int MaxCharacters { get; init; } = 20;

        public override IReward Create(RewardContext context) =>
            SampleReward.Of(Name, sample => sample.Completion.Length <= MaxCharacters ? 1 : 0);
    }

    [Fact]
    public void Its_settings_are_bound_and_what_is_printed_reads_back()
    {
        Recipe recipe = RecipeReader.Parse(
            Tiny,
            "tiny.json",
            ["stages.0.rewards=[\"one\", {\"type\": \"brevity\", \"maxCharacters\": 7}]"],
            Own);
        IReadOnlyList<RewardSettings> rewards = ((OnPolicySettings)recipe.Stages[0]).Rewards;
        Assert.Equal(["one", "brevity"], rewards.Select(reward => reward.Name));
        Assert.Equal(7, ((Brevity)rewards[1]).MaxCharacters);
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "printed", [], Own));
    }

    [Fact]
    public void A_value_out_of_its_range_is_refused_and_so_is_a_name_that_the_registry_lacks()
    {
        var refused = Assert.Throws<InputException>(
            () => RecipeReader.Parse(Tiny.Replace("\": 2 }]", "\": 0 }]", StringComparison.Ordinal), "tiny.json", [], Own));
        Assert.Equal("tiny.json, stages[0].rewards[1].maxCharacters: found 0; expected a whole number of at least 1.", refused.Message);
        var unknown = Assert.Throws<InputException>(() => RecipeReader.Parse(Tiny, "tiny.json", []));
        Assert.Contains("found \"brevity\"; expected one of", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("\"brevity\", perhaps", Assert.Throws<InputException>(
            () => RecipeReader.Parse(
                Tiny.Replace("brevity", "brevety", StringComparison.Ordinal),
                "tiny.json",
                [],
                Own)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_added_once_and_adding_leaves_the_first_registry_as_it_is()
    {
        Assert.Throws<ArgumentException>(() => Own.AddReward("one", _ => 2));
        Assert.Throws<ArgumentException>(() => Own.AddReward<Brevity>("numeric"));
        Assert.Throws<ArgumentException>(() => Own.AddReward("two words", _ => 2));
        Assert.DoesNotContain("one", Registry.Default.Rewards);
    }

    [Fact]
    public void Help_describes_it_with_its_range_and_default()
    {
        (int code, string output, string error) = Run(new SilentWatch(), "--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("brevity: 1 for a short completion, else 0.", output, StringComparison.Ordinal);
        Assert.Contains(
            "  maxCharacters, a whole number of at least 1 [default: 20]\n      Completions of up to",
            output.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_scores_with_it_and_tells_the_programs_observers()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sums.csv", "prompt,answer\n1+1=,2\n1+2=,3\n");
        string recipe = folder.Write("tiny.json", Tiny);
        string run = Path.Combine(folder.Path, "run");
        var watch = new SilentWatch();
        (int code, string output, string error) = Run(watch, recipe, "--output", run);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(2, watch.Steps);
        Assert.Contains("grpo 2/2: ", output, StringComparison.Ordinal);
        Assert.Contains("rewards/brevity/mean", File.ReadLines(Path.Combine(run, "metrics.csv")).First(), StringComparison.Ordinal);
        Assert.Equal(0, Run(watch, recipe, "--output", run, "--resume").Code);
    }

    [Theory]
    [InlineData("error: RECIPE.json: found nothing; expected a recipe's file.", "--resume")]
    [InlineData("error: arguments: found \"--sett\"; expected \"--set\", perhaps.", "a.json", "--sett", "b.json")]
    [InlineData("error: --set: found nothing after it; expected key=value.", "a.json", "--set")]
    public void What_cannot_be_used_of_a_command_line_is_told(string told, params string[] args)
    {
        (int code, _, string error) = Run(new SilentWatch(), args);
        Assert.Equal(2, code);
        Assert.StartsWith(told, error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(SilentWatch watch, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = new TrainingProgram { Registry = Own, Observers = [watch], Output = output, Error = error }.AddManagedEngine().Run(args);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class SilentWatch : IRunObserver
    {
        public int Steps { get; private set; }

        public void StepFinished(StepMetrics metrics) => Steps++;
    }

    [Fact]
    public void A_stage_of_ones_own_is_bound_checked_and_printed_as_the_shipped_ones_are()
    {
        Registry own = Registry.Default.AddStage<Brief>("brief")
            .AddStage("widegrpo", OnPolicySettings.Of(Algorithms.Grpo() with { Name = "wide", Surrogate = new Surrogate.Clip(0.3, 0.5) }));
        const string Json = """
            {
              "characters": "0123456789+=",
              "stages": [
                { "type": "brief", "data": "a.csv", "steps": 1, "mostTokens": 3 },
                { "type": "widegrpo", "data": "b.csv", "steps": 1 }
              ]
            }
            """;
        Recipe recipe = RecipeReader.Parse(Json, "own.json", [], own);
        Assert.Equal(["brief", "widegrpo"], recipe.Stages.Select(stage => stage.Name));
        Assert.Equal(
            (3, new Surrogate.Clip(0.3, 0.5)),
            (((Brief)recipe.Stages[0]).MostTokens, ((OnPolicySettings)recipe.Stages[1]).Algorithm.Surrogate));
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "printed", [], own));
        Assert.Equal(
            "own.json, stages[0].mostTokens: found 0; expected a whole number of at least 1.",
            Assert.Throws<InputException>(
                () => RecipeReader.Parse(Json.Replace("\": 3 }", "\": 0 }", StringComparison.Ordinal), "own.json", [], own)).Message);
        Assert.Contains(
            "found \"brief\"; expected one of",
            Assert.Throws<InputException>(() => RecipeReader.Parse(Json, "own.json", [])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Registry.Default.AddStage<Brief>("grpo"));
    }

    [Fact]
    public void A_stage_of_ones_own_has_the_columns_of_its_groups_and_of_its_own_metrics_and_no_other()
    {
        IReadOnlyList<string> shipped = RecipeMetrics.Of(new Recipe { Stages = [new SupervisedSettings()] });
        Assert.Equal([.. shipped, "brevity"], RecipeMetrics.Of(new Recipe { Stages = [new Brief()] }));
        Assert.DoesNotContain(MetricNames.Reward, RecipeMetrics.Of(new Recipe { Stages = [new RewardStageSettings()] }));
    }

    [Fact]
    public void A_run_with_a_tokenizer_of_ones_own_goes_on_and_is_started_from_as_any_other()
    {
        Registry own = Registry.Default.AddTokenizer<Reversed>("reversed").AddStage<Brief>("brief");
        using var folder = new TemporaryFolder();
        string data = folder.Write("data.csv", "prompt,completion\nab,ba\nba,ab\n");
        Recipe Read(string start, int steps) => RecipeReader.Parse(
            $"{{ {start}, \"stages\": [ {{ \"type\": \"brief\", \"data\": \"{data}\", \"steps\": {steps} }} ], \"checkpoints\": "
                + "{ \"every\": 1 } }",
            "own.json",
            [],
            own);
        string Run(Recipe recipe, string name, int stopAfter)
        {
            string output = Path.Combine(folder.Path, name);
            using var engine = new ManagedEngine();
            using var stop = new CancellationTokenSource();
            var request = new RunRequest(recipe, output, Directory.Exists(output)) { Tokenizers = own.Tokenizers };
            try
            {
                Train.Run(engine, request, new StopAfter(stop, stopAfter), stop.Token);
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }

            return output;
        }

        Recipe recipe = Read(
            "\"tokenizer\": { \"type\": \"reversed\", \"letters\": [\"a\", \"b\"] }, \"model\": { \"layers\": 1, \"width\": 8, "
                + "\"heads\": 2, \"context\": 8 }",
            4);
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "printed", [], own));
        string whole = Run(recipe, "whole", int.MaxValue);
        Run(recipe, "stopped", 2);
        string resumed = Run(recipe, "stopped", int.MaxValue);
        Assert.Equal(Weights(whole, 4), Weights(resumed, 4));
        Run(Read($"\"model\": {{ \"from\": \"{whole}\" }}", 1), "next", int.MaxValue);
        Assert.Contains(
            "the tokenizer \"reversed\", which this program does not know; expected \"character\"",
            Assert.Throws<InputException>(() => RunInputs.Read(Read($"\"model\": {{ \"from\": \"{whole}\" }}", 1))).Message,
            StringComparison.Ordinal);
        using var engine = new ManagedEngine();
        using var model = TrainedModel<ManagedTensor>.Load(engine, whole, own);
        Assert.NotEmpty(model.Generate("ab"));
    }

    private static byte[] Weights(string run, int step) =>
        File.ReadAllBytes(Path.Combine(run, "checkpoints", $"step-{step}", "model.safetensors"));

    private sealed class StopAfter(CancellationTokenSource stop, int steps) : IRunObserver
    {
        public void StepFinished(StepMetrics metrics)
        {
            if (metrics.Step >= steps)
            {
                stop.Cancel();
            }
        }
    }

    public sealed record Brief : StageSettings
    {
        [Within(1)]
        public int MostTokens { get; init; } = 8;

        protected internal override DatasetKind DataKind => DatasetKind.Sft;

        protected internal override IEnumerable<string> MetricGroups => ["sft"];

        protected internal override IEnumerable<string> Metrics => ["brevity"];

        protected internal override StageData Read(StageReading reading) =>
            new SupervisedData([.. reading.Demonstrations(Data).Where(demonstration => demonstration.Tokens.Length <= MostTokens)]);

        protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run)
        {
            var data = run.Data<SupervisedData>().Demonstrations;
            return new SupervisedTrainer<T>(run.Engine, run.Model, this, data, [], new DataOrder(run.Seed, run.Index, data.Count, 2));
        }
    }

    /// <summary>Letters whose ids are in the opposite order.</summary>
    public sealed record Reversed : TokenizerSettings
    {
        public IReadOnlyList<string> Letters { get; init => field = new ValueList<string>(value); } = new ValueList<string>([]);

        public override ITokenizer Create() => new Letter(this);

        private sealed class Letter(Reversed settings) : ITokenizer
        {
            public int VocabularySize => settings.Letters.Count + 1;

            public int EndOfSequence => 0;

            public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
            {
                tokens = [.. text.Select(letter => settings.Letters.Count - settings.Letters.ToList().IndexOf($"{letter}"))];
                firstUnknown = Array.FindIndex(tokens, token => token > settings.Letters.Count);
                return firstUnknown < 0;
            }

            public string Decode(ReadOnlySpan<int> tokens) =>
                string.Concat(tokens.ToArray().Where(token => token > 0).Select(token => settings.Letters[settings.Letters.Count - token]));

            public string Describe() => $"tokenizer of {settings.Letters.Count} letters";

            public string ToJson() => settings.Print();
        }
    }
}
