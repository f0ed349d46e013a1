using RlCore.Algebra;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>The loss of a step told again from the named formulas, with its derivative by each completion's log-prob.</summary>
/// <param name="Sequences">All chosen completions, then all rejected ones.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Derivatives">∂loss/∂ℓ of each of them.</param>
internal sealed record PreferenceFormula(TokenSequence[] Sequences, double Loss, double[] Derivatives)
{
    public static PreferenceFormula Of(
        PreferenceSettings settings,
        SequencePair[] pairs,
        Func<IEnumerable<TokenSequence>, float[]> policy,
        Func<IEnumerable<TokenSequence>, float[]> reference)
    {
        TokenSequence[] sequences = [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
        double[] logProbs = [.. policy(sequences).Select(sum => (double)sum)];
        double[] refLogProbs = NeedsReference(settings)
            ? [.. reference(sequences).Select(sum => (double)sum)]
            : new double[sequences.Length];
        var derivatives = new double[sequences.Length];
        double loss = 0;
        for (int variable = 0; variable < sequences.Length; variable++)
        {
            Dual<Real>[] duals = [.. logProbs.Select(
                (value, i) => i == variable ? Dual<Real>.Variable(value) : Dual<Real>.Constant(value))];
            Dual<Real> value = Evaluate(settings, sequences, duals, refLogProbs);
            (loss, derivatives[variable]) = (value.Value, value.Tangent);
        }

        return new PreferenceFormula(sequences, loss, derivatives);
    }

    private static Dual<Real> Evaluate(PreferenceSettings settings, TokenSequence[] sequences, Dual<Real>[] logProbs, double[] reference)
    {
        int n = sequences.Length / 2;
        bool mean = settings.Loss is PreferenceLoss.SimPo or PreferenceLoss.Orpo
            or PreferenceLoss.Ipo { Normalized: true } or PreferenceLoss.Sigmoid { Normalized: true };
        FDivergence divergence = settings.Divergence;
        Dual<Real>[] ratios = [.. logProbs.Select(
            (l, i) => Dual<Real>.Scale(Dual<Real>.Shift(l, -reference[i]), mean ? 1.0 / sequences[i].CompletionLength : 1))];
        Dual<Real>[] s = [.. ratios.Select(divergence.Score)];
        double delta = ratios.Average(ratio => settings.Loss.Beta * ratio.Value.Value);
        Dual<Real>[] losses = settings.Loss switch
        {
            PreferenceLoss.Aot aot => Sorted(
                [.. Enumerable.Range(0, n).Select(i => logProbs[i] - logProbs[n + i])],
                [.. Enumerable.Range(0, n).Select(i => Dual<Real>.Constant(reference[i] - reference[n + i]))],
                aot.Beta,
                aot.LabelSmoothing),
            PreferenceLoss.AotUnpaired aot => Sorted(s[..n], s[n..], aot.Beta, aot.LabelSmoothing),
            _ => [.. Enumerable.Range(0, n).Select(i => OfPair(settings.Loss, s[i], s[n + i], delta))],
        };
        Dual<Real> sum = losses.Aggregate((left, right) => left + right);
        Dual<Real> chosen = logProbs[..n].Aggregate((left, right) => left + right);
        return Dual<Real>.Scale(sum, 1.0 / n) - Dual<Real>.Scale(
            chosen,
            settings.SftWeight / sequences[..n].Sum(sequence => sequence.CompletionLength));
    }

    private static Dual<Real> OfPair(PreferenceLoss loss, Dual<Real> w, Dual<Real> l, double delta) => loss switch
    {
        PreferenceLoss.Sigmoid of => PreferenceLosses.Sigmoid(w, l, of.Beta, of.LabelSmoothing),
        PreferenceLoss.Cpo of => PreferenceLosses.Sigmoid(w, l, of.Beta, of.LabelSmoothing),
        PreferenceLoss.Robust of => PreferenceLosses.Robust(w, l, of.Beta, of.LabelSmoothing),
        PreferenceLoss.Ipo => PreferenceLosses.Ipo(w, l, loss.Beta),
        PreferenceLoss.Hinge => PreferenceLosses.Hinge(w, l, loss.Beta),
        PreferenceLoss.Exo of => PreferenceLosses.Exo(w, l, of.Beta, of.LabelSmoothing),
        PreferenceLoss.Nca => PreferenceLosses.Nca(w, l, loss.Beta),
        PreferenceLoss.Bco => PreferenceLosses.Bco(w, l, loss.Beta, delta),
        PreferenceLoss.SppoHard => PreferenceLosses.SppoHard(w, l, loss.Beta),
        PreferenceLoss.ApoZero => PreferenceLosses.ApoZero(w, l, loss.Beta),
        PreferenceLoss.ApoDown => PreferenceLosses.ApoDown(w, l, loss.Beta),
        PreferenceLoss.DiscoPop of => PreferenceLosses.DiscoPop(w, l, of.Beta, of.DiscoPopTemperature),
        PreferenceLoss.SimPo of => PreferenceLosses.SimPo(
            PreferenceLosses.AlphaReward(w, of.RewardAlpha),
            PreferenceLosses.AlphaReward(l, of.RewardAlpha),
            of.Beta,
            of.TargetMargin,
            of.LabelSmoothing),
        PreferenceLoss.Orpo => PreferenceLosses.Orpo(w, l, loss.Beta),
        _ => loss.Evaluate(w, l),
    };

    private static Dual<Real>[] Sorted(Dual<Real>[] upper, Dual<Real>[] lower, double beta, double smoothing) =>
        AlignmentByTransport.Losses<Dual<Real>>(
            upper, lower, [.. upper.Select(x => x.Value.Value)], [.. lower.Select(x => x.Value.Value)], beta, smoothing);

    private static bool NeedsReference(PreferenceSettings settings) =>
        !settings.ReferenceFree && settings.Loss is not (PreferenceLoss.SimPo or PreferenceLoss.Cpo or PreferenceLoss.Orpo);
}
