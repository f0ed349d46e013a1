using FsCheck;
using FsCheck.Fluent;

namespace RlCore.Properties;

/// <summary>Any number that a formula may meet, of every magnitude and both signs: |x| in {0} ∪ [1e-12, 60].</summary>
public readonly record struct Number(double Value)
{
    public static implicit operator double(Number number) => number.Value;
}

/// <summary>A log-prob in nats: usually in [−12, 0], sometimes extreme (to −300) or exactly 0.</summary>
public readonly record struct LogProb(double Value)
{
    public static implicit operator double(LogProb logProb) => logProb.Value;
}

/// <summary>An advantage or reward: small integers, zero and reals to ±5.</summary>
public readonly record struct Signal(double Value)
{
    public static implicit operator double(Signal signal) => signal.Value;
}

/// <summary>The generators of the specification.</summary>
public static class Domain
{
    public static Arbitrary<Number> Number() => Real(
        Gen.OneOf(
            Gen.Choose(-60_000, 60_000).Select(i => i / 1000.0),
            Gen.Choose(-12, 1).SelectMany(e => Gen.Choose(-10_000, 10_000).Select(m => m / 10_000.0 * Math.Pow(10, e))),
            Gen.Elements(0.0, 1.0, -1.0, 0.5, -0.5)))
        .Convert(value => new Number(value), number => number.Value);

    public static Arbitrary<LogProb> LogProb() => Real(
        Gen.Frequency(
            (6, Gen.Choose(0, 12_000).Select(i => -i / 1000.0)),
            (1, Gen.Choose(0, 300).Select(i => -(double)i)),
            (1, Gen.Constant(0.0))))
        .Convert(value => new LogProb(value), logProb => logProb.Value);

    public static Arbitrary<Signal> Signal() => Real(
        Gen.OneOf(
            Gen.Choose(-5000, 5000).Select(i => i / 1000.0),
            Gen.Choose(-2, 2).Select(i => (double)i)))
        .Convert(value => new Signal(value), signal => signal.Value);

    public static Arbitrary<TokenBatch> TokenBatch() => Arb.From(TokenBatches(), batch => Shrink(batch));

    private static Gen<TokenBatch> TokenBatches() =>
        from rows in Gen.Choose(1, 4)
        from columns in Gen.Choose(1, 5)
        from holes in Gen.Choose(0, 3)
        from lengths in Gen.Choose(0, columns).ArrayOf(rows)
        from full in Gen.Elements(true, false)
        let count = rows * columns
        from logProbs in Tokens(count)
        from oldLogProbs in Near(logProbs)
        from refLogProbs in Near(logProbs)
        from advantages in Signal().Generator.Select(s => s.Value).ArrayOf(count)
        from hole in Gen.Choose(0, 4).ArrayOf(count)
        let flags = Enumerable.Range(0, count)
            .Select(i => (full || i % columns < lengths[i / columns]) && (holes > 0 || hole[i] > 0))
            .ToArray()
        select new TokenBatch(rows, columns, logProbs, oldLogProbs, refLogProbs, advantages, flags);

    private static Gen<double[]> Tokens(int count) => LogProb().Generator.Select(l => l.Value).ArrayOf(count);

    // Log-ratios are mostly small, sometimes as far as ±25, sometimes exactly zero.
    private static Gen<double[]> Near(double[] values) =>
        Gen.Frequency(
            (6, Gen.Choose(-1500, 1500).Select(i => i / 1000.0)),
            (1, Gen.Choose(-25, 25).Select(i => (double)i)),
            (1, Gen.Constant(0.0)))
        .ArrayOf(values.Length)
        .Select(steps => values.Zip(steps, (value, step) => value + step).ToArray());

    private static IEnumerable<TokenBatch> Shrink(TokenBatch batch)
    {
        for (int row = 0; row < batch.Rows && batch.Rows > 1; row++)
        {
            yield return batch.SelectRows([.. Enumerable.Range(0, batch.Rows).Where(r => r != row)]);
        }
    }

    // Towards zero, then towards fewer digits.
    private static Arbitrary<double> Real(Gen<double> generator) => Arb.From(generator, value => Shrink(value));

    private static IEnumerable<double> Shrink(double value)
    {
        foreach (double candidate in new[] { 0, Math.Truncate(value), Math.Truncate(value / 2), Math.Round(value, 1) })
        {
            if (Math.Abs(candidate) < Math.Abs(value))
            {
                yield return candidate;
            }
        }
    }
}
