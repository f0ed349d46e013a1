namespace RlCore.Engines.Tests;

/// <summary>Drawing tokens.</summary>
public sealed class TokenSamplerLaws
{
    [Fact]
    public void Filters_are_those_of_transformers()
    {
        foreach (var test in Vectors.Cases("logits_warpers_hf"))
        {
            var (inputs, expected) = (test.GetProperty("inputs"), test.GetProperty("expected"));
            int topK = (int)inputs.Number("top_k");
            var (topP, minP, temperature) = (inputs.Number("top_p"), inputs.Number("min_p"), inputs.Number("temperature"));
            Keeps(inputs.Rows("logits"), expected.Rows("top_k"), new SamplingOptions { TopK = topK });
            Keeps(inputs.Rows("tied_logits"), expected.Rows("top_k_on_tied_logits"), new SamplingOptions { TopK = topK });
            Keeps(inputs.Rows("logits"), expected.Rows("top_p"), new SamplingOptions { TopP = topP });
            Keeps(inputs.Rows("logits"), expected.Rows("min_p"), new SamplingOptions { MinP = minP });
            Keeps(inputs.Rows("tied_logits"), expected.Rows("min_p_on_tied_logits"), new SamplingOptions { MinP = minP });
            var all = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP };
            Keeps(inputs.Rows("logits"), expected.Rows("temperature_then_top_k_then_top_p"), all);
            Equals(inputs.Rows("logits"), expected.Rows("temperature_then_top_k_then_top_p_probabilities"), all);
        }
    }

    [Fact]
    public void Frequencies_are_the_distribution_and_log_probs_its_logarithm() =>
        Laws.Hold(200, [30], (random, size) =>
        {
            var (logits, options) = Case(random, size[0]);
            var probabilities = Distribution(logits, options);
            const int Draws = 2000;
            var counts = new int[logits.Length];
            for (int i = 0; i < Draws; i++)
            {
                var drawn = TokenSampler.Draw(logits, options, (i + 0.5) / Draws);
                counts[drawn.Token]++;
                Assert.Equal(Math.Log(probabilities[drawn.Token]), drawn.LogProb, 1e-5);
            }

            // A regular grid of uniforms hits an interval of length p within one of p · draws times.
            for (int token = 0; token < logits.Length; token++)
            {
                Assert.True(
                    Math.Abs(counts[token] - (Draws * (double)probabilities[token])) <= 1.01,
                    $"token {token}: {counts[token]} of {Draws}, probability {probabilities[token]}");
            }
        });

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(1e-310)]
    [InlineData(1e-39)]
    [InlineData(1e-20)]
    [InlineData(1e39)]
    [InlineData(double.MaxValue)]
    public void An_extreme_temperature_is_its_limit(double temperature) =>
        Laws.Hold(100, [12], (random, size) =>
        {
            float[] logits = [.. Enumerable.Range(0, size[0]).Select(_ => (float)random.Next(-3, 3)), 2, float.NegativeInfinity];
            float largest = logits.Max();
            bool cold = temperature < 1;
            double[] expected = [.. logits.Select(logit => logit == largest || (!cold && float.IsFinite(logit)) ? 1.0 : 0)];
            var options = new SamplingOptions { Temperature = temperature, TopK = random.Next(2) * logits.Length };
            float[] probabilities = Distribution(logits, options);
            Assert.All(
                probabilities.Zip(expected), pair => Assert.Equal(pair.Second / expected.Sum(), pair.First, 1e-6));
            var drawn = TokenSampler.Draw(logits, options, random.NextDouble());
            Assert.Equal(-Math.Log(expected.Sum()), drawn.LogProb, 1e-5);
        });

    [Fact]
    public void A_larger_uniform_never_draws_an_earlier_token() =>
        Laws.Hold(1000, [30], (random, size) =>
        {
            var (logits, options) = Case(random, size[0]);
            double low = random.NextDouble();
            double high = low + ((1 - low) * random.NextDouble());
            Assert.True(TokenSampler.Draw(logits, options, low).Token <= TokenSampler.Draw(logits, options, high).Token);
        });

    [Fact]
    public void Greedy_takes_the_first_of_the_largest()
    {
        Assert.Equal(new DrawnToken(1, 0), TokenSampler.Draw([1, 3, 3, 2], SamplingOptions.Greedy, 0.99));
        Assert.Equal(new DrawnToken(2, 0), TokenSampler.Draw([float.NegativeInfinity, -5, -1], SamplingOptions.Greedy, 0));
    }

    [Fact]
    public void A_token_of_probability_zero_is_never_drawn()
    {
        float[] logits = [float.NegativeInfinity, 0, float.NegativeInfinity];
        foreach (double uniform in new[] { 0, 0.5, 1 - 1e-16 })
        {
            Assert.Equal(new DrawnToken(1, 0), TokenSampler.Draw(logits, new SamplingOptions(), uniform));
        }
    }

    [Fact]
    public void Top_k_agrees_with_sorting() =>
        Laws.Hold(1000, [60, 60], (random, size) =>
        {
            float[] logits = [.. Enumerable.Range(0, size[0]).Select(_ => (float)random.Next(8))];
            float threshold = logits.OrderDescending().ElementAt(Math.Min(size[1], size[0]) - 1);
            var probabilities = Distribution(logits, new SamplingOptions { TopK = size[1] });
            Assert.Equal(logits.Select(logit => logit >= threshold), probabilities.Select(probability => probability > 0));
        });

    [Fact]
    public void Top_p_keeps_the_smallest_sufficient_set() =>
        Laws.Hold(1000, [200], (random, size) =>
        {
            float[] logits = [.. Enumerable.Range(0, size[0]).Select(_ => (float)(10 * random.NextDouble()))];
            double mass = 0.05 + (0.9 * random.NextDouble());
            double[] all = [.. References.LogSoftmax([.. logits.Select(logit => (double)logit)]).Select(Math.Exp)];
            var kept = Distribution(logits, new SamplingOptions { TopP = mass });
            double[] chosen = [.. all.Where((_, token) => kept[token] > 0)];
            Assert.True(chosen.Sum() > mass - 1e-5 && chosen.Sum() - chosen.Min() < mass + 1e-5);
            Assert.True(all.Where((_, token) => kept[token] == 0).DefaultIfEmpty(0).Max() <= chosen.Min());
        });

    [Fact]
    public void At_exact_ties_top_p_keeps_the_later_tokens_and_min_p_all()
    {
        // Half of the mass is exactly two of four tokens; of two equal ones, one is enough for 0.7.
        Assert.Equal([0, 0, 0.5f, 0.5f], Distribution([3, 3, 3, 3], new SamplingOptions { TopP = 0.5 }));
        Assert.Equal([0, 1], Distribution([2, 2], new SamplingOptions { TopP = 0.5 }));
        Assert.Equal([true, false, true], Distribution([1, 0, 0], new SamplingOptions { TopP = 0.7 }).Select(p => p > 0));
        Assert.Equal([0.5f, 0.5f, 0], Distribution([1, 1, 0], new SamplingOptions { MinP = 1 }));

        // A uniform at the end of a token's share draws the next.
        Assert.Equal(1, TokenSampler.Draw([2, 2], new SamplingOptions(), 0.5).Token);
        Assert.Equal(0, TokenSampler.Draw([2, 2], new SamplingOptions(), 0.5 - 1e-16).Token);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        float[] logits = [1, 2];
        Assert.Throws<ArgumentException>(() => TokenSampler.Draw(logits, new SamplingOptions { Temperature = -1 }, 0));
        Assert.Throws<ArgumentException>(() => TokenSampler.Draw(logits, new SamplingOptions { TopP = 0 }, 0));
        Assert.Throws<ArgumentException>(() => TokenSampler.Draw(logits, new SamplingOptions(), 1));
        Assert.Throws<ArgumentException>(() => TokenSampler.Draw([], new SamplingOptions(), 0));
        Assert.Throws<InvalidOperationException>(() => TokenSampler.Draw([float.NaN, 1], new SamplingOptions(), 0));
        Assert.Throws<InvalidOperationException>(() => TokenSampler.Draw([float.NegativeInfinity], new SamplingOptions(), 0));
    }

    private static (float[] Logits, SamplingOptions Options) Case(Random random, int vocabulary)
    {
        float[] logits = [.. Enumerable.Range(0, vocabulary)
            .Select(_ => random.Next(6) == 0 ? float.NegativeInfinity : (float)(6 * random.NextDouble()))];
        logits[random.Next(vocabulary)] = 1;
        var options = new SamplingOptions
        {
            Temperature = 0.3 + random.NextDouble(),
            TopK = random.Next(vocabulary + 1),
            TopP = random.Next(2) == 0 ? 1 : 0.1 + (0.9 * random.NextDouble()),
            MinP = random.Next(2) == 0 ? 0 : 0.3 * random.NextDouble(),
        };
        return (logits, options);
    }

    private static float[] Distribution(float[] logits, SamplingOptions options)
    {
        var probabilities = new float[logits.Length];
        TokenSampler.Distribution(logits, options, probabilities);
        return probabilities;
    }

    private static void Keeps(double[][] logits, double[][] filtered, SamplingOptions options)
    {
        for (int row = 0; row < logits.Length; row++)
        {
            var probabilities = Distribution([.. logits[row].Select(logit => (float)logit)], options);
            double largest = logits[row].Max();

            for (int token = 0; token < probabilities.Length; token++)
            {
                // A kept token less likely than e⁻⁸⁰ may have probability 0 in float.
                bool kept = double.IsFinite(filtered[row][token]);
                bool representable = (logits[row][token] - largest) / options.Temperature > -80;
                Assert.True(probabilities[token] > 0 == kept || (kept && !representable), $"row {row}, token {token}: {options}");
            }
        }
    }

    private static void Equals(double[][] logits, double[][] expected, SamplingOptions options)
    {
        for (int row = 0; row < logits.Length; row++)
        {
            var probabilities = Distribution([.. logits[row].Select(logit => (float)logit)], options);
            Assert.All(expected[row].Zip(probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }
}
