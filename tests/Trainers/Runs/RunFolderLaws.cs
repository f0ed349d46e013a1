using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Runs;

public class RunFolderLaws
{
    private static readonly Recipe RunRecipe = new()
    {
        Characters = "1+=",
        Stages =
        [
            new SupervisedSettings { Name = "sft", Data = "sft.csv", Steps = 3 },
            new OnPolicySettings { Name = "grpo", Data = "prompts.csv", Steps = 3 },
        ],
    };

    private static readonly IReadOnlyList<string> Columns = RecipeMetrics.Of(RunRecipe);

    private static readonly string Header = "global_step,stage,step," + string.Join(',', Columns);

    [Fact]
    public void Metrics_are_a_row_a_step_with_numbers_that_read_back()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            run.AppendStep(1, Step("sft", 1, (MetricNames.Loss, 0.1 + 0.2), (MetricNames.NumTokens, 12345678901)), []);
            run.AppendStep(2, Step("grpo", 1, (MetricNames.Reward, double.NaN)), []);
            Assert.Throws<ArgumentException>(() => run.AppendStep(3, Step("grpo", 2, ("rewards", 1)), []));
        }

        Assert.Equal(
            [
                Header,
                $"1,sft,1,{Cells((MetricNames.Loss, "0.30000000000000004"), (MetricNames.NumTokens, "12345678901"))}",
                $"2,grpo,1,{Cells((MetricNames.Reward, ""))}",
            ],
            File.ReadAllLines(Path.Combine(request.OutputFolder, "metrics.csv")));
    }

    [Fact]
    public void A_row_of_step_10_of_which_only_the_1_is_written_is_no_row_of_step_1()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            for (int step = 1; step <= 9; step++)
            {
                run.AppendStep(step, Step("sft", step), []);
            }
        }

        string metrics = Path.Combine(request.OutputFolder, "metrics.csv");
        File.AppendAllText(metrics, "1");
        using (RunFolder run = RunFolder.Open(request with { Resume = true }, "engine"))
        {
            run.KeepSteps(9);
        }

        Assert.Equal(
            Enumerable.Range(1, 9).Select(step => $"{step}"), File.ReadAllLines(metrics).Skip(1).Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void Samples_have_the_score_of_each_of_several_rewards()
    {
        using var folder = new TemporaryFolder();
        Recipe two = RunRecipe with
        {
            Stages =
            [
                .. RunRecipe.Stages,
                new OnPolicySettings
                {
                    Name = "two", Data = "prompts.csv", Steps = 3, Rewards = [new RewardSettings.Numeric(), new RewardSettings.Length()],
                },
            ],
        };
        RunRequest request = Request(folder, "a") with { Recipe = two };
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            var parts = new Dictionary<string, double> { ["length"] = -0.25, ["numeric"] = 1 };
            run.AppendStep(1, Step("two", 1), [new SampleRecord("1+1=", "2", "2", 0.75, 1) { Parts = parts }]);
            run.AppendStep(2, Step("grpo", 1), [new SampleRecord("1+1=", "2", "3", 0, -1)]);
        }

        Assert.Equal(
            [
                "global_step,stage,prompt,completion,answer,reward,advantage,rewards/numeric,rewards/length",
                "1,two,1+1=,2,2,0.75,1,1,-0.25",
                "2,grpo,1+1=,3,2,0,-1,,",
            ],
            File.ReadAllLines(Path.Combine(request.OutputFolder, "samples.csv")));
    }

    [Fact]
    public void A_resumed_run_takes_back_what_lies_beyond_its_checkpoint()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            run.AddEvaluation(Before);
            for (int step = 1; step <= 4; step++)
            {
                run.AppendStep(
                    step,
                    Step(step < 3 ? "sft" : "grpo", step, (MetricNames.NumTokens, 100 * step), (MetricNames.StepTime, 0.5)),
                    [new SampleRecord("1+1=", "2", "a \"b\",\nc", 0.5, -1)]);
            }

            run.AddEvaluation(Greedy("sft", 0.25));
        }

        string metrics = Path.Combine(request.OutputFolder, "metrics.csv");
        File.AppendAllText(metrics, "5,gr");
        using (RunFolder run = RunFolder.Open(request with { Resume = true }, "engine"))
        {
            run.KeepSteps(3);
            Assert.Equal([Before], run.Evaluations);
            RunSummary summary = run.WriteSummary();
            Assert.Equal([new StageSummary("sft", 2, 1, 200), new StageSummary("grpo", 1, 0.5, 100)], summary.Stages);
            Assert.Equal((2.0, 300L), (summary.Seconds, summary.Tokens));
            run.AppendStep(4, Step("grpo", 4), []);
        }

        Assert.Equal(["global_step", "1", "2", "3", "4"], File.ReadAllLines(metrics).Select(line => line.Split(',')[0]));
        string samples = File.ReadAllText(Path.Combine(request.OutputFolder, "samples.csv"));
        Assert.EndsWith("3,grpo,1+1=,\"a \"\"b\"\",\nc\",2,0.5,-1\n", samples, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_are_the_last_column_and_a_resumed_run_has_each_once()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a") with { Recipe = RunRecipe with { KeepTokens = true } };
        SampleToken[] tokens = [new(7, "a \"b\",\n", -0.5f, 1.5f), new(0, "", -0.25f, 1.5f)];
        void Append(RunFolder run, int step) => run.AppendStep(
            step, Step("grpo", step), [new SampleRecord("1+1=", "2", "a \"b\",\n", 1, 1.5) { Tokens = tokens }]);
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            Enumerable.Range(1, 3).ToList().ForEach(step => Append(run, step));
        }

        string samples = Path.Combine(request.OutputFolder, "samples.csv");
        File.AppendAllText(samples, "4,grpo,1+1=,a,2,1,1.5,\"[[7,\"\"a");
        using (RunFolder run = RunFolder.Open(request with { Resume = true }, "engine"))
        {
            run.KeepSteps(2);
            Append(run, 3);
        }

        const string Row = ",grpo,1+1=,\"a \"\"b\"\",\n\",2,1,1.5,\"[[7,\"\"a \\\"\"b\\\"\",\\n\"\",-0.5,1.5],[0,\"\"\"\",-0.25,1.5]]\"\n";
        Assert.Equal(
            $"global_step,stage,prompt,completion,answer,reward,advantage,tokens\n1{Row}2{Row}3{Row}", File.ReadAllText(samples));
        var reading = new RunReading(request.OutputFolder);
        reading.Refresh();
        Assert.All(Enumerable.Range(0, 3), index => Assert.Equal(tokens, reading.TokensOf(reading.ReadSample(index))));
        Refused(
            request with { Resume = true, Recipe = RunRecipe },
            "run.json, keepTokens: found nothing asked for; expected true, which the run began with.");
    }

    [Fact]
    public void A_folder_is_held_while_its_process_lives_and_not_by_what_a_kill_left()
    {
        using var folder = new TemporaryFolder();
        Assert.False(FolderClaim.IsHeld(folder.Path));
        Assert.False(FolderClaim.IsHeld(folder.In("none")));
        folder.Write(FolderClaim.LockFile, "");
        Assert.False(FolderClaim.IsHeld(folder.Path));
        using (FolderClaim.Hold(folder.Path))
        {
            Assert.True(FolderClaim.IsHeld(folder.Path));
            Assert.True(FolderClaim.IsHeld(folder.Path));
        }

        Assert.False(FolderClaim.IsHeld(folder.Path));
    }

    [Fact]
    public async Task A_run_begins_while_others_look_whether_its_folder_is_held()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(FolderClaim.LockFile, "");
        FileStream look = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        Task<FileStream> holding = Task.Run(() => FolderClaim.Hold(folder.Path), TestContext.Current.CancellationToken);
        await Task.Delay(30, TestContext.Current.CancellationToken);
        await look.DisposeAsync();
        await using FileStream held = await holding;
        Assert.True(FolderClaim.IsHeld(folder.Path));
    }

    [Fact]
    public void A_repeated_evaluation_replaces_the_earlier_one()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using (RunFolder run = RunFolder.Open(request, "engine"))
        {
            run.AddEvaluation(Greedy("before", 0.5));
            run.AddEvaluation(Before);
        }

        using RunFolder resumed = RunFolder.Open(request with { Resume = true }, "engine");
        resumed.KeepSteps(0);
        Assert.Equal([Before], resumed.Evaluations);
    }

    private static string Cells(params (string Name, string Cell)[] filled) =>
        string.Join(',', Columns.Select(name => filled.FirstOrDefault(cell => cell.Name == name).Cell));

    [Fact]
    public void A_row_that_a_kill_cut_off_is_dropped()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        RunFolder.Open(request, "engine").Dispose();
        string metrics = Path.Combine(request.OutputFolder, "metrics.csv");
        File.AppendAllText(metrics, "1,sft,1,0.5");
        using RunFolder run = RunFolder.Open(request with { Resume = true }, "engine");
        run.KeepSteps(10);
        run.AppendStep(1, Step("sft", 1), []);
        Assert.Equal([Header, "1,sft,1" + new string(',', Columns.Count)], ReadShared(metrics).TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void A_new_run_takes_the_first_free_name_and_resuming_the_last_taken()
    {
        using var folder = new TemporaryFolder();
        RunRequest Asked(bool resume = false) =>
            RunRequest.Under(folder.Path, RunRecipe with { Name = "a" }, "", resume) with { Recipe = RunRecipe };
        string wanted = Path.Combine(folder.Path, "a");
        Assert.Equal(wanted, Asked(resume: true).OutputFolder);
        using (RunFolder first = RunFolder.Open(Asked(), "engine"))
        {
            Assert.Equal(wanted, first.Path);
        }

        Assert.Equal(wanted, Asked(resume: true).OutputFolder);
        File.WriteAllText($"{wanted}-2", "not a folder");
        RunFolder.Open(Asked(), "engine").Dispose();
        Assert.Equal($"{wanted}-3", Asked(resume: true).OutputFolder);
    }

    [Theory]
    [InlineData(".lock")]
    [InlineData(".lock", ".writing-run.json")]
    public void A_folder_of_a_run_that_was_killed_before_it_had_begun_is_as_good_as_new(params string[] left)
    {
        using var folder = new TemporaryFolder();
        RunRequest Asked(bool resume = false) =>
            RunRequest.Under(folder.Path, RunRecipe with { Name = "a" }, "", resume) with { Recipe = RunRecipe };
        RunRequest named = Request(folder, "b");
        foreach (string path in new[] { Asked().OutputFolder, named.OutputFolder })
        {
            Directory.CreateDirectory(path);
            left.ToList().ForEach(name => File.WriteAllText(Path.Combine(path, name), ""));
        }

        foreach (RunRequest request in new[] { Asked(), named })
        {
            Refused(request with { Resume = true }, "found no run.json; expected the folder of a run to continue");
            using (RunFolder run = RunFolder.Open(request, "engine"))
            {
                Assert.Equal(request.OutputFolder, run.Path);
            }

            Assert.False(File.Exists(Path.Combine(request.OutputFolder, ".writing-run.json")));
            RunFolder.Open(request with { Resume = true }, "engine").Dispose();
        }
    }

    [Fact]
    public async Task Runs_that_begin_at_once_have_a_folder_each()
    {
        using var folder = new TemporaryFolder();
        for (int round = 0; round < 20; round++)
        {
            string runs = Path.Combine(folder.Path, $"{round}");
            RunRequest asked = RunRequest.Under(runs, RunRecipe, "", resume: false);
            using var start = new Barrier(4);
            RunFolder[] opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return RunFolder.Open(asked, "engine");
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Equal(4, opened.Select(run => run.Path).Distinct().Count());
            Assert.All(opened, run => run.Dispose());
            Assert.All(opened, run => Assert.True(File.Exists(Path.Combine(run.Path, "run.json"))));
        }
    }

    [Fact]
    public void An_output_that_is_a_file_is_called_one()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a", "mine");
        Refused(Request(folder, "a"), $"{file}: found a file; expected a new folder, in --output.");
    }

    [Fact]
    public void A_run_goes_on_only_as_what_it_began_as()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("sft.csv", "prompt,completion\n");
        RunRequest began = Request(folder, "a");
        began = began with { Recipe = began.Recipe with { Stages = [began.Recipe.Stages[0] with { Data = data }] } };
        RunFolder.Open(began, "engine").Dispose();
        RunFolder.Open(began with { Resume = true }, "engine").Dispose();
        Refused(began, "found a folder that is not empty; expected a new folder; add --resume to continue its run");
        Refused(
            began with { Resume = true, OutputFolder = Path.Combine(folder.Path, "none") },
            "found no run.json; expected the folder of a run to continue");
        Refused(
            began with { Resume = true, Recipe = began.Recipe with { Seed = 2 } },
            "run.json, seed: found 2 asked for; expected 1, which the run began with.");
        Refused(
            began with { Resume = true, Recipe = began.Recipe with { Evaluation = new EvaluationSettings { Data = "e.csv" } } },
            "run.json, evaluation: found settings asked for; expected null, which the run began with.");
        string moved = folder.Write("moved.csv", "prompt,completion\n");
        RunFolder.Open(
            began with { Resume = true, Recipe = began.Recipe with { Stages = [began.Recipe.Stages[0] with { Data = moved }] } },
            "engine")
            .Dispose();
        folder.Write("moved.csv", "prompt,completion\n1,2\n");
        Refused(
            began with { Resume = true, Recipe = began.Recipe with { Stages = [began.Recipe.Stages[0] with { Data = moved }] } },
            "run.json, stages[0].data: found ");
        folder.Write("sft.csv", "prompt,completion\n1,2\n");
        Refused(began with { Resume = true }, $"{data}: found different content from when the run began");
        File.WriteAllText(Path.Combine(began.OutputFolder, "run.json"), "{");
        Refused(began with { Resume = true }, "run.json: found no description of a run");
    }

    [Fact]
    public void One_process_has_a_run_at_a_time()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using RunFolder run = RunFolder.Open(request, "engine");
        Refused(request with { Resume = true }, "found a run that another process is writing");
    }

    [Fact]
    public void Checkpoints_and_the_summary_lie_in_the_folder()
    {
        using var folder = new TemporaryFolder();
        RunRequest request = Request(folder, "a");
        using RunFolder run = RunFolder.Open(request, "engine");
        string checkpoint = run.Save(new CheckpointContent(
            new TrainingState { Step = 3 },
            new ModelSettings(),
            new CharacterTokenizer("1"),
            new Dictionary<string, TensorData>(),
            TrainerState.Empty));
        Assert.Equal(Path.Combine(request.OutputFolder, "checkpoints", "step-3"), checkpoint);
        run.AddEvaluation(Greedy("before", 0.5));
        run.AppendStep(1, Step("sft", 1, (MetricNames.NumTokens, 100), (MetricNames.StepTime, 2)), []);
        Assert.Equal(checkpoint, run.WriteSummary().Checkpoint);
        string summary = File.ReadAllText(Path.Combine(request.OutputFolder, "summary.json"));
        Assert.Contains("\"greedy\": 0.5", summary, StringComparison.Ordinal);
        Assert.Contains("\"sampleMean\": \"NaN\"", summary, StringComparison.Ordinal);
        Assert.Contains("\"tokensPerSecond\": 50", summary, StringComparison.Ordinal);
    }

    private static EvaluationResult Before { get; } = Greedy("before", 0);

    private static EvaluationResult Greedy(string label, double right) =>
        new(label, 5, 0, 0.5) { Measures = [new Measure("greedy", right, right / 2, 0.75)] };

    private static void Refused(RunRequest request, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => RunFolder.Open(request, "engine")).Message, StringComparison.Ordinal);

    private static RunRequest Request(TemporaryFolder folder, string name) => new(
        RunRecipe,
        Path.Combine(folder.Path, name),
        Resume: false);

    private static StepMetrics Step(string stage, int step, params (string Name, double Value)[] values) =>
        new(stage, step, 9, [.. values.Select(value => KeyValuePair.Create(value.Name, value.Value))]);

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
