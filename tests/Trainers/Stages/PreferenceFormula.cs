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
        PreferenceSettings settings, SequencePair[] pairs, Func<IReadOnlyList<TokenSequence>, float[][]> policy, Func<IReadOnlyList<TokenSequence>, float[][]> reference)
    {
        TokenSequence[] sequences = [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
        double[] logProbs = Sums(policy(sequences));
        double[] refLogProbs = PreferenceObjectives.NeedsReference(settings) ? Sums(reference(sequences)) : new double[sequences.Length];
        var derivatives = new double[sequences.Length];
        double loss = 0;
        for (int variable = 0; variable < sequences.Length; variable++)
        {
            Dual<Real>[] duals = [.. logProbs.Select((value, i) => i == variable ? Dual<Real>.Variable(value) : Dual<Real>.Constant(value))];
            Dual<Real> value = Evaluate(settings, sequences, duals, refLogProbs);
            (loss, derivatives[variable]) = (value.Value, value.Tangent);
        }

        return new PreferenceFormula(sequences, loss, derivatives);
    }

    private static Dual<Real> Evaluate(PreferenceSettings settings, TokenSequence[] sequences, Dual<Real>[] logProbs, double[] reference)
    {
        int n = sequences.Length / 2;
        bool mean = settings.Loss is PreferenceLossKind.SimPo or PreferenceLossKind.Orpo or PreferenceLossKind.IpoNormalized or PreferenceLossKind.SigmoidNormalized;
        FDivergence divergence = PreferenceObjectives.DivergenceOf(settings);
        Dual<Real>[] ratios = [.. logProbs.Select((l, i) => Dual<Real>.Scale(Dual<Real>.Shift(l, -reference[i]), mean ? 1.0 / sequences[i].CompletionLength : 1))];
        Dual<Real>[] s = [.. ratios.Select(divergence.Score)];
        double delta = ratios.Average(ratio => settings.Beta * ratio.Value.Value);
        Dual<Real>[] losses = settings.Loss switch
        {
            PreferenceLossKind.Aot => Sorted(
                [.. Enumerable.Range(0, n).Select(i => logProbs[i] - logProbs[n + i])],
                [.. Enumerable.Range(0, n).Select(i => Dual<Real>.Constant(reference[i] - reference[n + i]))],
                settings),
            PreferenceLossKind.AotUnpaired => Sorted(s[..n], s[n..], settings),
            _ => [.. Enumerable.Range(0, n).Select(i => OfPair(settings, s[i], s[n + i], delta))],
        };
        Dual<Real> sum = losses.Aggregate((left, right) => left + right);
        Dual<Real> chosen = logProbs[..n].Aggregate((left, right) => left + right);
        return Dual<Real>.Scale(sum, 1.0 / n) - Dual<Real>.Scale(chosen, settings.SftWeight / sequences[..n].Sum(sequence => sequence.CompletionLength));
    }

    private static Dual<Real> OfPair(PreferenceSettings stage, Dual<Real> w, Dual<Real> l, double delta) => stage.Loss switch
    {
        PreferenceLossKind.Sigmoid or PreferenceLossKind.SigmoidNormalized or PreferenceLossKind.Cpo => PreferenceLosses.Sigmoid(w, l, stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Robust => PreferenceLosses.Robust(w, l, stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Ipo or PreferenceLossKind.IpoNormalized => PreferenceLosses.Ipo(w, l, stage.Beta),
        PreferenceLossKind.Hinge => PreferenceLosses.Hinge(w, l, stage.Beta),
        PreferenceLossKind.Exo => PreferenceLosses.Exo(w, l, stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Nca => PreferenceLosses.Nca(w, l, stage.Beta),
        PreferenceLossKind.Bco => PreferenceLosses.Bco(w, l, stage.Beta, delta),
        PreferenceLossKind.SppoHard => PreferenceLosses.SppoHard(w, l, stage.Beta),
        PreferenceLossKind.ApoZero => PreferenceLosses.ApoZero(w, l, stage.Beta),
        PreferenceLossKind.ApoDown => PreferenceLosses.ApoDown(w, l, stage.Beta),
        PreferenceLossKind.DiscoPop => PreferenceLosses.DiscoPop(w, l, stage.Beta, stage.DiscoPopTemperature),
        PreferenceLossKind.SimPo => PreferenceLosses.SimPo(
            PreferenceLosses.AlphaReward(w, stage.RewardAlpha), PreferenceLosses.AlphaReward(l, stage.RewardAlpha), stage.Beta, stage.TargetMargin, stage.LabelSmoothing),
        PreferenceLossKind.Orpo => PreferenceLosses.Orpo(w, l, stage.Beta),
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage.Loss, "No formula of one pair."),
    };

    private static Dual<Real>[] Sorted(Dual<Real>[] upper, Dual<Real>[] lower, PreferenceSettings settings) =>
        AlignmentByTransport.Losses<Dual<Real>>(upper, lower, [.. upper.Select(x => x.Value.Value)], [.. lower.Select(x => x.Value.Value)], settings.Beta, settings.LabelSmoothing);

    private static double[] Sums(float[][] logProbs) => [.. logProbs.Select(tokens => tokens.Sum(logProb => (double)logProb))];
}
