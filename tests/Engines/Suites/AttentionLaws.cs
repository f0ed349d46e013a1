namespace RlCore.Engines.Tests;

/// <summary>Causal attention, and attention over a cache.</summary>
public abstract class AttentionLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Causal_attention_is_the_softmax_average_of_what_came_before() =>
        Laws.Hold(30, [3, 2, 2, 20, 20], (random, size) =>
        {
            var (heads, lengths, time) = Case(random, size);
            AgreesWithReference(
                random,
                [Matrix.Random(random, lengths.Length * time, heads.PackedWidth)],
                x => T.CausalAttention(x[0], heads, lengths, time),
                x => References.CausalAttention(x[0], heads, lengths, time));
        });

    [Fact]
    public void Padding_reaches_neither_values_nor_gradients() =>
        Laws.Hold(30, [3, 2, 2, 20, 20], (random, size) =>
        {
            var (heads, lengths, time) = Case(random, size);
            var clean = Matrix.Random(random, lengths.Length * time, heads.PackedWidth);
            var poisoned = Matrix.Of(clean.Rows, clean.Columns, (i, j) => i % time < lengths[i / time] ? clean[i, j] : double.NaN);
            var weights = Matrix.Random(random, clean.Rows, heads.OutputWidth);
            var (value, gradient) = Run(clean, weights, x => T.CausalAttention(x, heads, lengths, time));
            var (poisonedValue, poisonedGradient) = Run(poisoned, weights, x => T.CausalAttention(x, heads, lengths, time));
            Close.To(value, poisonedValue, 0, "value");
            Close.To(gradient, poisonedGradient, 0, "gradient");
        });

    [Fact]
    public void Attention_over_a_cache_equals_attention_over_the_whole() =>
        Laws.Hold(40, [5, 2, 3, 20, 24], (random, size) =>
        {
            var (heads, lengths, time) = Case(random, size);
            var whole = Matrix.Random(random, lengths.Length * time, heads.PackedWidth);
            var expected = References.CausalAttention(whole, heads, lengths, time);
            using var cache = Engine.CreateCache(2, heads, lengths.Length, time);
            while (Enumerable.Range(0, lengths.Length).Any(row => cache.Lengths[row] < lengths[row]))
            {
                int[] held = cache.Lengths.ToArray();
                int[] news = [.. lengths.Select((length, row) => random.Next(0, length - held[row] + 1))];
                int width = news.Max();
                var piece = Matrix.Of(
                    lengths.Length * width,
                    heads.PackedWidth,
                    (i, j) => i % width < news[i / width] ? whole[(i / width * time) + held[i / width] + (i % width), j] : double.NaN);
                using var scope = Engine.Scope();
                _ = T.CachedAttention(Constant(piece.Map(x => -x)), cache, 0, news, width);
                var result = Read(T.CachedAttention(Constant(piece), cache, 1, news, width));
                cache.Advance(news);
                for (int i = 0; i < result.Rows; i++)
                {
                    bool real = i % width < news[i / width];
                    double[] wanted = real
                        ? References.Row(expected, (i / width * time) + held[i / width] + (i % width))
                        : new double[heads.OutputWidth];
                    Close.To(new Matrix(1, wanted.Length, wanted), new Matrix(1, wanted.Length, References.Row(result, i)), 1e-4, "cached");
                }
            }
        });

    [Fact]
    public void Kept_rows_go_on_where_the_named_rows_were() =>
        Laws.Hold(40, [6, 2, 2, 20, 10], (random, size) =>
        {
            var (heads, _, time) = Case(random, size);
            int batch = size[0];
            int[] full = [.. Enumerable.Repeat(time, batch)];
            int[] ones = [.. Enumerable.Repeat(1, batch)];
            int[] kept = [.. Enumerable.Range(0, random.Next(1, batch + 1)).Select(_ => random.Next(batch))];
            var prompt = Matrix.Random(random, batch * time, heads.PackedWidth);
            var next = Matrix.Random(random, kept.Length, heads.PackedWidth);
            using var scope = Engine.Scope();
            using var cache = Engine.CreateCache(1, heads, batch, time + 1);
            _ = T.CachedAttention(Constant(prompt), cache, 0, full, time);
            cache.Advance(full);
            cache.Keep(kept);
            var result = Read(T.CachedAttention(Constant(next), cache, 0, ones.AsSpan(0, kept.Length), 1));
            Assert.Equal(Enumerable.Repeat(time, kept.Length), cache.Lengths.ToArray());
            var whole = Matrix.Of(
                kept.Length * (time + 1),
                heads.PackedWidth,
                (i, j) => i % (time + 1) < time ? prompt[(kept[i / (time + 1)] * time) + (i % (time + 1)), j] : next[i / (time + 1), j]);
            var expected = References.CausalAttention(whole, heads, [.. kept.Select(_ => time + 1)], time + 1);
            Close.To(Matrix.Of(kept.Length, heads.OutputWidth, (i, j) => expected[(i * (time + 1)) + time, j]), result, 1e-4, "kept");
        });

    [Fact]
    public void Rows_of_another_cache_join_those_of_a_cache() =>
        Laws.Hold(20, [3, 2, 2, 4, 20, 3], (random, size) =>
        {
            var (heads, lengths, time) = Case(random, size);
            var (old, added) = (size[0], 1 + random.Next(size[5] + 1));
            int[] held = [.. lengths.Select(length => length + 1)];
            int[] others = [.. Enumerable.Range(0, added).Select(_ => random.Next(1, time + 2))];

            // Some come twice, some not at all.
            int[] chosen = [.. Enumerable.Range(0, added).Select(_ => random.Next(added)), 0];
            int[] coming = [.. chosen.Select(row => others[row])];
            using var scope = Engine.Scope();
            using var cache = Engine.CreateCache(2, heads, old + chosen.Length, time + 3);
            using var other = Engine.CreateCache(2, heads, added, time + 1);
            cache.Keep([.. Enumerable.Range(0, old)]);
            var prompts = new[] { Fill(cache, held), Fill(other, others) };

            // A row that was dropped leaves its place to one that comes.
            int[] kept = [.. Enumerable.Range(0, old).Where(row => row != old / 2)];
            cache.Keep(kept);
            cache.Append(other, chosen);
            int[] all = [.. kept.Select(row => held[row]), .. coming];
            Assert.Equal(all, cache.Lengths.ToArray());
            var next = Matrix.Random(random, all.Length, heads.PackedWidth);
            int[] ones = [.. all.Select(_ => 1)];
            for (int layer = 0; layer < 2; layer++)
            {
                var result = Read(T.CachedAttention(Constant(next), cache, layer, ones, 1));
                for (int row = 0; row < all.Length; row++)
                {
                    var (prompt, from) = row < kept.Length
                        ? (prompts[0][layer], kept[row])
                        : (prompts[1][layer], chosen[row - kept.Length]);
                    int width = time + 1;
                    var whole = Matrix.Of(all[row] + 1, heads.PackedWidth, (i, j) =>
                        i < all[row] ? prompt[(from * width) + i, j] : next[row, j]);
                    var expected = References.CausalAttention(whole, heads, [all[row] + 1], all[row] + 1);
                    Close.To(
                        Matrix.Of(1, heads.OutputWidth, (_, j) => expected[all[row], j]),
                        Matrix.Of(1, heads.OutputWidth, (_, j) => result[row, j]),
                        1e-4,
                        "joined");
                }
            }

            Matrix[] Fill(IKeyValueCache target, int[] counts)
            {
                Matrix[] layers = [.. Enumerable.Range(0, 2).Select(_ =>
                    Matrix.Random(random, counts.Length * (time + 1), heads.PackedWidth))];
                foreach (var (layer, values) in layers.Index())
                {
                    _ = T.CachedAttention(Constant(values), target, layer, counts, time + 1);
                }

                target.Advance(counts);
                return layers;
            }
        });

    [Fact]
    public void Rows_that_do_not_fit_do_not_join()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(1, 1, 2);
        using var cache = Engine.CreateCache(1, heads, 2, 2);
        using var more = Engine.CreateCache(1, heads, 3, 2);
        using var deeper = Engine.CreateCache(2, heads, 1, 2);
        using var longer = Engine.CreateCache(1, heads, 1, 3);
        _ = T.CachedAttention(Constant(Matrix.Zeros(3, heads.PackedWidth)), longer, 0, [3], 3);
        longer.Advance([3]);
        cache.Keep([]);
        Assert.Throws<ArgumentException>(() => cache.Append(more, [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => cache.Append(deeper, [0]));
        Assert.Throws<ArgumentException>(() => cache.Append(longer, [0]));
        Assert.Throws<ArgumentException>(() => cache.Append(more, [3]));
        Assert.Throws<ArgumentException>(() => cache.Append(more, [-1]));
        Assert.Equal(0, cache.Lengths.Length);
    }

    [Fact]
    public void A_full_cache_refuses_more_tokens()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(1, 1, 2);
        using var cache = Engine.CreateCache(1, heads, 1, 2);
        var tokens = Constant(Matrix.Zeros(2, heads.PackedWidth));
        _ = T.CachedAttention(tokens, cache, 0, [2], 2);
        cache.Advance([2]);
        Assert.Throws<ArgumentException>(() => T.CachedAttention(tokens, cache, 0, [1], 2));
        Assert.Throws<ArgumentException>(() => cache.Advance([1]));
        Assert.Throws<ArgumentException>(() => cache.Keep([0, 0]));
        Assert.Throws<ArgumentException>(() => cache.Keep([1]));
    }

    private static (HeadLayout Heads, int[] Lengths, int Time) Case(Random random, int[] size)
    {
        var heads = new HeadLayout(size[1] * size[2], size[2], size[3]);
        int time = size[4];
        return (heads, [.. Enumerable.Range(0, size[0]).Select(_ => random.Next(0, time + 1))], time);
    }

    private (Matrix Value, Matrix Gradient) Run(Matrix input, Matrix weights, Func<T, T> operation)
    {
        using var scope = Engine.Scope();
        var parameter = Parameter(input);
        var result = operation(parameter);
        Engine.Backward(Weighted(result, weights));
        var gradient = ReadGradient(parameter);
        var value = Read(result);
        Engine.Release(parameter);
        return (value, gradient);
    }
}
