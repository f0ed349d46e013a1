using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Whole runs through stages that learn from completions, on the embedded engine.</summary>
public class SampledPipelineLaws
{
    private const string Questions = "prompt,answer\na,a\nb,b\nab,b\nba,a\n";
    private const string Demonstrations = "prompt,completion\na,a\nb,b\nab,b\n";

    private static readonly ModelSettings Student = new() { Layers = 1, Width = 8, Heads = 2, Context = 6, InitStd = 0.1 };

    [Fact]
    public void A_run_stopped_after_every_step_is_the_run_that_was_never_stopped()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Whole(folder);
        string whole = Run(recipe, Path.Combine(folder.Path, "whole"), int.MaxValue);
        string broken = Path.Combine(folder.Path, "broken");
        int steps = recipe.Stages.Sum(stage => stage.Steps);
        for (int stopped = 0; stopped < steps; stopped++)
        {
            Assert.Throws<OperationCanceledException>(() => Run(recipe, broken, 1));
        }

        string resumed = Run(recipe, broken, int.MaxValue);
        Assert.Equal(Path.GetFileName(whole), Path.GetFileName(resumed));
        foreach (string file in (string[])["model.safetensors", "config.json", "state.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(resumed, file)));
        }
    }

    [Fact]
    public void After_a_student_begins_the_run_goes_on_with_it()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Whole(folder);
        string last = Run(recipe, Path.Combine(folder.Path, "run"), int.MaxValue);
        Assert.Equal(Student, ModelFolder.Load(last).Model);
        var shapes = Directory.GetDirectories(Path.Combine(folder.Path, "run", "checkpoints"))
            .Select(checkpoint => CheckpointStore.Load(checkpoint))
            .Where(content => content.State.StageDone)
            .OrderBy(content => content.State.Step)
            .Select(content => content.Model);
        Assert.Equal([recipe.Model, recipe.Model, recipe.Model, recipe.Model, Student, Student], shapes);
        Assert.Empty(Directory.GetFiles(last, "reference*"));
    }

    [Fact]
    public void A_folder_is_a_teacher_too()
    {
        using var folder = new TemporaryFolder();
        Recipe first = Whole(folder) with { Stages = [Whole(folder).Stages[0]] };
        Run(first, Path.Combine(folder.Path, "teacher"), int.MaxValue);
        StageSettings distill = (DistillationSettings)Whole(folder).Stages[3] with { Teacher = Path.Combine(folder.Path, "teacher") };
        Assert.Equal(
            Student,
            ModelFolder.Load(Run(first with { Stages = [distill] }, Path.Combine(folder.Path, "student"), int.MaxValue)).Model);
    }

    [Fact]
    public void A_teacher_that_cannot_teach_is_refused_before_any_work()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Whole(folder);
        Run(recipe with { Stages = [recipe.Stages[0]], Characters = "abc" }, Path.Combine(folder.Path, "other"), int.MaxValue);
        string Error(string teacher) => Assert.Throws<InputException>(() => RunInputs.Read(recipe with
        {
            Stages = [recipe.Stages[0], (DistillationSettings)recipe.Stages[3] with { Teacher = teacher }],
        })).Message;
        Assert.Contains(
            "distill: found neither a folder nor a stage before distill; expected \"sft\", or the folder of a checkpoint or of a "
                + "run, as the teacher.",
            Error("distill"),
            StringComparison.Ordinal);
        Assert.Contains(
            "found a teacher with the character tokenizer",
            Error(Path.Combine(folder.Path, "other")),
            StringComparison.Ordinal);
        Assert.Contains("expected the shape of a model", Error(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_must_fit_the_student_and_its_teacher()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Whole(folder);
        Recipe long1 = recipe with { Stages =
        [
            recipe.Stages[0],
            (DistillationSettings)recipe.Stages[3] with { Teacher = "sft", MaxCompletionTokens = 5 },
        ] };
        Assert.Contains(
            "at most 1: the model's context of 6 minus 5",
            Assert.Throws<InputException>(() => RunInputs.Read(long1)).Message,
            StringComparison.Ordinal);
    }

    private static Recipe Whole(TemporaryFolder folder)
    {
        string questions = folder.Write("questions.csv", Questions);
        return new Recipe
        {
            Characters = "ab",
            Model = new ModelSettings { Layers = 1, Width = 16, Heads = 2, Context = 8, InitStd = 0.1 },
            Stages =
            [
                new SupervisedSettings { Name = "sft", Data = folder.Write("sft.csv", Demonstrations), Steps = 2, BatchSize = 4 },
                new RejectionSettings
                {
                    Name = "reject",
                    Data = questions,
                    Steps = 3,
                    PromptsPerRound = 4,
                    CompletionsPerPrompt = 4,
                    StepsPerRound = 2,
                    BatchSize = 4,
                    MaxCompletionTokens = 2,
                    Rewards = [new RewardSettings.Exact()],
                },
                new OnlinePreferenceSettings
                {
                    Name = "onlinedpo",
                    Data = questions,
                    Steps = 3,
                    PromptsPerStep = 4,
                    CompletionsPerPrompt = 4,
                    RefreshEvery = 2,
                    MaxCompletionTokens = 2,
                    Rewards = [new RewardSettings.Exact()],
                },
                new DistillationSettings
                {
                    Name = "distill", Data = questions, Teacher = "onlinedpo", Student = Student, Steps = 3, PromptsPerRound = 4,
                    StepsPerRound = 2, BatchSize = 4, MaxCompletionTokens = 2,
                },
                new GkdSettings
                {
                    Name = "gkd",
                    Data = folder.Write("gkd.csv", Demonstrations),
                    Teacher = "reject",
                    Steps = 3,
                    BatchSize = 4,
                    MaxCompletionTokens = 2,
                },
            ],
            Checkpoints = new CheckpointSettings { Every = 1, Keep = 2 },
        };
    }

    // Runs, or goes on with, at most so many steps; gives the last checkpoint.
    private static string Run(Recipe recipe, string output, int steps)
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        using var stop = new CancellationTokenSource();
        var observer = new StopsAfter(steps, stop);
        using RunFolder folder = RunFolder.Open(new RunRequest(recipe, output, Directory.Exists(output)), engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, recipe, RunInputs.Read(recipe), folder, observer);
        return pipeline.Run(stop.Token).Checkpoint;
    }

    private sealed class StopsAfter(int steps, CancellationTokenSource stop) : IRunObserver
    {
        private int _left = steps;

        public void StageStarted(StageSettings stage, int index, int firstStep)
        {
            // Only steps are counted.
        }

        public void StepFinished(StepMetrics metrics)
        {
            if (--_left == 0)
            {
                stop.Cancel();
            }
        }

        public void EvaluationAdvanced(string label, int done, int total)
        {
            // There is no evaluation.
        }

        public void Evaluated(EvaluationResult result)
        {
            // There is no evaluation.
        }

        public void CheckpointWritten(string folder)
        {
            // The checkpoints are read afterwards.
        }

        public void Warned(string message)
        {
            // Nothing warns.
        }
    }
}
