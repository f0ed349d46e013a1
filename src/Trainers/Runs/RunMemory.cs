using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>The memory that the stages of a run take, estimated from shapes before the first of them begins.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="memory">The engine's memory.</param>
/// <param name="gradientCopies">Gradients that are kept at a time.</param>
internal sealed class RunMemory(Recipe recipe, RunInputs inputs, EngineMemory memory, int gradientCopies = 1)
{
    private const double Gibi = 1L << 30;

    /// <summary>
    /// Tokens of a pass, for each stage: its own setting; else as many as fit into half of the memory beside weights, gradients, optimizer
    /// and other models. 0 where the memory is not known.
    /// </summary>
    public IReadOnlyList<int> TokensPerPass() =>
    [
        .. recipe.Stages.Select((stage, index) => stage.TokensPerPass > 0 ? stage.TokensPerPass : Room(index)),
    ];

    /// <summary>Refuses a run of which a stage cannot be kept in memory, even with a single sequence at a time.</summary>
    /// <exception cref="InputException">With each such stage.</exception>
    public void Require()
    {
        InputProblem[] problems =
        [
            .. from item in recipe.Stages.Index()
               let needed = Of(item.Index)
               where memory.Bytes > 0 && needed.Total > memory.Bytes
               select Problem(item.Index, needed),
        ];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }

    // With one sequence in a pass, and the completions of one prompt drawn at a time.
    private MemoryEstimate Of(int index)
    {
        StageSettings stage = recipe.Stages[index];
        return MemoryEstimate.Of(inputs.Trained[index], inputs.Tokenizer.VocabularySize, new MemoryScenario
        {
            MicroBatchSize = 1,
            SequenceLength = inputs.Longest[index],
            RolloutBatch = stage.DrawnPerPrompt,
            GradientCopies = gradientCopies,
            Reference = stage.KeepsAnotherModel,
            ValueModel = stage.TrainsValueModel,
            BFloat16 = memory.NumberBytes < sizeof(float),
            GradientCheckpointing = memory.Recomputes,
            Adapters = inputs.Start is { Adapter: { } adapter } start
                ? new AdaptedMemory(
                    adapter.Plan,
                    memory.FrozenWeights ?? (start.Pretrained?.Type == NumberType.BF16 ? WeightType.BF16 : WeightType.F32))
                : null,
        });
    }

    private int Room(int index)
    {
        MemoryEstimate one = Of(index);
        return MemoryEstimate.TokensPerPass(memory.Bytes, one.Kept, one.Activations / Math.Max(1, inputs.Longest[index]));
    }

    private InputProblem Problem(int index, MemoryEstimate needed)
    {
        static string Size(long bytes) => (bytes / Gibi).ToString("0.0", CultureInfo.InvariantCulture);
        string parts = $"{Size(needed.Parameters)} for weights, {Size(needed.Gradients + needed.Optimizer)} for gradients and optimizer, "
            + $"{Size(needed.OtherModels)} for other models, {Size(needed.Total - needed.Kept)} for one sequence of "
            + $"{inputs.Longest[index]} tokens";
        return new InputProblem(
            "",
            0,
            $"stages[{index}]",
            $"a stage that takes at least {Size(needed.Total)} GiB: {parts}",
            $"at most {Size(memory.Bytes)} GiB, the machine's memory: a smaller model, \"lora\", shorter rows (onLong), fewer completions "
                + $"of a prompt, {(gradientCopies > 1 ? "gradientShards of 1, " : "")}or another machine; rlcore memory prints what each "
                + "algorithm takes");
    }
}
