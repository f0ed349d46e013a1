using System.Globalization;
using System.Text;

namespace RlCore.Studies.Verification;

/// <summary>What to verify with.</summary>
public sealed record VerificationOptions
{
    /// <summary>Random numbers an elementwise law is tried on; other laws take shares of it.</summary>
    /// <value>4096.</value>
    public int Cases { get; init; } = 4096;

    /// <summary>Seed of the numbers.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;
}

/// <summary>The outcome of a law.</summary>
/// <param name="Law">Its name.</param>
/// <param name="Cases">Numbers compared.</param>
/// <param name="WorstUlp">Largest error, in ulp; +∞ where one side is NaN or infinite and the other is not.</param>
/// <param name="Tolerance">Largest error allowed, in ulp.</param>
public sealed record LawResult(string Law, long Cases, double WorstUlp, double Tolerance)
{
    /// <summary>Whether it holds: some numbers were compared and none is too far off.</summary>
    public bool Holds => Cases > 0 && WorstUlp <= Tolerance;
}

/// <summary>The outcome of all laws on one engine.</summary>
/// <param name="Engine">The engine, in words.</param>
/// <param name="Laws">The laws.</param>
public sealed record VerificationReport(string Engine, IReadOnlyList<LawResult> Laws)
{
    private const string Definition = """
        An error is |result - reference| in ulp of a 32-bit float at the scale of the reference: the gap between floats there.
        The scale of an elementwise operation is the reference itself; of a loss f, |f| + sum of |x df/dx| over its inputs (what
        it moves when they move by their own size), and the same of its gradient, but at least 1; of a sum, the sum of
        magnitudes; of the operations of a model, the largest magnitude of the result, but at least 1. References are in 64-bit floats.
        """;

    /// <summary>Whether every law holds.</summary>
    public bool Succeeded => Laws.All(law => law.Holds);

    /// <summary>The table, and what an error means.</summary>
    public override string ToString()
    {
        int width = Laws.Max(law => law.Law.Length);
        var text = new StringBuilder($"engine: {Engine}\n\n{"law".PadRight(width)}       cases   worst ulp   allowed  verdict\n");
        foreach (LawResult law in Laws)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{law.Law.PadRight(width)}  {law.Cases,10}  {law.WorstUlp,10:0.00}  {law.Tolerance,8:0.##}  "
                    + $"{(law.Holds ? "holds" : "FAILS")}\n");
        }

        int held = Laws.Count(law => law.Holds);
        return text.Append(CultureInfo.InvariantCulture, $"\n{Definition}\n\n{held} laws hold, {Laws.Count - held} fail").ToString();
    }
}
