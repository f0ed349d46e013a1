using RlCore.Engines;

namespace RlCore.Trainers.Models;

/// <summary>The scenario whose memory is estimated.</summary>
internal sealed record MemoryScenario
{
    /// <summary>Sequences per forward and backward pass.</summary>
    /// <value>8.</value>
    public int MicroBatchSize { get; init; } = 8;

    /// <summary>Tokens of a sequence, prompt and completion together.</summary>
    /// <value>1024.</value>
    public int SequenceLength { get; init; } = 1024;

    /// <summary>Completions decoded at a time; 0 for algorithms that generate none.</summary>
    /// <value>0.</value>
    public int RolloutBatch { get; init; }

    /// <summary>
    /// Whether a frozen reference model is kept besides the policy (a KL term; preference stages compute its log-probs before
    /// and free it).
    /// </summary>
    /// <value>false.</value>
    public bool Reference { get; init; }

    /// <summary>Whether a value model with its own trunk is also trained (PPO).</summary>
    /// <value>false.</value>
    public bool ValueModel { get; init; }

    /// <summary>Gradients that are kept at a time, partial sums over the shards of a step among them.</summary>
    /// <value>1.</value>
    public int GradientCopies { get; init; } = 1;

    /// <summary>Whether computation is in BF16 with F32 master weights (TorchSharp engine) rather than F32 throughout.</summary>
    /// <value>false.</value>
    public bool BFloat16 { get; init; }

    /// <summary>Adapters that are trained in place of the model; null for none.</summary>
    /// <value>null.</value>
    public AdaptedMemory? Adapters { get; init; }

    /// <summary>Whether a block's activations are recomputed in the backward pass instead of being stored.</summary>
    /// <value>false.</value>
    public bool GradientCheckpointing { get; init; }
}

/// <summary>Low-rank adapters on frozen weights.</summary>
/// <param name="Plan">What they consist of.</param>
/// <param name="Weights">How a frozen weight is stored.</param>
internal sealed record AdaptedMemory(AdapterPlan Plan, WeightType Weights)
{
    /// <summary>Bytes of frozen weights.</summary>
    /// <param name="count">Their number.</param>
    public long BytesOf(long count) => Weights switch
    {
        WeightType.F32 => count * sizeof(float),
        WeightType.BF16 => count * sizeof(ushort),
        _ => count * (QuantizedBlock.Length + sizeof(float)) / QuantizedBlock.Length,
    };
}

/// <summary>The memory of a training step by part, in bytes. An estimate from shapes; allocator overhead is not included.</summary>
/// <param name="Parameters">Master weights (F32), and their BF16 copy if computation is in BF16.</param>
/// <param name="Gradients">One number per parameter, in F32, for each gradient that is kept at a time.</param>
/// <param name="Optimizer">AdamW's two moments, in F32.</param>
/// <param name="OtherModels">Weights of the frozen reference model; weights, gradients and moments of the value model.</param>
/// <param name="KeyValueCache">Keys and values of all rollouts, in the compute type.</param>
/// <param name="Activations">What the backward pass needs for one micro-batch, in the compute type.</param>
internal sealed record MemoryEstimate(
    long Parameters,
    long Gradients,
    long Optimizer,
    long OtherModels,
    long KeyValueCache,
    long Activations)
{
    /// <summary>The total. Rollouts and training passes do not overlap, so only the larger of cache and activations counts.</summary>
    public long Total => Kept + Math.Max(KeyValueCache, Activations);

    /// <summary>What stays from step to step.</summary>
    public long Kept => Parameters + Gradients + Optimizer + OtherModels;

    /// <summary>Tokens of a pass that fit into half of a memory beside what is kept there, at least 1; 0 if it is not known.</summary>
    /// <param name="memory">Bytes of the memory; 0 if not known.</param>
    /// <param name="kept">Bytes that are taken.</param>
    /// <param name="bytesPerToken">Bytes of the activations of a token.</param>
    public static int TokensPerPass(long memory, long kept, long bytesPerToken) =>
        memory == 0 ? 0 : (int)Math.Clamp(((memory / 2) - kept) / Math.Max(1, bytesPerToken), 1, int.MaxValue);

    /// <summary>Estimates a training step.</summary>
    /// <param name="model">Shape of the model.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="scenario">The scenario.</param>
    public static MemoryEstimate Of(ModelSettings model, int vocabularySize, MemoryScenario scenario)
    {
        const long Float = sizeof(float);
        long compute = scenario.BFloat16 ? 2 : Float;
        long parameters = ParameterPlan.Create(model, vocabularySize).Sum(p => (long)p.Size);
        long tokens = (long)scenario.MicroBatchSize * scenario.SequenceLength;
        long cached = model.CacheNumbersPerToken * scenario.SequenceLength * scenario.RolloutBatch;
        // With adapters, the weights are shared: the reference costs nothing, and a value model its own adapters.
        long trained = scenario.Adapters?.Plan.Parameters.Sum(p => (long)p.Size) ?? parameters;
        long weights = trained * (Float + (scenario.BFloat16 ? compute : 0));
        long frozen = scenario.Adapters is { } adapters ? adapters.BytesOf(parameters) : 0;
        return new MemoryEstimate(
            frozen + weights,
            trained * Float * scenario.GradientCopies,
            trained * 2 * Float,
            (scenario.Reference && frozen == 0 ? weights : 0) + (scenario.ValueModel ? weights + (trained * 3 * Float) : 0),
            cached * compute,
            tokens * ActivationsPerToken(model, scenario.GradientCheckpointing) * compute);
    }

    /// <summary>
    /// Numbers that the backward pass needs per token. A block stores: its input, two normed inputs and the middle residual (4·D),
    /// packed queries, keys and values, the attention's output, the MLP's inner rows before and after the activation. With gradient
    /// checkpointing, each block stores its input, and only one block at a time stores the rest.
    /// </summary>
    private static long ActivationsPerToken(ModelSettings model, bool checkpointing)
    {
        long up = (long)model.ResolvedMlpWidth * (model.Mlp == MlpKind.GatedSilu ? 2 : 1);
        long block = (4L * model.Width) + model.HeadLayout.PackedWidth + model.HeadLayout.OutputWidth + up + model.ResolvedMlpWidth;
        long ends = 3L * model.Width;
        return ends + (checkpointing ? (model.Layers * (long)model.Width) + block : model.Layers * block);
    }
}
