using RlCore.Algebra;

namespace RlCore.Engines;

/// <summary>Gradients that were set aside. They are freed when they are added back or disposed of.</summary>
public interface IGradientsAside : IDisposable
{
    /// <summary>Adds them to the gradients that the parameters have by now: x + 0 where one of the two is missing.</summary>
    void AddBack();
}

/// <summary>
/// A place where tensors live: creation, transfer, lifetime, reverse mode, optimizer, sampling. One engine is used by
/// one thread at a time; it may use many threads inside.
/// </summary>
/// <typeparam name="T">The tensor.</typeparam>
public interface IEngine<T> : IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>A description for display, for example "managed, 2 threads, AVX-512".</summary>
    string Description { get; }

    /// <summary>The memory that tensors live in.</summary>
    /// <value>That of the host.</value>
    EngineMemory Memory => EngineMemory.OfHost;

    /// <summary>
    /// Whether a sum has the same bits whenever it is computed. Then the gradients of a step are added up in an order that does not depend
    /// on the number of processes.
    /// </summary>
    /// <value>false: they are the same up to rounding.</value>
    bool IsReproducible => false;

    /// <summary>How the work on the rows of a step is shared out.</summary>
    /// <value>One process, and steps that are not cut.</value>
    DataParallel Parallel => DataParallel.Alone;

    /// <summary>A trainable leaf that lives until the engine is disposed or <see cref="Release"/> is called.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="values">rows · columns values, row-major.</param>
    T Parameter(int rows, int columns, ReadOnlySpan<float> values);

    /// <summary>
    /// A trainable leaf in float32, whatever type the source has, that lives until the engine is disposed or <see cref="Release"/> is
    /// called. It is filled piece by piece, so that no second copy of it exists.
    /// </summary>
    /// <param name="source">Shape and values.</param>
    T Parameter(WeightSource source);

    /// <summary>
    /// A weight that is not trained: it has no gradient and lives until the engine is disposed or <see cref="Release"/> is called. It is
    /// stored in the source's type, and arithmetic is in the engine's: on one of float32, results are those of the same weight in
    /// float32. A bfloat16 source of one row (a bias, a gain) is stored in float32.
    /// </summary>
    /// <param name="source">Shape and values.</param>
    T Frozen(WeightSource source);

    /// <summary>A constant that lives until the current scope ends.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="values">rows · columns values, row-major.</param>
    T Constant(int rows, int columns, ReadOnlySpan<float> values);

    /// <summary>Frees a parameter or a frozen weight (a reference model that is no longer needed).</summary>
    /// <param name="weight">Made by <c>Parameter</c> or <see cref="Frozen"/>.</param>
    void Release(T weight);

    /// <summary>Copies a tensor's values to the host.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="destination">Rows · Columns floats.</param>
    void Read(T x, Span<float> destination);

    /// <summary>Overwrites a parameter's values.</summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    /// <param name="values">Rows · Columns values.</param>
    void Write(T parameter, ReadOnlySpan<float> values);

    /// <summary>
    /// Adds a tensor's values to rows of a parameter, where both live: nothing is recorded for reverse mode, and nothing is copied to
    /// the host. This collects measurements on the device, to be read once.
    /// </summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    /// <param name="firstRow">The row that the first row of <paramref name="values"/> is added to.</param>
    /// <param name="values">As many columns as the parameter has, and no more rows than follow the first.</param>
    void AddRows(T parameter, int firstRow, T values);

    /// <summary>Copies a parameter's accumulated gradient to the host; zeros if nothing has flowed to it.</summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    /// <param name="destination">Rows · Columns floats.</param>
    void ReadGradient(T parameter, Span<float> destination);

    /// <summary>Copies a part of a parameter's accumulated gradient to the host; zeros if nothing has flowed to it.</summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    /// <param name="first">The first element of the part, row-major.</param>
    /// <param name="destination">As many floats as the part has.</param>
    void ReadGradient(T parameter, int first, Span<float> destination);

    /// <summary>Overwrites a part of a parameter's gradient; the rest is zero if nothing had flowed to it.</summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    /// <param name="first">The first element of the part, row-major.</param>
    /// <param name="values">The part.</param>
    void WriteGradient(T parameter, int first, ReadOnlySpan<float> values);

    /// <summary>Whether anything has flowed to a parameter since its gradient was last cleared.</summary>
    /// <param name="parameter">Made by <c>Parameter</c>.</param>
    bool HasGradient(T parameter);

    /// <summary>Takes the gradients of parameters away, where they live, so that the parameters have none until something flows.</summary>
    /// <param name="parameters">The parameters, each once.</param>
    IGradientsAside SetGradientsAside(IReadOnlyList<NamedParameter<T>> parameters);

    /// <summary>
    /// Begins a scope: when it is disposed, every tensor created inside that is not a parameter is freed. Scopes nest. No
    /// <c>await</c> inside one.
    /// </summary>
    IDisposable Scope();

    /// <summary>Whether operations record for reverse mode.</summary>
    bool IsRecording { get; }

    /// <summary>Until disposed, operations record nothing for reverse mode.</summary>
    IDisposable NoGradient();

    /// <summary>
    /// Adds the derivative of a [1, 1] tensor to the gradient of every parameter it depends on. The recording may be freed on the
    /// way: losses that share a part are added up first.
    /// </summary>
    /// <param name="loss">[1, 1].</param>
    void Backward(T loss);

    /// <summary>
    /// Applies a segment of a model, for example one block. What it computes inside belongs to the engine, which may free it at once or
    /// compute it again in <see cref="Backward"/> (gradient checkpointing): only the result may be used outside, and the segment must
    /// give the same result each time.
    /// </summary>
    /// <param name="x">Input of the segment.</param>
    /// <param name="segment">A function of its input and of parameters.</param>
    T Segment(T x, Func<T, T> segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        return segment(x);
    }

    /// <summary>AdamW over these parameters.</summary>
    /// <param name="parameters">The parameters to update, each once.</param>
    /// <param name="options">Betas, epsilon, decay.</param>
    IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<T>> parameters, AdamWOptions options);

    /// <summary>
    /// AdamW that updates some of its parameters, and has state for these only; gradients are clipped by the norm over all, and the
    /// gradients of all are cleared. The others are updated elsewhere (ZeRO, Rajbhandari et al. 2020, stage 1).
    /// </summary>
    /// <param name="parameters">All parameters, each once.</param>
    /// <param name="options">Betas, epsilon, decay.</param>
    /// <param name="updated">Names of those that are updated here.</param>
    IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<T>> parameters, AdamWOptions options, IReadOnlySet<string> updated);

    /// <summary>An empty cache.</summary>
    /// <param name="layers">Layers.</param>
    /// <param name="heads">Heads of each layer.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Maximum tokens per row.</param>
    IKeyValueCache CreateCache(int layers, HeadLayout heads, int batch, int capacity);

    /// <summary>
    /// Draws one token per row from softmax(hidden·headᵀ/temperature) after the filters, by inversion of the cumulative
    /// distribution in order of token id at the given uniforms, so that every engine draws the same token from the same logits.
    /// </summary>
    /// <param name="hidden">[B, D]: the last position of each row.</param>
    /// <param name="head">[V, D].</param>
    /// <param name="options">Temperature (0 = greedy, the first of equal logits) and filters.</param>
    /// <param name="uniforms">B numbers in [0, 1).</param>
    /// <param name="tokens">B drawn tokens.</param>
    /// <param name="logProbs">B log-probs of the drawn tokens under the distribution really drawn from (after temperature and
    /// filters).</param>
    void Sample(T hidden, T head, SamplingOptions options, ReadOnlySpan<double> uniforms, Span<int> tokens, Span<float> logProbs);
}
