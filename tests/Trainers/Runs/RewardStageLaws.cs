using System.Globalization;
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

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A recipe that trains a reward model, on disk.</summary>
public class RewardStageLaws
{
    private const string Json = """
        {
          "characters": "abc",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8, "tiedHead": false },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 2, "batchSize": 2 },
            { "type": "reward", "data": "pairs.csv", "evaluationData": "held.csv", "evaluationEvery": 2,
              "steps": 5, "batchSize": 2, "optimizer": { "learningRate": 1e-2 } }
          ],
          "checkpoints": { "every": 2 }
        }
        """;

    [Fact]
    public void The_policy_is_left_as_it_is_and_the_reward_model_lies_beside_it()
    {
        using var folder = Prepare();
        RunSummary summary = Run(folder, "run", resume: false);
        CheckpointContent before = CheckpointStore.Load(Path.Combine(summary.Folder, "checkpoints", "step-2"));
        CheckpointContent after = CheckpointStore.Load(summary.Checkpoint);
        Assert.Equal(Values(before.Parameters), Values(after.Parameters));
        ModelFolder reward = ModelFolder.LoadReward(summary.Folder);
        Assert.Equal(summary.Checkpoint, reward.Folder);
        Assert.Equal(Values(after.Trainer.Models[TrainerState.Reward]), Values(reward.Parameters));
        using var engine = new ManagedEngine();
        using var model = new ScalarModel<ManagedTensor>(
            engine,
            reward.Model,
            reward.Tokenizer.VocabularySize,
            reward.Parameters.ToWeights());
        Assert.Contains(engine.Read(model.Parameters[^2].Value), weight => weight != 0);
    }

