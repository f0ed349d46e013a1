using RlCore.Algebra;
using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>Segments of a model: what they compute belongs to the engine, which frees it early or computes it again.</summary>
public sealed class SegmentLaws
{
    private const int Layers = 8;
    private const int Rows = 96;
    private const int Width = 32;

    // Blocks as models have them, and results that are no node of their own: the input itself, views of it and of something new.
    public static TheoryData<string> Blocks => ["residual", "input", "view of the input", "view", "nested"];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Checkpointing_changes_no_bit(string block)
    {
        foreach (bool isInputTrained in new[] { true, false })
        {
            foreach (bool isSilent in new[] { true, false })
            {
                float[] expected = Gradients(Engine(checkpoints: false), block, isInputTrained, isSilent);
                Assert.Equal(expected, Gradients(Engine(checkpoints: true), block, isInputTrained, isSilent));
                Assert.Contains(expected, gradient => gradient != 0);
            }
        }
    }

    [Fact]
    public void Checkpointing_takes_the_memory_of_one_segment()
    {
        long kept = Memory(checkpoints: false), recomputed = Memory(checkpoints: true);
        Assert.True(2 * recomputed < kept, $"{recomputed} bytes beside {kept}.");
    }

    [Fact]
    public void Without_gradients_only_the_results_of_segments_are_kept()
    {
        using ManagedEngine engine = Engine(checkpoints: false);
        var stack = new Stack(engine, "residual", isInputTrained: true);
        using IDisposable scope = engine.Scope();
        using IDisposable silent = engine.NoGradient();
        ManagedTensor x = stack.Input();
        int before = engine.Arena.Live;
        ManagedTensor result = stack.Through(x);
        Assert.Equal(Layers, engine.Arena.Live - before);
        Assert.Equal(Rows, result.Rows);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_scope_frees_what_its_segments_hold(bool checkpoints)
    {
        using ManagedEngine engine = Engine(checkpoints);
        var stack = new Stack(engine, "residual", isInputTrained: true);
        stack.Backward(isSilent: false);
        int live = engine.Arena.Live;
        for (int step = 0; step < 3; step++)
        {
            stack.Backward(isSilent: false);
            Assert.Equal(live, engine.Arena.Live);
        }
    }

    [Fact]
    public void A_segment_that_fails_in_the_backward_pass_leaves_nothing_behind()
    {
        using ManagedEngine engine = Engine(checkpoints: true);
        ManagedTensor weight = engine.Parameter(1, 1, [2f]);
        int live = engine.Arena.Live;
        int runs = 0;
        using (engine.Scope())
        {
            ManagedTensor result = engine.Segment(weight, x => runs++ == 0 ? x * x : throw new InvalidOperationException("again"));
            Assert.Equal("again", Assert.Throws<InvalidOperationException>(() => engine.Backward(result)).Message);
        }

        Assert.Equal(live, engine.Arena.Live);
        using (engine.Scope())
        {
            engine.Backward(engine.Segment(weight, x => x * x));
        }

        var gradient = new float[1];
        engine.ReadGradient(weight, gradient);
        Assert.Equal(4, gradient[0]);
    }

    private static ManagedEngine Engine(bool checkpoints) =>
        new(new ManagedEngineOptions { Threads = 2, GradientCheckpointing = checkpoints });

    private static float[] Gradients(ManagedEngine engine, string block, bool isInputTrained, bool isSilent)
    {
        using (engine)
        {
            var stack = new Stack(engine, block, isInputTrained);
            stack.Backward(isSilent);
            stack.Backward(isSilent);
            return stack.Gradients();
        }
    }

    private static long Memory(bool checkpoints)
    {
        using ManagedEngine engine = Engine(checkpoints);
        var stack = new Stack(engine, "residual", isInputTrained: true, rows: 10 * Rows);
        long before = engine.Arena.Bytes;
        stack.Backward(isSilent: false);
        return engine.Arena.Bytes - before;
    }

    // Its weights are freed with the engine.
    private sealed class Stack
    {
        private readonly ManagedEngine _engine;
        private readonly string _block;
        private readonly int _rows;
        private readonly ManagedTensor _input;
        private readonly ManagedTensor _gain;
        private readonly ManagedTensor[] _up;
        private readonly ManagedTensor[] _down;

        public Stack(ManagedEngine engine, string block, bool isInputTrained, int rows = Rows)
        {
            (_engine, _block, _rows) = (engine, block, rows);
            var random = new Random(5);
            Matrix Values(int rows, int columns) => Matrix.Random(random, rows, columns, -0.3, 0.3);
            _input = isInputTrained
                ? engine.Parameter(rows, Width, Values(rows, Width).Floats)
                : engine.Frozen(new MatrixSource(Values(rows, Width), WeightType.F32));
            _gain = engine.Parameter(1, Width, Values(1, Width).Floats);
            _up = [.. Enumerable.Range(0, Layers).Select(_ => engine.Parameter(4 * Width, Width, Values(4 * Width, Width).Floats))];
            _down = [.. Enumerable.Range(0, Layers).Select(_ => engine.Parameter(Width, 4 * Width, Values(Width, 4 * Width).Floats))];
        }

        private IEnumerable<ManagedTensor> Trained =>
            [.. _input.Weight.IsParameter ? [_input] : Array.Empty<ManagedTensor>(), _gain, .. _up, .. _down];

        public ManagedTensor Input() => ManagedTensor.Scale(_input, 1.5);

        public ManagedTensor Through(ManagedTensor x)
        {
            for (int layer = 0; layer < Layers; layer++)
            {
                int index = layer;
                x = _engine.Segment(x, input => _block switch
                {
                    "input" when index % 2 == 0 => input,
                    "view of the input" when index % 2 == 0 => ManagedTensor.Reshape(input, _rows, Width),
                    "view" => ManagedTensor.Reshape(Block(input, index), _rows, Width),
                    "nested" => _engine.Segment(Block(input, index), inner => inner * inner),
                    _ => Block(input, index),
                });
            }

            return x;
        }

        public void Backward(bool isSilent)
        {
            using IDisposable scope = _engine.Scope();
            ManagedTensor result = Through(Input());
            ManagedTensor loss = ManagedTensor.SumOverBatch(ManagedTensor.SumOverTime(result * result, SequenceMask.Full(_rows, Width)));
            using IDisposable? silent = isSilent ? _engine.NoGradient() : null;
            _engine.Backward(loss);
        }

        public float[] Gradients() =>
        [
            .. Trained.SelectMany(weight =>
            {
                var values = new float[weight.Rows * weight.Columns];
                _engine.ReadGradient(weight, values);
                return values;
            }),
        ];

        private ManagedTensor Block(ManagedTensor x, int layer)
        {
            ManagedTensor inner = ManagedTensor.Gelu(ManagedTensor.Linear(ManagedTensor.RmsNorm(x, _gain, 1e-5), _up[layer]));
            return x + ManagedTensor.Linear(inner, _down[layer]);
        }
    }
}
