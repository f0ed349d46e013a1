using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore memory</c>: what a training step holds, by model size and algorithm, computed from shapes.</summary>
internal static class MemoryCommand
{
    private const double Gibi = 1L << 30;

    /// <summary>What help shows below its options.</summary>
    public const string Examples = """
        Examples:
          rlcore memory
          rlcore memory --shape qwen2-0.5b --micro-batch 4 --sequence 2048 --bf16 --gradient-checkpointing
        """;

    /// <summary>The command's grammar.</summary>
    /// <param name="engine">The options that every command has: --bf16 and --gradient-checkpointing are read.</param>
    /// <param name="run">Runs a command.</param>
    public static Command Build(EngineOptions engine, Func<WorkerCommand, ParseResult, Task<int>> run)
    {
        var shape = new Option<string>("--shape") { Description = $"One of {string.Join(", ", KnownShapes.All.Select(s => s.Name))}; all of them unless given", HelpName = "NAME", DefaultValueFactory = _ => "" };
        var sequence = new Option<int>("--sequence") { Description = "Tokens of a sequence, prompt and completion together", HelpName = "N", DefaultValueFactory = _ => 1024 };
        var microBatch = new Option<int>("--micro-batch") { Description = "Sequences of one forward and backward pass", HelpName = "N", DefaultValueFactory = _ => 8 };
        var rollouts = new Option<int>("--rollouts") { Description = "Completions decoded at a time", HelpName = "N", DefaultValueFactory = _ => 64 };
        var command = new Command("memory", "Computes what a training step holds, by model size and algorithm") { shape, sequence, microBatch, rollouts };
        command.SetAction(parsed => run(
            new WorkerCommand.Memory(
                parsed.GetRequiredValue(shape),
                new MemoryScenario
                {
                    SequenceLength = parsed.GetValue(sequence),
                    MicroBatchSize = parsed.GetValue(microBatch),
                    RolloutBatch = parsed.GetValue(rollouts),
                    BFloat16 = engine.AsksForBFloat16(parsed),
                    GradientCheckpointing = engine.AsksForGradientCheckpointing(parsed),
                }),
            parsed));
        return command;
    }

    /// <summary>Writes the table, as Markdown.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="asked">What was asked.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InputException">The shape is unknown, or a number is out of its range.</exception>
    public static int Write(TextWriter output, WorkerCommand.Memory asked)
    {
        Check(asked);
        var scenario = asked.Scenario;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.MicroBatchSize} sequences of {scenario.SequenceLength} tokens a pass; {scenario.RolloutBatch} completions at a time; {(scenario.BFloat16 ? "BF16 beside F32 master weights" : "F32")}{(scenario.GradientCheckpointing ? "; gradient checkpointing" : "")}. GiB, from shapes; allocators add their own."));
        output.WriteLine();
        output.WriteLine("| model | algorithm | parameters | gradients | AdamW | other models | key/value cache | activations | total |");
        output.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var shape in KnownShapes.All.Where(s => asked.Shape.Length == 0 || s.Name == asked.Shape))
        {
            Row("SFT", scenario with { RolloutBatch = 0 });
            Row("DPO", scenario with { RolloutBatch = 0 });
            Row("GRPO, no KL", scenario);
            Row("GRPO with KL", scenario with { Reference = true });
            Row("PPO", scenario with { Reference = true, ValueModel = true });

            void Row(string algorithm, MemoryScenario what)
            {
                var estimate = MemoryEstimate.Of(shape.Settings, shape.VocabularySize, what);
                long[] parts = [estimate.Parameters, estimate.Gradients, estimate.Optimizer, estimate.OtherModels, estimate.KeyValueCache, estimate.Activations, estimate.Total];
                output.WriteLine($"| {shape.Name} | {algorithm} | {string.Join(" | ", parts.Select(bytes => (bytes / Gibi).ToString("0.00", CultureInfo.InvariantCulture)))} |");
            }
        }

        return ExitCodes.Done;
    }

    private static void Check(WorkerCommand.Memory asked)
    {
        var problems = new List<InputProblem>();
        string[] names = [.. KnownShapes.All.Select(s => s.Name)];
        if (asked.Shape.Length > 0 && !names.Contains(asked.Shape))
        {
            problems.Add(new InputProblem("--shape", 0, "", Characters.Quote(asked.Shape), string.Join(", ", names)));
        }

        foreach (var (option, value, least) in (ReadOnlySpan<(string, int, int)>)
            [("--sequence", asked.Scenario.SequenceLength, 1), ("--micro-batch", asked.Scenario.MicroBatchSize, 1), ("--rollouts", asked.Scenario.RolloutBatch, 0)])
        {
            if (value < least)
            {
                problems.Add(new InputProblem(option, 0, "", value.ToString(CultureInfo.InvariantCulture), $"a whole number of at least {least}"));
            }
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }
}
