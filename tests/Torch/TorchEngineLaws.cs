using RlCore.Engines.Tests;
using TorchSharp;

namespace RlCore.Engines.Torch.Tests;

/// <summary>What this engine promises beyond the contract.</summary>
public sealed class TorchEngineLaws
{
    private static readonly TorchEngineOptions Plain = new() { Device = Machine.Name };

    public static TheoryData<TorchEngineOptions> SameResults =>
        [Plain with { GradientCheckpointing = true }, Plain with { LogitsAtOnce = 30 }];

    [Theory]
    [MemberData(nameof(SameResults))]
    public void Checkpointing_and_smaller_pieces_change_nothing(TorchEngineOptions options)
    {
        (double[] expected, float[][] gradients) = SmallModel.Train(Plain, 3);
        (double[] found, float[][] otherGradients) = SmallModel.Train(options, 3);
        for (int step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step], found[step], 1e-5);
        }

        for (int i = 0; i < gradients.Length; i++)
        {
            Close.To(Row(gradients[i]), Row(otherGradients[i]), 2e-5, $"gradient {i}");
        }
    }

    [Fact]
    public void BFloat16_trains_as_float32_does_within_its_precision()
    {
        (double[] expected, _) = SmallModel.Train(Plain, 30);
        (double[] found, _) = SmallModel.Train(Plain with { Precision = TorchPrecision.BF16 }, 30);
        for (int step = 0; step < 10; step++)
        {
            Assert.Equal(expected[step], found[step], 0.02 * expected[0]);
        }

        Assert.InRange(found[^1], double.NegativeInfinity, found[0] - 2);
    }

    [Fact]
    public void BFloat16_gradients_of_micro_batches_add_up_in_float32()
    {
        using var engine = new TorchEngine(Plain with { Precision = TorchPrecision.BF16 });
        using IDisposable scope = engine.Scope();
        TorchTensor weight = engine.Parameter(32, 1, Enumerable.Repeat(1f, 32).ToArray());
        TorchTensor x = engine.Constant(1, 1, [1f]);
        for (int i = 0; i < 1000; i++)
        {
            engine.Backward(TorchTensor.SumOverBatch(TorchTensor.Reshape(TorchTensor.Linear(x, weight), 32, 1)));
        }

        var gradient = new float[32];
        engine.ReadGradient(weight, gradient);
        Assert.Equal(Enumerable.Repeat(1000f, 32), gradient);
    }

    [Fact]
    public void BFloat16_decodes_with_the_weights_of_the_last_update()
    {
        using var engine = new TorchEngine(Plain with { Precision = TorchPrecision.BF16 });
        using IDisposable scope = engine.Scope();
        TorchTensor weight = engine.Parameter(32, 1, new float[32]);
        TorchTensor x = engine.Constant(1, 1, [1f]);
        using (engine.NoGradient())
        {
            Assert.Equal(0, Sum(engine, TorchTensor.Linear(x, weight)));
            engine.Write(weight, Enumerable.Repeat(2f, 32).ToArray());
            Assert.Equal(64, Sum(engine, TorchTensor.Linear(x, weight)));
        }
    }

    [Fact]
    public void A_failure_inside_of_the_backward_pass_is_thrown_after_it()
    {
        using var engine = new TorchEngine(Plain with { GradientCheckpointing = true });
        using IDisposable scope = engine.Scope();
        TorchTensor x = engine.Parameter(1, 1, [2f]);
        bool isSecond = false;
        TorchTensor y = engine.Segment(x, input =>
        {
            if (isSecond)
            {
                throw new InvalidDataException("the second run");
            }

            isSecond = true;
            return input * input;
        });
        Exception thrown = Assert.Throws<InvalidOperationException>(() => engine.Backward(y));
        Assert.IsType<InvalidDataException>(thrown.InnerException);
        engine.Backward(x * x);
        var gradient = new float[1];
        engine.ReadGradient(x, gradient);
        Assert.Equal(4, gradient[0]);
    }

    [Fact]
    public void Unknown_devices_are_refused_with_what_to_do() =>
        Assert.Contains(
            "cuda:0",
            Assert.Throws<ArgumentException>(() => new TorchEngine(Plain with { Device = "abacus" })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Tensors_of_a_users_own_are_carriers()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Throws<ArgumentException>(() => TorchTensor.Wrap(torch.ones(2, 3, 4)));
        Assert.Throws<ArgumentException>(() => TorchTensor.Wrap(torch.ones(2, 3, torch.int64)));
        TorchTensor x = TorchTensor.Wrap(torch.ones(2, 3, torch.float64));
        Assert.Equal((2, 3), (x.Rows, x.Columns));
        Assert.Equal(torch.ScalarType.Float64, TorchTensor.FromValues(x, 1, 1, [1]).Value.dtype);
    }

    private static double Sum(TorchEngine engine, TorchTensor x)
    {
        var values = new float[x.Rows * x.Columns];
        engine.Read(x, values);
        return values.Sum(value => (double)value);
    }

    private static Matrix Row(float[] values) => new(1, values.Length, [.. values.Select(value => (double)value)]);
}
