using RlCore.Algebra;

namespace RlCore.Engines;

/// <summary>
/// The tensor operations of a decoder language model, as fused operations. Every tensor is a matrix
/// (<c>Rows</c> × <c>Columns</c>, row-major, float32 in meaning): N tokens of width D are [N, D] where
/// N = batch · time and token (b, t) is row b·time + t; a vector parameter is [1, D]; a scalar is [1, 1].
/// </summary>
/// <remarks>
/// <para>Gradients flow by reverse mode from a scalar to every tensor made by <c>IEngine.Parameter</c>.
/// Shapes that do not agree throw <see cref="ArgumentException"/> naming both. Sequences are right-padded, so
/// a real token never attends to padding; what padding rows hold is never read by a masked reduction.</para>
/// <para>A bfloat16 weight made by <see cref="IEngine{T}.Frozen"/> is the weight of <see cref="Linear(T, T)"/>, the table of
/// <see cref="GatherRows"/>, and the head of <see cref="SelectedLogProbs"/> and of <see cref="IEngine{T}.Sample"/>; every other operation
/// refuses it with <see cref="ArgumentException"/>. Its results are those of the same weight in float32.</para>
/// <para>The law suite of <see cref="ISequenceAlgebra{T}"/> and the op suite run unchanged on every engine.</para>
/// </remarks>
/// <typeparam name="T">The tensor itself, a <c>readonly struct</c>.</typeparam>
public interface ITensor<T> : ISequenceAlgebra<T>
    where T : struct, ITensor<T>
{
    /// <summary>The same elements, row-major, in another shape of equal size.</summary>
    static abstract T Reshape(T x, int rows, int columns);

    /// <summary>Rows of a table by index: [V, D] → [ids.Length, D]. Repeated ids add up in the gradient.</summary>
    static abstract T GatherRows(T table, ReadOnlySpan<int> ids);

    /// <summary>x·Wᵀ: [N, In] with weight [Out, In] → [N, Out].</summary>
    static abstract T Linear(T x, T weight);

    /// <summary>x·Wᵀ + b: [N, In] with weight [Out, In] and bias [1, Out] → [N, Out].</summary>
    static abstract T Linear(T x, T weight, T bias);

    /// <summary>(x − mean)/√(variance + ε) · gain + bias over each row, variance of the population; gain, bias [1, D].</summary>
    static abstract T LayerNorm(T x, T gain, T bias, double epsilon);

    /// <summary>x/√(mean(x²) + ε) · gain over each row; gain [1, D].</summary>
    static abstract T RmsNorm(T x, T gain, double epsilon);

    /// <summary>
    /// y with scale · (x·downᵀ)·upᵀ added to columns firstColumn … firstColumn + Out of it: a low-rank change of a weight (LoRA, Hu et
    /// al. 2021) of which y is the product. Gradients flow to all four.
    /// </summary>
    /// <param name="y">[N, M].</param>
    /// <param name="x">[N, In].</param>
    /// <param name="down">[r, In].</param>
    /// <param name="up">[Out, r]; firstColumn + Out is at most M.</param>
    /// <param name="firstColumn">First column that changes, from 0.</param>
    /// <param name="scale">Multiplies what is added.</param>
    static abstract T LowRank(T y, T x, T down, T up, int firstColumn, double scale);

    /// <summary>
    /// RMS norm of each query head with the query gain and of each key head with the key gain (the QK norm of Qwen3): of a head h,
    /// h/√(mean(h²) + ε) · gain. Value heads pass.
    /// </summary>
    /// <param name="qkv">[N, heads.PackedWidth], packed [q heads | k heads | v heads].</param>
    /// <param name="heads">Head counts and size.</param>
    /// <param name="queryGain">[1, heads.Size].</param>
    /// <param name="keyGain">[1, heads.Size].</param>
    /// <param name="epsilon">ε.</param>
    static abstract T NormHeads(T qkv, HeadLayout heads, T queryGain, T keyGain, double epsilon);

    /// <summary>
    /// Rotary positions (Su et al. 2021), half-split layout as in Llama: in each query and key head of a packed row
    /// [q heads | k heads | v heads], element pair (i, i + size/2) turns by position · frequency i, and is multiplied by the
    /// frequencies' scale. Value heads pass.
    /// </summary>
    /// <param name="qkv">[N, heads.PackedWidth].</param>
    /// <param name="heads">Head counts and size.</param>
    /// <param name="positions">One position per row, N in total.</param>
    /// <param name="frequencies">Of heads of this size.</param>
    static abstract T Rotary(T qkv, HeadLayout heads, ReadOnlySpan<int> positions, RotaryFrequencies frequencies);

    /// <summary>
    /// Causal self-attention of right-padded sequences: softmax(q·kᵀ/√size) v, token t sees tokens 0…t of its own
    /// sequence. Query head h reads key/value head h·KeyValueHeads/Heads (grouped heads).
    /// </summary>
    /// <param name="qkv">[batch · time, heads.PackedWidth], packed [q | k | v].</param>
    /// <param name="heads">Head counts and size.</param>
    /// <param name="lengths">Real tokens of each sequence, 0 … time. Rows past a length give 0, and give no gradient.</param>
    /// <param name="time">Padded width; qkv.Rows = lengths.Length · time.</param>
    /// <returns>[batch · time, heads.Heads · heads.Size].</returns>
    static abstract T CausalAttention(T qkv, HeadLayout heads, ReadOnlySpan<int> lengths, int time);

    /// <summary>
    /// Attention of new tokens over a cache (no gradient): appends the keys and values of <paramref name="lengths"/>[b] new
    /// tokens to row b at layer <paramref name="layer"/>, then each new token attends to all that its row holds up to itself.
    /// <see cref="IKeyValueCache.Advance"/> advances the rows once all layers are done.
    /// </summary>
    /// <param name="qkv">[batch · time, heads.PackedWidth] of the new tokens, right-padded.</param>
    /// <param name="cache">A cache of the same engine.</param>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="lengths">New tokens of each row, 0 … time.</param>
    /// <param name="time">Padded width of the new tokens.</param>
    static abstract T CachedAttention(T qkv, IKeyValueCache cache, int layer, ReadOnlySpan<int> lengths, int time);

    /// <summary>GELU in its tanh form (GPT-2): ½x(1 + tanh(√(2/π)(x + 0.044715x³))).</summary>
    static abstract T Gelu(T x);

    /// <summary>Gated SiLU of a packed row [gate | up]: [N, 2F] → [N, F], gate·σ(gate)·up.</summary>
    static abstract T GatedSilu(T gateUp);

    /// <summary>
    /// log softmax(hidden·headᵀ/temperature) at the targets, and the entropy of that distribution in nats, without ever
    /// storing the logits of all tokens. A negative target is skipped: log-prob 0, entropy 0, no gradient.
    /// Gradients flow to <paramref name="hidden"/> and <paramref name="head"/>, from the log-probs and from the entropy.
    /// </summary>
    /// <param name="hidden">[N, D].</param>
    /// <param name="head">[V, D].</param>
    /// <param name="targets">N token ids, or negative where nothing is scored.</param>
    /// <param name="rows">Rows of the results; rows · columns = N.</param>
    /// <param name="columns">Columns of the results.</param>
    /// <param name="temperature">Divides the logits; at least <see cref="ScoringTemperature.Least"/>.</param>
    static abstract TokenLogProbs<T> SelectedLogProbs(
        T hidden, T head, ReadOnlySpan<int> targets, int rows, int columns, double temperature);
}

/// <summary>What <see cref="ITensor{T}.SelectedLogProbs"/> gives, both [rows, columns].</summary>
/// <param name="LogProbs">log π of each target, in nats.</param>
/// <param name="Entropy">Entropy of each position's distribution, in nats.</param>
/// <typeparam name="T">The tensor.</typeparam>
public readonly record struct TokenLogProbs<T>(T LogProbs, T Entropy)
    where T : struct, ITensor<T>;
