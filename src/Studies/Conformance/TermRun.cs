using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>A term run over arrays of doubles.</summary>
/// <param name="Values">Its values.</param>
/// <param name="Derivatives">Their derivatives.</param>
internal sealed record TermRun(double[] Values, double[] Derivatives)
{
    /// <summary>Runs a divergence term.</summary>
    public static TermRun Of<TTerm>(TTerm term, double[] logProbs, double[] refLogProbs)
        where TTerm : struct, IDivergenceTerm =>
        Of(new DivergenceArguments.Formula<TTerm>(term), DivergenceArguments.Spans<double>(logProbs, refLogProbs));

    /// <summary>Runs a policy term.</summary>
    public static TermRun Of<TTerm>(TTerm term, double[] logProbs, double[] oldLogProbs, double[] refLogProbs, double[] advantages)
        where TTerm : struct, IPolicyTerm => Of(
            new PolicyArguments.Formula<TTerm>(term),
            PolicyArguments.Spans<double>(logProbs, oldLogProbs, refLogProbs, advantages));

    private static TermRun Of<TFormula>(TFormula formula, ElementSpans<double> at)
        where TFormula : struct, IElementFormula
    {
        var run = new TermRun(new double[at.Variable.Length], new double[at.Variable.Length]);
        TermKernels.Map(formula, at.Variable, at.First, at.Second, at.Third, at.Fourth, run.Values, run.Derivatives);
        return run;
    }

    /// <summary>Derivatives of Σ upstream · value.</summary>
    public double[] Gradient(double[] upstream) => [.. Derivatives.Zip(upstream, (derivative, weight) => derivative * weight)];
}
