using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Studies.Verification;

namespace RlCore.Trainers.Tests.Verification;

/// <summary>The verifier holds on the embedded engine, and sees a fault.</summary>
public sealed class VerifierLaws
{
    private static readonly VerificationOptions Quick = new() { Cases = 256 };

    private static VerificationReport Verify(VerificationOptions options, CancellationToken stop)
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        return Verifier.Run(engine, options, stop);
    }

    [Fact]
    public void The_embedded_engine_holds_every_law()
    {
        VerificationReport report = Verify(Quick, CancellationToken.None);
        Assert.True(report.Succeeded, report.ToString());
        Assert.True(report.Laws.Count > 100);
        Assert.Equal(report.Laws.Count, report.Laws.Select(law => law.Law).Distinct().Count());
    }

    [Fact]
    public void The_same_seed_gives_the_same_table() =>
        Assert.Equal(Verify(Quick, CancellationToken.None).ToString(), Verify(Quick, CancellationToken.None).ToString());

    [Fact]
    public void Wrong_values_and_draws_fail_every_law()
    {
        // A few ten-thousandths of a result are far less than any wrong formula, and far more than rounding.
        VerificationReport report = Run(new Faults { Read = (x, _) => (x * 1.0003f) + 0.0001f, Token = token => token == 0 ? 1 : 0 });
        Assert.Equal([], report.Laws.Where(law => law.Holds).Select(law => law.Law));
    }

    [Fact]
    public void A_wrong_gradient_fails_every_law_that_has_one()
    {
        VerificationReport report = Run(new Faults { ReadGradient = (x, i) => i % 3 == 0 ? (x * 1.0003f) + 0.0001f : x });
        string[] without =
        [
            "NaN and infinity", "draws", "draws at temperature 0.7", "draws of the 5 most probable", "greedy choice",
            "AdamW with a clipped norm",
        ];
        Assert.Equal(without, report.Laws.Where(law => law.Holds).Select(law => law.Law));
    }

    [Fact]
    public void A_number_that_is_not_a_number_is_no_small_error()
    {
        VerificationReport report = Run(new Faults { Read = (x, i) => i == 2 ? float.NaN : x });
        LawResult exp = report.Laws.Single(law => law.Law == "exp");
        Assert.Equal((double.PositiveInfinity, false), (exp.WorstUlp, exp.Holds));
        Assert.Contains("FAILS", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stops_when_asked()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Verify(Quick, stop.Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => Verify(Quick with { Cases = 1 }, CancellationToken.None));
    }

    private static VerificationReport Run(Faults faults)
    {
        using var engine = new FaultyEngine(new ManagedEngine(new ManagedEngineOptions { Threads = 1 }), faults);
        return Verifier.Run(engine, Quick, CancellationToken.None);
    }

    /// <summary>What an engine does wrongly.</summary>
    private sealed record Faults
    {
        public Func<float, int, float> Read { get; init; } = (x, _) => x;

        public Func<float, int, float> ReadGradient { get; init; } = (x, _) => x;

        public Func<int, int> Token { get; init; } = token => token;
    }


    /// <summary>The embedded engine with faults.</summary>
    private sealed class FaultyEngine(ManagedEngine engine, Faults faults) : IEngine<ManagedTensor>
    {
        public string Description => engine.Description;

        public ManagedTensor Parameter(int rows, int columns, ReadOnlySpan<float> values) => engine.Parameter(rows, columns, values);

        public ManagedTensor Parameter(WeightSource source) => engine.Parameter(source);

        public ManagedTensor Frozen(WeightSource source) => engine.Frozen(source);

        public ManagedTensor Constant(int rows, int columns, ReadOnlySpan<float> values) => engine.Constant(rows, columns, values);

        public void Release(ManagedTensor parameter) => engine.Release(parameter);

        public void Read(ManagedTensor x, Span<float> destination)
        {
            engine.Read(x, destination);
            Spoil(destination, faults.Read);
        }

        public void Write(ManagedTensor parameter, ReadOnlySpan<float> values) => engine.Write(parameter, values);

        public void AddRows(ManagedTensor parameter, int firstRow, ManagedTensor values) => engine.AddRows(parameter, firstRow, values);

        public void ReadGradient(ManagedTensor parameter, Span<float> destination)
        {
            engine.ReadGradient(parameter, destination);
            Spoil(destination, faults.ReadGradient);
        }

        public void ReadGradient(ManagedTensor parameter, int first, Span<float> destination) =>
            engine.ReadGradient(parameter, first, destination);

        public void WriteGradient(ManagedTensor parameter, int first, ReadOnlySpan<float> values) =>
            engine.WriteGradient(parameter, first, values);

        public bool HasGradient(ManagedTensor parameter) => engine.HasGradient(parameter);

        public IGradientsAside SetGradientsAside(IReadOnlyList<NamedParameter<ManagedTensor>> parameters) =>
            engine.SetGradientsAside(parameters);

        public IDisposable Scope() => engine.Scope();

        public bool IsRecording => engine.IsRecording;

        public IDisposable NoGradient() => engine.NoGradient();

        public void Backward(ManagedTensor loss) => engine.Backward(loss);

        public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<ManagedTensor>> parameters, AdamWOptions options) =>
            engine.CreateAdamW(parameters, options);

        public IOptimizer CreateAdamW(
            IReadOnlyList<NamedParameter<ManagedTensor>> parameters, AdamWOptions options, IReadOnlySet<string> updated) =>
            engine.CreateAdamW(parameters, options, updated);

        public IKeyValueCache CreateCache(int layers, HeadLayout heads, int batch, int capacity) =>
            engine.CreateCache(layers, heads, batch, capacity);

        public void Sample(
            ManagedTensor hidden,
            ManagedTensor head,
            SamplingOptions options,
            ReadOnlySpan<double> uniforms,
            Span<int> tokens,
            Span<float> logProbs)
        {
            engine.Sample(hidden, head, options, uniforms, tokens, logProbs);
            for (int i = 0; i < tokens.Length; i++)
            {
                tokens[i] = faults.Token(tokens[i]);
            }
        }

        public void Dispose() => engine.Dispose();

        private static void Spoil(Span<float> values, Func<float, int, float> fault)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = fault(values[i], i);
            }
        }
    }
}
