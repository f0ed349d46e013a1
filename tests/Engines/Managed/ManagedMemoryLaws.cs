using RlCore.Algebra;
using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>What the embedded engine promises beyond the contract.</summary>
public sealed class ManagedMemoryLaws
{
    [Fact]
    public void Scopes_return_every_block()
    {
        using var engine = new ManagedEngine();
        using var model = new TinyModel<ManagedTensor>(engine, 20, 6);
        model.Step();
        int live = engine.Arena.Live;
        for (int step = 0; step < 3; step++)
        {
            model.Step();
            Assert.Equal(live, engine.Arena.Live);
        }
    }

    [Fact]
    public void A_disposed_engine_holds_nothing()
    {
        var engine = new ManagedEngine();
        var model = new TinyModel<ManagedTensor>(engine, 20, 6);
        model.Step();
        _ = engine.CreateCache(2, new HeadLayout(2, 1, 4), 3, 5);
        engine.Dispose();
        Assert.Equal(0, engine.Arena.Live);
        Assert.Throws<ObjectDisposedException>(() => engine.Scope());
        model.Dispose();
    }

    [Fact]
    public void A_frozen_bfloat16_weight_takes_two_bytes_an_element_and_gives_them_back()
    {
        const int Rows = 4000, Columns = 1024, Line = 64;
        using var engine = new ManagedEngine();
        long before = engine.Arena.Bytes;
        var weight = engine.Frozen(new MatrixSource(Matrix.Zeros(Rows, Columns), WeightType.BF16));
        Assert.InRange(engine.Arena.Bytes - before, 2 * Rows * Columns, (2 * Rows * Columns) + (2 * Line));
        using (engine.Scope())
        {
            var x = engine.Parameter(2, Columns, new float[2 * Columns]);
            engine.Backward(ManagedTensor.SumOverBatch(
                ManagedTensor.SumOverTime(ManagedTensor.Linear(x, weight), SequenceMask.Full(2, Rows))));
            Assert.True(weight.Weight.Gradient.IsNone);

            // The packed panels are of a fixed size; a copy in float32 would be four bytes more an element.
            Assert.True(engine.Arena.Bytes - before < 3 * Rows * Columns);
            engine.Release(x);
        }

        engine.Release(weight);
        Assert.True(engine.Arena.Bytes - before < Rows * Columns);
    }

    [Fact]
    public void Nothing_is_recorded_of_frozen_weights_alone()
    {
        using var engine = new ManagedEngine();
        using var scope = engine.Scope();
        var weight = engine.Frozen(new MatrixSource(Matrix.Zeros(3, 4), WeightType.BF16));
        var rows = ManagedTensor.GatherRows(weight, [1, 2]);
        foreach (var result in new[]
                 {
                     rows,
                     ManagedTensor.Linear(rows, weight),
                     ManagedTensor.SelectedLogProbs(rows, weight, [1, 0], 1, 2, 1).LogProbs,
                 })
        {
            Assert.False(result.Node.RequiresGradient);
            Assert.Null(result.Node.A);
        }
    }

    [Fact]
    public void A_steady_step_allocates_next_to_nothing()
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        using var model = new TinyModel<ManagedTensor>(engine, 50, 6);
        for (int step = 0; step < 5; step++)
        {
            model.Step();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 10; step++)
        {
            model.Step();
        }

        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 10;
        Assert.True(bytes < 200, $"{bytes} bytes a step");
    }

    [Fact]
    public void Sampling_in_a_steady_state_allocates_next_to_nothing()
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        using var scope = engine.Scope();
        var random = new Random(1);
        var hidden = engine.Constant(32, 8, Matrix.Random(random, 32, 8).Floats);
        var head = engine.Constant(50, 8, Matrix.Random(random, 50, 8).Floats);
        var options = new SamplingOptions { TopK = 10, TopP = 0.9 };
        var (uniforms, tokens, logProbs) = (new double[32], new int[32], new float[32]);
        engine.Sample(hidden, head, options, uniforms, tokens, logProbs);
        long before = GC.GetAllocatedBytesForCurrentThread();
        engine.Sample(hidden, head, options, uniforms, tokens, logProbs);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Results_do_not_depend_on_the_number_of_threads(int threads)
    {
        var one = TinyModel<ManagedTensor>.Gradients(() => new ManagedEngine(new ManagedEngineOptions { Threads = 1 }), 1);
        var many = TinyModel<ManagedTensor>.Gradients(() => new ManagedEngine(new ManagedEngineOptions { Threads = threads }), 1);
        Assert.Equal(one, many);
    }
}
