using RlCore.Algebra;

namespace RlCore.Engines.Tests;

/// <summary>Lifetime, recording, transfer and sampling.</summary>
public abstract class EngineLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var parameter = Parameter(new Matrix(2, 2, [1, 2, 3, 4]));
        Engine.Write(parameter, [5, 6, 7, 8]);
        Assert.Equal([5, 6, 7, 8], Read(parameter).Values);
        Assert.Throws<ArgumentException>(() => Engine.Write(parameter, [1]));
        Assert.Throws<ArgumentException>(() => Engine.Constant(2, 2, [1]));
    }

    [Fact]
    public void Rows_are_added_where_they_are_to_begin()
    {
        using var scope = Engine.Scope();
        var parameter = Parameter(new Matrix(3, 2, [1, 2, 3, 4, 5, 6]));
        Engine.AddRows(parameter, 1, Constant(new Matrix(2, 2, [10, 20, 30, 40])));
        Assert.Equal([1, 2, 13, 24, 35, 46], Read(parameter).Values);
        Assert.Throws<ArgumentException>(() => Engine.AddRows(parameter, 2, Constant(Matrix.Zeros(2, 2))));
        Assert.Throws<ArgumentException>(() => Engine.AddRows(parameter, -1, Constant(Matrix.Zeros(1, 2))));
    }

    [Fact]
    public void Gradients_of_several_losses_accumulate()
    {
        using var scope = Engine.Scope();
        var x = Parameter(new Matrix(1, 1, [3]));
        Engine.Backward(T.Scale(x * x, 2));
        Engine.Backward(T.Scale(x * x, 5));
        Assert.Equal(7 * 6, ReadGradient(x).Values[0]);
    }

    [Fact]
    public void Gradients_that_were_set_aside_are_added_to_those_that_came_since()
    {
        using var scope = Engine.Scope();
        T x = Parameter(new Matrix(1, 1, [3])), y = Parameter(new Matrix(1, 1, [5])), z = Parameter(new Matrix(1, 1, [7]));
        NamedParameter<T>[] all = [new("x", x, true), new("y", y, true), new("z", z, true)];
        Engine.Backward(x + T.Scale(y, 2));
        using IGradientsAside aside = Engine.SetGradientsAside(all);
        Assert.Equal([false, false, false], all.Select(parameter => Engine.HasGradient(parameter.Value)));
        Assert.Equal(0, ReadGradient(x).Values[0]);
        Engine.Backward(T.Scale(x, 10));
        aside.AddBack();
        Assert.Equal([true, true, false], all.Select(parameter => Engine.HasGradient(parameter.Value)));
        Assert.Equal([11, 2, 0], all.Select(parameter => ReadGradient(parameter.Value).Values[0]));
        Engine.SetGradientsAside(all).Dispose();
        Assert.Equal([0, 0, 0], all.Select(parameter => ReadGradient(parameter.Value).Values[0]));
    }

    [Fact]
    public void Parts_of_a_gradient_are_read_and_written()
    {
        var x = Parameter(new Matrix(2, 3, [1, 2, 3, 4, 5, 6]));
        Engine.WriteGradient(x, 1, [7, 8]);
        Assert.True(Engine.HasGradient(x));
        Assert.Equal([0, 7, 8, 0, 0, 0], ReadGradient(x).Values);
        Engine.WriteGradient(x, 4, [9, -1]);
        var part = new float[3];
        Engine.ReadGradient(x, 2, part);
        Assert.Equal([8, 0, 9], part);
        Assert.Equal([0, 7, 8, 0, 9, -1], ReadGradient(x).Values);
        Assert.Throws<ArgumentException>(() => Engine.ReadGradient(x, 4, new float[3]));
        Assert.Throws<ArgumentException>(() => Engine.WriteGradient(x, -1, [1]));
    }

    [Fact]
    public void A_loss_without_parameters_gives_no_gradient()
    {
        var x = Parameter(new Matrix(1, 1, [3]));
        Engine.Backward(Constant(new Matrix(1, 1, [1])));
        Assert.Equal(0, ReadGradient(x).Values[0]);
        Assert.Throws<ArgumentException>(() => Engine.Backward(Constant(Matrix.Zeros(2, 1))));
    }

    [Fact]
    public void A_parameter_is_its_own_loss_with_gradient_one()
    {
        var x = Parameter(new Matrix(1, 1, [3]));
        Engine.Backward(x);
        Engine.Backward(T.Reshape(x, 1, 1));
        Assert.Equal(2, ReadGradient(x).Values[0]);
    }

    [Fact]
    public void Nothing_is_recorded_without_gradient()
    {
        using var scope = Engine.Scope();
        var x = Parameter(new Matrix(1, 1, [3]));
        T silent;
        using (Engine.NoGradient())
        {
            silent = T.Reshape(x * x, 1, 1) + T.Reshape(x, 1, 1);
        }

        Engine.Backward(silent + x);
        Assert.Equal(12, Read(silent).Values[0]);
        Assert.Equal(1, ReadGradient(x).Values[0]);
    }

    [Fact]
    public void A_scope_ends_what_was_made_inside_and_nothing_else()
    {
        using var outer = Engine.Scope();
        var kept = Constant(new Matrix(1, 1, [1]));
        T lost, parameter;
        using (Engine.Scope())
        {
            lost = kept + kept;
            parameter = Parameter(new Matrix(1, 1, [2]));
        }

        Assert.Equal(1, Read(kept).Values[0]);
        Assert.Equal(2, Read(parameter).Values[0]);
        Assert.Throws<InvalidOperationException>(() => Read(lost));
        Engine.Release(parameter);
        Assert.Throws<InvalidOperationException>(() => Read(parameter));
    }

    [Fact]
    public void Tensors_of_two_engines_do_not_mix()
    {
        using var other = CreateEngine();
        var here = Constant(Matrix.Zeros(1, 1));
        var there = other.Constant(1, 1, [0f]);
        Assert.Throws<InvalidOperationException>(() => here + there);
        Assert.Throws<InvalidOperationException>(() => other.Read(here, new float[1]));
    }

    [Fact]
    public void The_same_inputs_give_the_same_bits()
    {
        var first = TinyModel<T>.Gradients(CreateEngine, 1);
        var second = TinyModel<T>.Gradients(CreateEngine, 1);
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_sampled_token_is_the_samplers() =>
        Laws.Hold(30, [40, 8, 60], (random, size) =>
        {
            var (hidden, head) = (Matrix.Random(random, size[0], size[1]), Matrix.Random(random, size[2], size[1]));
            double[] uniforms = [.. Enumerable.Range(0, size[0]).Select(_ => random.NextDouble())];
            var options = new SamplingOptions
            {
                Temperature = random.Next(3) * 0.5,
                TopK = random.Next(size[2]),
                TopP = 1 - (random.Next(2) * 0.3),
                MinP = random.Next(2) * 0.1,
            };
            using var scope = Engine.Scope();
            var (states, weight) = (Constant(hidden), Constant(head));
            var logits = Read(T.Linear(states, weight));
            var (tokens, logProbs) = (new int[size[0]], new float[size[0]]);
            Engine.Sample(states, weight, options, uniforms, tokens, logProbs);
            for (int row = 0; row < size[0]; row++)
            {
                var drawn = TokenSampler.Draw([.. References.Row(logits, row).Select(z => (float)z)], options, uniforms[row]);
                Assert.Equal(drawn.Token, tokens[row]);
                Assert.Equal(drawn.LogProb, logProbs[row], 1e-5);
            }
        });

    [Fact]
    public void A_draw_is_from_the_algebra_s_filters()
    {
        SamplingOptions[] edges =
        [
            new() { TopK = 1 }, new() { TopK = 2 }, new() { TopK = 99 }, new() { TopP = 1 }, new() { TopP = 0.55 }, new() { TopP = 1e-9 },
            new() { MinP = 1 }, new() { MinP = 0.3 }, new() { Temperature = 0.5, TopK = 3, TopP = 0.77, MinP = 0.2 },
            new() { Temperature = 1e-39 }, new() { Temperature = double.Epsilon, TopP = 0.9 }, new() { Temperature = 1e39, TopK = 3 },
        ];
        Laws.Hold(60, [6], (random, size) =>
        {
            // Few levels, so that logits tie; their distances keep rounding off the thresholds.
            double[] logits = [.. Enumerable.Range(0, size[0]).Select(_ => 0.7 * random.Next(4))];
            Array.ForEach(edges, options => AssertDraws(logits, options));
            var drawn = new SamplingOptions
            {
                Temperature = 0.3 + random.NextDouble(),
                TopK = random.Next(size[0] + 3),
                TopP = 0.05 + (0.95 * random.NextDouble()),
                MinP = random.Next(2) * random.NextDouble(),
            };
            AssertDraws(logits, drawn);
        });
    }

    [Fact]
    public void A_mask_of_nothing_gives_a_loss_of_zero_and_gradients_of_zero()
    {
        using var scope = Engine.Scope();
        var x = Parameter(new Matrix(2, 2, [1, 2, 3, double.NaN]));
        var mask = SequenceMask.FromFlags(2, 2, new bool[4]);
        Engine.Backward(T.SumOverBatch(T.SumOverTime(x, mask)));
        Assert.Equal(new double[4], ReadGradient(x).Values);
    }

    // One draw per uniform of a grid: which tokens come out, and the log-prob with which each does, are the distribution.
    private void AssertDraws(double[] logits, SamplingOptions options)
    {
        const int Draws = 512;
        double[] filtered = LogitFilters.Temperature(logits, options.Temperature);
        filtered = options.TopK > 0 ? LogitFilters.TopK(filtered, options.TopK) : filtered;
        filtered = LogitFilters.MinP(LogitFilters.TopP(filtered, options.TopP), options.MinP);
        double[] expected = LogitFilters.LogSoftmax(filtered);
        using var scope = Engine.Scope();
        T states = Constant(new Matrix(Draws, 1, [.. Enumerable.Repeat(1.0, Draws)]));
        T head = Constant(new Matrix(logits.Length, 1, logits));
        (int[] tokens, float[] logProbs) = (new int[Draws], new float[Draws]);
        Engine.Sample(states, head, options, [.. Enumerable.Range(0, Draws).Select(i => (i + 0.5) / Draws)], tokens, logProbs);

        // A token with more than a step of the grid to itself cannot be missed.
        for (int token = 0; token < logits.Length; token++)
        {
            Assert.True(expected[token] < Math.Log(1.0 / Draws) || tokens.Contains(token), $"{options}: token {token} was never drawn");
        }

        for (int i = 0; i < Draws; i++)
        {
            Assert.True(expected[tokens[i]] > double.NegativeInfinity, $"{options}: token {tokens[i]} was drawn");
            Assert.Equal(expected[tokens[i]], logProbs[i], 1e-5);
        }
    }
}
