using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>A term run over arrays of doubles.</summary>
/// <param name="Values">Its values.</param>
/// <param name="Derivatives">Their derivatives.</param>
internal sealed record TermRun(double[] Values, double[] Derivatives)
{
    /// <summary>Runs a term; arguments that it does not read may be left out.</summary>
    public static TermRun Of<TTerm>(TTerm term, double[] x, double[]? a = null, double[]? b = null, double[]? c = null, double[]? d = null)
        where TTerm : struct, ITerm
    {
        var run = new TermRun(new double[x.Length], new double[x.Length]);
        TermKernels.Map(term, x, a ?? x, b ?? x, c ?? x, d ?? x, run.Values, run.Derivatives);
        return run;
    }

    /// <summary>Derivatives of Σ upstream · value.</summary>
    public double[] Gradient(double[] upstream) => [.. Derivatives.Zip(upstream, (derivative, weight) => derivative * weight)];
}
