using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A recipe that trains a process reward model, on disk, and what is made of its scores.</summary>
public class ProcessStageLaws
{
    private const string Json = """
        {
          "characters": "abc;",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 12, "tiedHead": false },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 2, "batchSize": 2 },
            { "type": "reward", "data": "steps.csv", "evaluationData": "held.csv", "evaluationEvery": 2,
              "stepEnd": "separator", "stepSeparator": ";",
              "steps": 5, "batchSize": 2, "optimizer": { "learningRate": 1e-2 } }
          ],
          "checkpoints": { "every": 2 }
        }
        """;

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_run_that_was_stopped_and_goes_on_is_one_that_never_stopped(int steps)
    {
        using var folder = Prepare();
        RunSummary straight = Run(folder, "straight", resume: false);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => Run(folder, "stopped", resume: false, new StoppingObserver(stop, steps), stop.Token));
        RunSummary resumed = Run(folder, "stopped", resume: true);
        foreach (string name in (string[])["model.safetensors", "reward.safetensors", "reward.json", "state.json"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(straight.Checkpoint, name)),
                File.ReadAllBytes(Path.Combine(resumed.Checkpoint, name)));
        }

        Assert.Equal(straight.Stages[1].HeldOutAccuracies, resumed.Stages[1].HeldOutAccuracies);
        Assert.Equal(4, straight.Stages[1].HeldOutAccuracies.Count);
    }

    [Fact]
    public void The_tables_have_the_measures_of_steps_and_the_model_says_where_they_end()
    {
        using var folder = Prepare();
        RunSummary summary = Run(folder, "run", resume: false);
        string[] header = File.ReadLines(Path.Combine(summary.Folder, "metrics.csv")).First().Split(',');
        Assert.Subset(
            header.ToHashSet(),
            new HashSet<string>
            {
                MetricNames.StepAccuracy, MetricNames.PositiveSteps, MetricNames.StepScore, MetricNames.HeldOutAccuracy,
                MetricNames.HeldOutWrongAccuracy, MetricNames.HeldOutRightAccuracy, MetricNames.HeldOutF1,
            });
        Assert.DoesNotContain(MetricNames.Margin, header);
        Assert.Equal(new StepEnd.Separator(";"), ModelFolder.LoadReward(summary.Folder).StepEnd);
        RunSummary whole = Run(folder, "whole", resume: false, OfWhole(folder));
        Assert.Null(ModelFolder.LoadReward(whole.Folder).StepEnd);
        Assert.False(File.Exists(Path.Combine(whole.Checkpoint, "reward.json")), "A model of whole completions has no steps.");
    }

    [Theory]
    [InlineData("a,b;c,1", "row 2, column step_labels: found 1 label; expected 2, one for each step of the completion")]
    [InlineData("a,b;c,1 0 1", "row 2, column step_labels: found 3 labels; expected 2, one for each step of the completion")]
    [InlineData("a,b;c,1 1.5", "row 2, column step_labels: found \"1.5\" as label 2; expected a number from 0 to 1 for each step")]
    [InlineData("a,b;c,1 x", "row 2, column step_labels: found \"x\" as label 2; expected a number from 0 to 1 for each step")]
    [InlineData("a,b;c,\"[1, \"", "row 2, column step_labels: found \"[1, \"; expected a number from 0 to 1 for each step")]
    [InlineData("a,b;c,NaN 1", "row 2, column step_labels: found \"NaN\" as label 1")]
    [InlineData("a,b;c,", "row 2, column step_labels: found an empty cell")]
    public void Labels_that_are_not_one_for_each_step_are_refused(string row, string expected)
    {
        using var folder = Prepare();
        folder.Write("steps.csv", $"prompt,completion,step_labels\n{row}\n");
        Assert.Contains(expected, Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_numbers_between_spaces_or_a_list()
    {
        using var folder = Prepare();
        folder.Write(
            "steps.csv", "prompt,completion,step_labels\na,b;c, 1  0.25 \na,b;c,\"[1, 0.25]\"\nb,c,[false]\nb,c;b;,\"[true,1e-1]\"\n");
        ProcessData data = Assert.IsType<ProcessData>(RunInputs.Read(Locate(folder, RecipeReader.Parse(Json, "r.json", []))).Stages[1]);
        Assert.Equal(["1 0.25", "1 0.25", "0", "1 0.1"], data.Rows.Select(row => string.Join(
            ' ', row.Labels.Select(label => label.ToString(CultureInfo.InvariantCulture)))));
        Assert.Equal(["2 4", "2 4", "2", "2 5"], data.Rows.Select(row => string.Join(' ', row.Ends)));
    }

    [Theory]
    [InlineData("\"loss\": \"plackettLuce\",", "stages[1].loss: found plackettLuce, which compares completions; expected no such setting")]
    [InlineData("\"onLong\": \"truncate\",", "stages[1].onLong: found truncate, which would cut steps away from their labels")]
    [InlineData("\"columns\": { \"chosen\": \"x\" },", "stages[1].columns.chosen: found \"x\", which steps data does not have")]
    public void Settings_of_comparisons_are_refused_beside_steps(string setting, string expected) => Assert.Contains(
        expected,
        Assert.Throws<InputException>(() => RecipeReader.Parse(
            Json.Replace("\"type\": \"reward\",", $"\"type\": \"reward\", {setting}", StringComparison.Ordinal), "r.json", [])).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("pattern", "stepPattern", "\"(\"", "stepPattern: found \"(\"; expected a regular expression without")]
    [InlineData("separator", "stepSeparator", "\"\"", "stepSeparator: found \"\"; expected a text that is not empty")]
    [InlineData("tokens", "stepTokens", "0", "stepTokens: found 0; expected a whole number of at least 1")]
    [InlineData("tokens", "stepSeparator", "\";\"", "stepSeparator: found \";\", which the stepEnd tokens ignores")]
    public void An_end_of_steps_that_cannot_be_used_is_refused(string end, string key, string value, string expected)
    {
        string json = Json.Replace(
            "\"stepEnd\": \"separator\", \"stepSeparator\": \";\"",
            $"\"stepEnd\": \"{end}\", \"{key}\": {value}",
            StringComparison.Ordinal);
        Assert.Contains(
            $"stages[1].{expected}",
            Assert.Throws<InputException>(() => RecipeReader.Parse(json, "r.json", [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Labelled_steps_given_to_a_comparison_name_the_setting_that_takes_them()
    {
        using var folder = Prepare();
        string json = Json.Replace("\"stepEnd\": \"separator\", \"stepSeparator\": \";\",", "", StringComparison.Ordinal);
        Assert.Contains(
            "row 1: found steps with labels, the column step_labels; expected pairs, the columns chosen and rejected; or "
                + "\"stepEnd\": \"separator\"",
            Assert.Throws<InputException>(() => RunInputs.Read(Locate(folder, RecipeReader.Parse(json, "r.json", [])))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reward", StepAggregate.Min)]
    [InlineData("trained/", StepAggregate.Product)]
    [InlineData("trained/", StepAggregate.Mean)]
    [InlineData("reward", StepAggregate.Last)]
    public void A_process_reward_is_made_of_the_probabilities_of_the_steps(string from, StepAggregate aggregate)
    {
        using var folder = Prepare();
        Run(folder, "trained", resume: false);
        RunSummary summary = Run(
            folder, "run", resume: false, recipe => recipe with { Stages = [.. recipe.Stages, Judged(from, aggregate)] });
        string[][] samples = [.. File.ReadLines(Path.Combine(summary.Folder, "samples.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Contains(samples, sample => sample[3].TrimEnd(';').Contains(';', StringComparison.Ordinal));
        foreach (var (sample, probabilities) in samples.Zip(Probabilities(summary.Folder, samples)))
        {
            double expected = aggregate switch
            {
                StepAggregate.Min => probabilities.Min(),
                StepAggregate.Product => probabilities.Aggregate((product, factor) => product * factor),
                StepAggregate.Mean => probabilities.Average(),
                _ => probabilities[^1],
            };
            Assert.Equal(expected, double.Parse(sample[5], CultureInfo.InvariantCulture), 1e-5);
        }
    }

    [Fact]
    public void Advantages_of_steps_are_normalised_over_the_group_and_other_rewards_count_for_the_last()
    {
        using var folder = Prepare();
        OnPolicySettings judged = Judged("reward", StepAggregate.Min) with
        {
            Algorithm = Algorithms.Grpo() with { GroupSize = 2, Advantage = new AdvantageEstimate.StepRelative() },
            Rewards =
            [
                new RewardSettings.Process { From = "reward", Weight = 2 },
                new RewardSettings.Length { MaxTokens = 3, Weight = 0.5 },
            ],
        };
        RunSummary summary = Run(folder, "run", resume: false, recipe => recipe with { Stages = [.. recipe.Stages, judged] });
        string[][] samples = [.. File.ReadLines(Path.Combine(summary.Folder, "samples.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(4, samples.Length);
        double Number(int sample, int column) => double.Parse(samples[sample][column], CultureInfo.InvariantCulture);
        double[][] steps =
        [
            .. Probabilities(summary.Folder, samples).Select((probabilities, i) =>
            {
                double[] rewards = [.. probabilities.Select(probability => 2 * probability)];
                rewards[^1] += Number(i, 5) - (2 * probabilities.Min());
                return rewards;
            }),
        ];
        Assert.Contains(steps, rewards => rewards.Length > 1);
        for (int i = 0; i < 4; i++)
        {
            Moments group = Moments.Of([.. steps[i / 2 * 2], .. steps[(i / 2 * 2) + 1]]);
            Assert.Equal(
                steps[i].Sum(reward => (reward - group.Mean) / (group.SampleDeviation + 1e-4)), Number(i, 6), 1e-3);
        }
    }

    [Fact]
    public void A_process_reward_needs_a_model_of_steps()
    {
        using var folder = Prepare();
        RunSummary whole = Run(folder, "whole", resume: false, OfWhole(folder));
        Assert.Contains(
            "found a reward model of whole completions; expected one of steps, which a reward stage with stepEnd trains",
            Assert.Throws<InputException>(() => Run(
                folder,
                "run",
                resume: false,
                recipe => recipe with { Stages = [recipe.Stages[0], Judged("whole/", StepAggregate.Min)] })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "stages[2].rewards: found a process reward model from \"reward\"; "
                + "expected an earlier stage of the type reward with stepEnd, or a folder",
            Assert.Throws<InputException>(() => Run(
                folder,
                "run",
                resume: false,
                recipe => OfWhole(folder)(recipe) is var pairs
                    ? pairs with { Stages = [.. pairs.Stages, Judged("reward", StepAggregate.Min)] }
                    : recipe)).Message,
            StringComparison.Ordinal);
        Assert.Equal(5, whole.Stages[1].Steps);
    }

    [Fact]
    public void A_damaged_description_of_steps_is_refused()
    {
        using var folder = Prepare();
        RunSummary summary = Run(folder, "run", resume: false);
        File.Delete(Path.Combine(summary.Checkpoint, "manifest.json"));
        File.WriteAllText(Path.Combine(summary.Checkpoint, "reward.json"), "{ \"stepEnd\": \"sentence\" }");
        string message = Assert.Throws<InputException>(() => ModelFolder.LoadReward(summary.Folder)).Message;
        Assert.Contains("reward.json", message, StringComparison.Ordinal);
        Assert.Contains(
            "found \"sentence\"; expected one of \"whole\", \"separator\", \"pattern\", \"tokens\"", message, StringComparison.Ordinal);
    }

    // The probability of each step of sampled completions, each read at the end of the completion up to it.
    private static double[][] Probabilities(string run, string[][] samples)
    {
        ModelFolder reward = ModelFolder.LoadReward(run);
        using var engine = new ManagedEngine();
        using var model = new ScalarModel<ManagedTensor>(
            engine, reward.Model, reward.Tokenizer.VocabularySize, reward.Parameters.ToWeights());
        var scorer = new RewardScorer<ManagedTensor>(engine, model, new PassLimits(2));
        double[] Of(string[] sample)
        {
            int[] prompt = reward.Tokenizer.Encode(sample[2]);
            int[] completion = reward.Tokenizer.Encode(sample[3]);
            int[] end = completion.Length < 6 ? [reward.Tokenizer.EndOfSequence] : [];
            var sequence = new TokenSequence([.. prompt, .. completion, .. end], prompt.Length);
            return
            [
                .. new StepReader(new StepEnd.Separator(";")).Ends(reward.Tokenizer, sequence)
                    .Select(step => scorer.Scores([sequence with { Tokens = sequence.Tokens[..(prompt.Length + step)] }])[0])
                    .Select(score => 1 / (1 + Math.Exp(-score))),
            ];
        }

        return [.. samples.Select(Of)];
    }

    private static OnPolicySettings Judged(string from, StepAggregate aggregate) => new()
    {
        Name = "grpo",
        Data = "prompts.csv",
        Steps = 1,
        PromptsPerStep = 2,
        MaxCompletionTokens = 6,
        Rewards = [new RewardSettings.Process { From = from, Aggregate = aggregate, MicroBatchSize = 3 }],
    };

    private static Func<Recipe, Recipe> OfWhole(TemporaryFolder folder)
    {
        folder.Write("pairs.csv", "prompt,chosen,rejected\na,a,b\nb,b,c\n");
        return recipe => recipe with
        {
            Stages =
            [
                recipe.Stages[0],
                (RewardStageSettings)recipe.Stages[1] with
                {
                    Data = "pairs.csv", EvaluationData = "", EvaluationEvery = 0, StepEnd = new StepEnd.Whole(),
                },
            ],
        };
    }

    private static string Refusal(TemporaryFolder folder) =>
        Assert.Throws<InputException>(() => Run(folder, "run", resume: false)).Message;

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("sft.csv", "prompt,completion\na,a;a\nb,b;b\n");
        folder.Write("steps.csv", "prompt,completion,step_labels\na,a;a,1 1\nb,b;c;b,1 0 0\nc,b,0.25\n");
        folder.Write("held.csv", "prompt,completion,step_labels\na,a;b,1 0\nb,b;b,1 1\n");
        folder.Write("prompts.csv", "prompt,answer\na,aa\nb,bb\n");
        return folder;
    }

    private static Recipe Locate(TemporaryFolder folder, Recipe recipe) =>
        RecipeReader.Read(folder.Write("recipe.json", RecipeWriter.Print(recipe)), []);

    private static RunSummary Run(TemporaryFolder folder, string name, bool resume, Func<Recipe, Recipe>? change = null) =>
        Run(folder, name, resume, new SilentObserver(), CancellationToken.None, change);

    private static RunSummary Run(
        TemporaryFolder folder,
        string name,
        bool resume,
        IRunObserver observer,
        CancellationToken stop,
        Func<Recipe, Recipe>? change = null)
    {
        Recipe recipe = RecipeReader.Parse(Json, "recipe.json", []);
        return OnManagedEngine.Train(
            new RunRequest(Locate(folder, change?.Invoke(recipe) ?? recipe), Path.Combine(folder.Path, name), resume),
            observer,
            stop);
    }
}