    [Fact]
    public void The_tables_hold_the_accuracy_before_between_and_after_and_the_summary_too()
    {
        using var folder = Prepare();
        RunSummary summary = Run(folder, "run", resume: false);
        string[][] rows = [.. File.ReadLines(Path.Combine(summary.Folder, "metrics.csv")).Select(line => line.Split(','))];
        int accuracy = Array.IndexOf(rows[0], MetricNames.HeldOutAccuracy);
        Assert.Equal(["3 0", "4 2", "6 4", "7 5"], rows[1..].Where(row => row[accuracy].Length > 0).Select(row => $"{row[0]} {row[2]}"));
        StageSummary stage = summary.Stages[1];
        Assert.Equal((5, 4), (stage.Steps, stage.HeldOutAccuracies.Count));
        Assert.Equal(0.5, stage.HeldOutAccuracies[0]);
    }

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
        foreach (string name in (string[])["model.safetensors", "reward.safetensors", "state.json"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(straight.Checkpoint, name)),
                File.ReadAllBytes(Path.Combine(resumed.Checkpoint, name)));
        }

        Assert.Equal(straight.Stages[1].HeldOutAccuracies, resumed.Stages[1].HeldOutAccuracies);
        Assert.Equal(straight.Stages[1].Steps, resumed.Stages[1].Steps);
    }

    [Fact]
    public void A_run_without_a_reward_model_has_none_to_load()
    {
        using var folder = Prepare();
        RunSummary summary = Run(folder, "run", resume: false, recipe => recipe with { Stages = [recipe.Stages[0]] });
        Assert.Contains(
            "no reward.safetensors; expected a checkpoint of a run that has trained a reward model",
            Assert.Throws<InputException>(() => ModelFolder.LoadReward(summary.Folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rankings_are_read_where_the_loss_is_Plackett_Luces()
    {
        using var folder = Prepare();
        folder.Write("pairs.csv", "prompt,completion_1,completion_2,completion_3\na,a,b,c\nb,b,a,\n");
        string json = Json.Replace("\"type\": \"reward\",", "\"type\": \"reward\", \"loss\": \"plackettLuce\",", StringComparison.Ordinal);
        RunInputs inputs = RunInputs.Read(Locate(folder, RecipeReader.Parse(json, "r.json", [])));
        Assert.Equal([3, 2], Assert.IsType<RewardModelData>(inputs.Stages[1]).Rankings.Select(ranking => ranking.Completions.Count));
        RunSummary summary = OnManagedEngine.Train(
            new RunRequest(Locate(folder, RecipeReader.Parse(json, "r.json", [])), Path.Combine(folder.Path, "run"), false),
            new SilentObserver(),
            CancellationToken.None);
        Assert.Equal(5, summary.Stages[1].Steps);
    }

    [Theory]
    [InlineData("reward")]
    [InlineData("trained/")]
    public void A_reward_model_judges_completions_as_it_scores_their_tokens(string from)
    {
        using var folder = Prepare();
        folder.Write("prompts.csv", "prompt,answer\na,aa\nb,bb\n");
        var judged = new OnPolicySettings
        {
            Name = "grpo",
            Data = "prompts.csv",
            Steps = 1,
            PromptsPerStep = 2,
            MaxCompletionTokens = 3,
            Rewards = [new RewardSettings.RewardModel { From = from, MicroBatchSize = 3 }],
        };
        Run(folder, "trained", resume: false);
        RunSummary summary = Run(folder, "run", resume: false, recipe => recipe with { Stages = [.. recipe.Stages, judged] });
        ModelFolder reward = ModelFolder.LoadReward(summary.Folder);
        using var engine = new ManagedEngine();
        using var model = new ScalarModel<ManagedTensor>(
            engine,
            reward.Model,
            reward.Tokenizer.VocabularySize,
            reward.Parameters.ToWeights());
        var scorer = new RewardScorer<ManagedTensor>(engine, model, new PassLimits(2));
        string[][] samples = [.. File.ReadLines(Path.Combine(summary.Folder, "samples.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.NotEmpty(samples);
        foreach (string[] sample in samples)
        {
            int[] prompt = reward.Tokenizer.Encode(sample[2]);
            int[] completion = reward.Tokenizer.Encode(sample[3]);
            int[] end = completion.Length < 3 ? [reward.Tokenizer.EndOfSequence] : [];
            Assert.Equal(
                scorer.Scores([new TokenSequence([.. prompt, .. completion, .. end], prompt.Length)])[0],
                double.Parse(sample[5], CultureInfo.InvariantCulture),
                1e-5);
        }
    }

    [Theory]
    [InlineData(
        "nothing",
        "stages[2].rewards: found a reward model from \"nothing\"; "
            + "expected an earlier stage that trains one (reward), or a folder (with a slash) that contains one.")]
    [InlineData("sft", "stages[2].rewards: found a reward model from \"sft\"; expected an earlier stage that trains one (reward)")]
    [InlineData(
        "", "stages[2].rewards[0].from: found nothing; expected the name of an earlier stage that trains a reward model, or a folder")]
    public void A_reward_model_that_is_not_trained_yet_is_refused(string from, string expected)
    {
        string json = Json.Replace(
            "5, \"batchSize\": 2, \"optimizer\": { \"learningRate\": 1e-2 } }",
            $$"""
            5 },
            {
              "type": "grpo", "data": "p.csv", "steps": 1, "maxCompletionTokens": 2,
              "rewards": [ { "type": "rewardModel", "from": "{{from}}" } ] }
            """,
            StringComparison.Ordinal);
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => RecipeReader.Parse(json, "r.json", [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_model_of_other_tokens_or_of_a_shorter_context_is_refused_before_the_run()
    {
        using var folder = Prepare();
        Run(folder, "trained", resume: false);
        Recipe Ranked(Recipe recipe) => recipe with
        {
            Stages = [recipe.Stages[0]],
            Evaluation = new EvaluationSettings
            {
                Data = folder.Write("eval.csv", "prompt,answer\na,a\n") is var file ? file : "",
                MaxCompletionTokens = 2,
                Rewards = [new RewardSettings.RewardModel { From = Path.Combine(folder.Path, "trained") }],
            },
        };
        string Refusal(Func<Recipe, Recipe> change) =>
            Assert.Throws<InputException>(() => Run(folder, "run", resume: false, recipe => Ranked(change(recipe)))).Message;
        Assert.Contains(
            "found a reward model with the character tokenizer",
            Refusal(recipe => recipe with { Characters = "abcd" }),
            StringComparison.Ordinal);
        Assert.Contains(
            "found a reward model with a context of 8; expected one of at least 9, the policy's.",
            Refusal(recipe => recipe with { Model = recipe.Model with { Context = 9 } }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_in_held_out_pairs_is_said_before_the_run()
    {
        using var folder = Prepare();
        folder.Write("held.csv", "prompt,chosen,rejected\na,x,b\n");
        Assert.Contains(
            "held.csv, row 2, column chosen: found 'x'",
            Assert.Throws<InputException>(() => Run(folder, "run", resume: false)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rankings_given_to_a_loss_of_pairs_name_the_loss_that_takes_them()
    {
        using var folder = new TemporaryFolder();
        folder.Write("r.csv", "prompt,completion_1,completion_2\n1+1=,2,3\n");
        string recipe = folder.Write(
            "r.json", """{ "characters": "1+=23", "stages": [ { "type": "reward", "data": "r.csv", "steps": 1 } ] }""");
        Assert.Contains(
            "row 1: found rankings, the columns completion_1, completion_2, …; expected pairs, the columns chosen and rejected; or "
                + "\"loss\": \"plackettLuce\"",
            Assert.Throws<InputException>(() => RunInputs.Read(RecipeReader.Read(recipe, []))).Message,
            StringComparison.Ordinal);
        RunInputs.Read(RecipeReader.Read(recipe, ["stages.reward.loss=plackettLuce"]));
    }

    private static IEnumerable<(string Name, string Values)> Values(IReadOnlyDictionary<string, TensorData> tensors) => tensors
        .OrderBy(tensor => tensor.Key, StringComparer.Ordinal)
        .Select(tensor => (tensor.Key, string.Join(' ', tensor.Value.ToArray())));

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("sft.csv", "prompt,completion\na,aa\nb,bb\n");
        folder.Write("pairs.csv", "prompt,chosen,rejected,margin\na,aa,bb,0.5\nb,bb,ca,0\nc,cc,ab,1\n");
        folder.Write("held.csv", "prompt,chosen,rejected\na,a,b\nb,b,c\n");
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
