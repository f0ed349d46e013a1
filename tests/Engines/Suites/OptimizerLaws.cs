using RlCore.Algebra;


namespace RlCore.Engines.Tests;

/// <summary>AdamW, gradient accumulation and clipping.</summary>
public abstract class OptimizerLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Updates_are_those_of_PyTorch()
    {
        foreach (var adam in AdamWVectors.Cases)
        {
            var plain = Replay(adam, double.PositiveInfinity);
            var clipped = Replay(adam, adam.MaxNorm);
            for (int step = 0; step < adam.Gradients.Length; step++)
            {
                Near(adam.Plain[step], plain.Parameters[step], $"case {adam.Name}, step {step}");
                Near(adam.Clipped[step], clipped.Parameters[step], $"case {adam.Name}, clipped, step {step}");
                Close.Relatively(adam.Norms[step], clipped.Norms[step], 1e-5, $"norm of case {adam.Name}, step {step}");
            }
        }
    }

    [Fact]
    public void Large_parameters_follow_the_formula() =>
        Laws.Hold(10, [120, 200, 3], (random, size) =>
        {
            var options = new AdamWOptions { WeightDecay = 0.1 };
            var start = Matrix.Random(random, size[0], size[1]);
            var parameter = Parameter(start);
            using var optimizer = Engine.CreateAdamW([new("w", parameter, size[2] > 1)], options);
            var reference = new ReferenceAdamW(options, size[2] > 1, start.Values);
            for (int step = 0; step < 3; step++)
            {
                var gradient = Matrix.Random(random, size[0], size[1]);
                Flow(parameter, gradient);
                double norm = optimizer.Step(0.01, 1);
                Close.Relatively(reference.Step(gradient.Values, 0.01, 1), norm, 1e-6, "norm");
                Near(reference.Values, Read(parameter).Values, $"step {step}");
                Assert.All(ReadGradient(parameter).Values, value => Assert.Equal(0, value));
            }
        });

    [Fact]
    public void Micro_batches_add_up_to_the_whole_batch() =>
        Laws.Hold(20, [6, 8, 8], (random, size) =>
        {
            var (x, weight) = (Matrix.Random(random, 2 * size[0], size[1]), Matrix.Random(random, size[2], size[1]));
            var outputs = Matrix.Random(random, 2 * size[0], size[2]);
            var whole = Parameter(weight);
            Descend(whole, x, outputs);
            var pieces = Parameter(weight);
            Descend(pieces, Half(x, 0), Half(outputs, 0));
            Descend(pieces, Half(x, 1), Half(outputs, 1));
            Close.To(ReadGradient(whole), ReadGradient(pieces), 1e-5, "gradient");
        });

    [Fact]
    public void An_optimizer_of_some_parameters_clips_by_the_norm_of_all_and_leaves_the_others()
    {
        T Started(double value) => Parameter(new Matrix(1, 2, [value, -value]));
        T[] whole = [Started(1), Started(2)], parts = [Started(1), Started(2)];
        NamedParameter<T>[] Named(T[] values) => [new("a", values[0], true), new("b", values[1], false)];
        using var all = Engine.CreateAdamW(Named(whole), new AdamWOptions { WeightDecay = 0.1 });
        using var some = Engine.CreateAdamW(Named(parts), new AdamWOptions { WeightDecay = 0.1 }, new HashSet<string> { "b" });
        for (int step = 0; step < 3; step++)
        {
            foreach (T[] values in (T[][])[whole, parts])
            {
                Flow(values[0], new Matrix(1, 2, [3 + step, 4]));
                Flow(values[1], new Matrix(1, 2, [1, 2 - step]));
            }

            Assert.Equal(all.Step(0.01, 1), some.Step(0.01, 1));
            Assert.Equal([1, -1], Read(parts[0]).Values);
            Assert.Equal(Read(whole[1]).Values, Read(parts[1]).Values);
            Assert.Equal([0, 0], ReadGradient(parts[0]).Values);
        }

        Assert.Equal(["b"], some.Export().FirstMoments.Keys);
        Assert.Equal(all.Export().SecondMoments["b"], some.Export().SecondMoments["b"]);
        some.Import(some.Export());
    }

    [Fact]
    public void A_norm_that_is_not_finite_changes_nothing()
    {
        var parameter = Parameter(new Matrix(1, 2, [1, 2]));
        using var optimizer = Engine.CreateAdamW([new("w", parameter, true)], new AdamWOptions { WeightDecay = 1 });
        Flow(parameter, new Matrix(1, 2, [double.NaN, 1]));
        Assert.True(double.IsNaN(optimizer.Step(0.1, 1)));
        Assert.Equal([1, 2], Read(parameter).Values);
        Assert.Equal(0, optimizer.Export().Step);
        Assert.Equal([0, 0], optimizer.Export().FirstMoments["w"]);
        Assert.Equal(1, ReadGradient(parameter).Values[1]);
        optimizer.ZeroGradients();
        Assert.Equal([0, 0], ReadGradient(parameter).Values);
        Flow(parameter, new Matrix(1, 2, [double.PositiveInfinity, 1]));
        Assert.Equal(double.PositiveInfinity, optimizer.Step(0.1, 1));
        Assert.Equal([1, 2], Read(parameter).Values);
    }

    [Fact]
    public void A_parameter_without_a_gradient_only_decays()
    {
        var parameter = Parameter(new Matrix(1, 2, [1, 2]));
        using var optimizer = Engine.CreateAdamW([new("w", parameter, true)], new AdamWOptions { WeightDecay = 0.5 });
        Assert.Equal(0, optimizer.Step(0.1, 1));
        Close.To(new Matrix(1, 2, [0.95, 1.9]), Read(parameter), 1e-6, "decayed");
    }

    [Fact]
    public void An_imported_state_goes_on_where_the_exported_one_stood()
    {
        var random = new Random(3);
        var gradients = Enumerable.Range(0, 4).Select(_ => Matrix.Random(random, 3, 5)).ToArray();
        var start = Matrix.Random(random, 3, 5);
        var (one, two) = (Parameter(start), Parameter(start));
        using var first = Engine.CreateAdamW([new("w", one, true)], new AdamWOptions());
        foreach (var gradient in gradients[..2])
        {
            Flow(one, gradient);
            first.Step(0.1, 1);
        }

        Engine.Write(two, Read(one).Floats);
        using var second = Engine.CreateAdamW([new("w", two, true)], new AdamWOptions());
        second.Import(first.Export());
        foreach (var gradient in gradients[2..])
        {
            Flow(one, gradient);
            Flow(two, gradient);
            Assert.Equal(first.Step(0.1, 1), second.Step(0.1, 1));
        }

        Assert.Equal(Read(one).Values, Read(two).Values);
        Assert.Equal(first.Export().SecondMoments["w"], second.Export().SecondMoments["w"]);
    }

    [Fact]
    public void A_state_of_other_parameters_is_refused()
    {
        using var optimizer = Engine.CreateAdamW([new("w", Parameter(Matrix.Zeros(1, 2)), true)], new AdamWOptions());
        using var other = Engine.CreateAdamW([new("v", Parameter(Matrix.Zeros(1, 2)), true)], new AdamWOptions());
        Assert.Throws<ArgumentException>(() => optimizer.Import(other.Export()));
        var twice = Parameter(Matrix.Zeros(1, 2));
        Assert.Throws<ArgumentException>(() => Engine.CreateAdamW([new("a", twice, true), new("b", twice, true)], new AdamWOptions()));
    }

    private static Matrix Half(Matrix x, int half) => Matrix.Of(x.Rows / 2, x.Columns, (i, j) => x[i + (half * x.Rows / 2), j]);

    private static void Near(double[] expected, double[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= 1e-5 * Math.Max(Math.Abs(expected[i]), 0.1),
                $"{what}: {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    private (double[][] Parameters, double[] Norms) Replay(AdamWVectors.Case adam, double maxNorm)
    {
        var parameter = Parameter(new Matrix(1, adam.Start.Length, adam.Start));
        var options = new AdamWOptions { Beta1 = adam.Beta1, Beta2 = adam.Beta2, Epsilon = adam.Epsilon, WeightDecay = adam.WeightDecay };
        using var optimizer = Engine.CreateAdamW([new("w", parameter, true)], options);
        var (parameters, norms) = (new List<double[]>(), new List<double>());
        foreach (var gradient in adam.Gradients)
        {
            Flow(parameter, new Matrix(1, gradient.Length, gradient));
            norms.Add(optimizer.Step(adam.LearningRate, maxNorm));
            parameters.Add(Read(parameter).Values);
        }

        return ([.. parameters], [.. norms]);
    }

    private void Flow(T parameter, Matrix gradient)
    {
        using var scope = Engine.Scope();
        Engine.Backward(Weighted(parameter, gradient));
    }

    private void Descend(T weight, Matrix x, Matrix outputs)
    {
        using var scope = Engine.Scope();
        Engine.Backward(Weighted(T.Gelu(T.Linear(Constant(x), weight)), outputs));
    }
}
