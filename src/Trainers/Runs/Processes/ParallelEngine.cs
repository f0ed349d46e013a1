using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Trainers.Runs;

/// <summary>An engine whose process shares the work on a step with others. It is the caller's, who disposes of it.</summary>
/// <param name="engine">The engine.</param>
/// <param name="parallel">How the work is shared.</param>
/// <param name="shardsOptimizer">Whether the processes also share the optimizer's state.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ParallelEngine<T>(IEngine<T> engine, DataParallel parallel, bool shardsOptimizer) : IEngine<T>
    where T : struct, ITensor<T>
{
    public DataParallel Parallel => parallel;

    public bool IsReproducible => engine.IsReproducible;

    public string Description => engine.Description;

    public EngineMemory Memory => engine.Memory;

    public bool IsRecording => engine.IsRecording;

    public T Parameter(int rows, int columns, ReadOnlySpan<float> values) => engine.Parameter(rows, columns, values);

    public T Parameter(WeightSource source) => engine.Parameter(source);

    public T Frozen(WeightSource source) => engine.Frozen(source);

    public T Constant(int rows, int columns, ReadOnlySpan<float> values) => engine.Constant(rows, columns, values);

    public void Release(T weight) => engine.Release(weight);

    public void Read(T x, Span<float> destination) => engine.Read(x, destination);

    public void Write(T parameter, ReadOnlySpan<float> values) => engine.Write(parameter, values);

    public void AddRows(T parameter, int firstRow, T values) => engine.AddRows(parameter, firstRow, values);

    public void ReadGradient(T parameter, Span<float> destination) => engine.ReadGradient(parameter, destination);

    public void ReadGradient(T parameter, int first, Span<float> destination) => engine.ReadGradient(parameter, first, destination);

    public void WriteGradient(T parameter, int first, ReadOnlySpan<float> values) => engine.WriteGradient(parameter, first, values);

    public bool HasGradient(T parameter) => engine.HasGradient(parameter);

    public IGradientsAside SetGradientsAside(IReadOnlyList<NamedParameter<T>> parameters) => engine.SetGradientsAside(parameters);

    public IDisposable Scope() => engine.Scope();

    public IDisposable NoGradient() => engine.NoGradient();

    public void Backward(T loss) => engine.Backward(loss);

    public T Segment(T x, Func<T, T> segment) => engine.Segment(x, segment);

    public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<T>> parameters, AdamWOptions options) =>
        shardsOptimizer ? new ShardedOptimizer<T>(engine, parallel, parameters, options) : engine.CreateAdamW(parameters, options);

    public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<T>> parameters, AdamWOptions options, IReadOnlySet<string> updated) =>
        engine.CreateAdamW(parameters, options, updated);

    public IKeyValueCache CreateCache(int layers, HeadLayout heads, int batch, int capacity) =>
        engine.CreateCache(layers, heads, batch, capacity);

    public void Sample(T hidden, T head, SamplingOptions options, ReadOnlySpan<double> uniforms, Span<int> tokens, Span<float> logProbs) =>
        engine.Sample(hidden, head, options, uniforms, tokens, logProbs);

    // The engine is its owner's.
    public void Dispose()
    {
    }
}
