using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore memory</c>: the memory of a training step, by model size and algorithm, computed from shapes.</summary>
/// <param name="Shape">A known shape; empty for all.</param>
/// <param name="Scenario">Batch sizes, lengths, precision.</param>
internal sealed record MemoryCommand(string Shape, MemoryScenario Scenario) : OneShotCommand
{
    private const double Gibi = 1L << 30;

    private const string Examples = """
        Examples:
          rlcore memory
          rlcore memory --shape qwen2-0.5b --micro-batch 4 --sequence 2048 --bf16 --gradient-checkpointing
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> shape = Grammar.Text(
            "--shape", "NAME", $"One of {string.Join(", ", KnownShapes.All.Select(s => s.Name))}; all unless given");
        var sequence = new Option<int>("--sequence")
        {
            Description = "Tokens per sequence, prompt and completion together",
            HelpName = "N",
            DefaultValueFactory = _ => 1024,
        };
        var microBatch = new Option<int>("--micro-batch")
        {
            Description = "Sequences per forward and backward pass",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        var rollouts = new Option<int>("--rollouts")
        {
            Description = "Completions decoded at a time",
            HelpName = "N",
            DefaultValueFactory = _ => 64,
        };
        var command = new Command("memory", "Computes the memory of a training step, by model size and algorithm")
        {
            shape,
            sequence,
            microBatch,
            rollouts,
        };
        return grammar.Complete(command, Examples, parsed => new MemoryCommand(
            parsed.GetRequiredValue(shape),
            new MemoryScenario
            {
                SequenceLength = parsed.GetValue(sequence),
                MicroBatchSize = parsed.GetValue(microBatch),
                RolloutBatch = parsed.GetValue(rollouts),
                BFloat16 = grammar.Engine.AsksForBFloat16(parsed),
                GradientCheckpointing = grammar.Engine.AsksForGradientCheckpointing(parsed),
            }));
    }

    /// <summary>Writes the table, as Markdown.</summary>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        string[] shapes = [.. KnownShapes.All.Select(s => s.Name)];
        OptionChecks.Require(
            ("--shape", Characters.Quote(Shape), Shape.Length == 0 || shapes.Contains(Shape), string.Join(", ", shapes)),
            ("--sequence", Scenario.SequenceLength, Scenario.SequenceLength >= 1, "a whole number of at least 1"),
            ("--micro-batch", Scenario.MicroBatchSize, Scenario.MicroBatchSize >= 1, "a whole number of at least 1"),
            ("--rollouts", Scenario.RolloutBatch, Scenario.RolloutBatch >= 0, "a whole number of at least 0"));
        TextWriter output = context.Output;
        string precision = Scenario.BFloat16 ? "BF16 with F32 master weights" : "F32";
        string checkpointing = Scenario.GradientCheckpointing ? "; gradient checkpointing" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Wording.Count(Scenario.MicroBatchSize, "sequence")} of {Wording.Count(Scenario.SequenceLength, "token")} per pass; "
            + $"{Wording.Count(Scenario.RolloutBatch, "completion")} at a time; "
            + $"{precision}{checkpointing}. GiB, computed from shapes, without allocator overhead."));
        output.WriteLine();
        output.WriteLine("| model | algorithm | parameters | gradients | AdamW | other models | key/value cache | activations | total |");
        output.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var shape in KnownShapes.All.Where(s => Shape.Length == 0 || s.Name == Shape))
        {
            Row(output, shape, "SFT", Scenario with { RolloutBatch = 0 });
            Row(output, shape, "DPO", Scenario with { RolloutBatch = 0 });
            Row(output, shape, "GRPO, no KL", Scenario);
            Row(output, shape, "GRPO with KL", Scenario with { Reference = true });
            Row(output, shape, "PPO", Scenario with { Reference = true, ValueModel = true });
        }

        return ExitCodes.Done;
    }

    private static void Row(TextWriter output, KnownShape shape, string algorithm, MemoryScenario scenario)
    {
        MemoryEstimate estimate = MemoryEstimate.Of(shape.Settings, shape.VocabularySize, scenario);
        long[] parts =
        [
            estimate.Parameters,
            estimate.Gradients,
            estimate.Optimizer,
            estimate.OtherModels,
            estimate.KeyValueCache,
            estimate.Activations,
            estimate.Total,
        ];
        IEnumerable<string> cells = parts.Select(bytes => (bytes / Gibi).ToString("0.00", CultureInfo.InvariantCulture));
        output.WriteLine($"| {shape.Name} | {algorithm} | {string.Join(" | ", cells)} |");
    }
}
