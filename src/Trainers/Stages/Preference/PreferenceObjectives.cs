using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>What a preference stage minimises.</summary>
public static class PreferenceObjectives
{
    /// <summary>The loss of a stage, as a value. AOT is the sigmoid loss of pairs that are matched by rank.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="delta">BCO's reward shift δ; not read by other losses.</param>
    public static PreferenceLoss Of(PairwiseSettings stage, double delta = 0) => stage.Loss switch
    {
        PreferenceLossKind.Sigmoid or PreferenceLossKind.Cpo or PreferenceLossKind.Aot or PreferenceLossKind.AotUnpaired =>
            new PreferenceLoss.Sigmoid(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.SigmoidNormalized => new PreferenceLoss.Sigmoid(stage.Beta, stage.LabelSmoothing, Normalized: true),
        PreferenceLossKind.Robust => new PreferenceLoss.Robust(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Ipo => new PreferenceLoss.Ipo(stage.Beta),
        PreferenceLossKind.IpoNormalized => new PreferenceLoss.Ipo(stage.Beta, Normalized: true),
        PreferenceLossKind.Hinge => new PreferenceLoss.Hinge(stage.Beta),
        PreferenceLossKind.Exo => new PreferenceLoss.Exo(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Nca => new PreferenceLoss.Nca(stage.Beta),
        PreferenceLossKind.Bco => new PreferenceLoss.Bco(stage.Beta) { Delta = delta },
        PreferenceLossKind.SppoHard => new PreferenceLoss.SppoHard(stage.Beta),
        PreferenceLossKind.ApoZero => new PreferenceLoss.ApoZero(stage.Beta),
        PreferenceLossKind.ApoDown => new PreferenceLoss.ApoDown(stage.Beta),
        PreferenceLossKind.DiscoPop => new PreferenceLoss.DiscoPop(stage.Beta, stage.DiscoPopTemperature),
        PreferenceLossKind.SimPo => new PreferenceLoss.SimPo(stage.Beta, stage.TargetMargin, stage.LabelSmoothing, stage.RewardAlpha),
        PreferenceLossKind.Orpo => new PreferenceLoss.Orpo(stage.Beta),
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage.Loss, "An unknown preference loss."),
    };

    /// <summary>What makes scores of log-ratios, as a value.</summary>
    /// <param name="stage">The stage.</param>
    public static FDivergence DivergenceOf(PairwiseSettings stage) => stage.Divergence switch
    {
        PreferenceDivergence.ReverseKl => new FDivergence.ReverseKl(),
        PreferenceDivergence.ForwardKl => new FDivergence.ForwardKl(),
        PreferenceDivergence.JensenShannon => new FDivergence.JensenShannon(),
        PreferenceDivergence.Alpha => new FDivergence.Alpha(stage.DivergenceOrder),
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage.Divergence, "An unknown divergence."),
    };

    /// <summary>Whether a loss reads the label smoothing.</summary>
    /// <param name="loss">The loss.</param>
    public static bool ReadsLabelSmoothing(PreferenceLossKind loss) => loss
        is PreferenceLossKind.Sigmoid or PreferenceLossKind.SigmoidNormalized or PreferenceLossKind.Robust or PreferenceLossKind.Exo
        or PreferenceLossKind.SimPo or PreferenceLossKind.Cpo or PreferenceLossKind.Aot or PreferenceLossKind.AotUnpaired;

    /// <summary>Whether a loss depends on the difference of the two scores alone, so that log-probs can stand for log-ratios.</summary>
    /// <param name="loss">The loss.</param>
    public static bool ReadsReferenceFree(PreferenceLossKind loss) => loss
        is PreferenceLossKind.Sigmoid or PreferenceLossKind.SigmoidNormalized or PreferenceLossKind.Robust or PreferenceLossKind.Exo
        or PreferenceLossKind.Ipo or PreferenceLossKind.IpoNormalized or PreferenceLossKind.Hinge or PreferenceLossKind.DiscoPop;

    /// <summary>Whether a loss takes scores of any divergence: those of log-ratios of whole completions, neither shifted nor matched before.</summary>
    /// <param name="loss">The loss.</param>
    public static bool ReadsDivergence(PreferenceLossKind loss) => loss
        is PreferenceLossKind.Sigmoid or PreferenceLossKind.Robust or PreferenceLossKind.Exo or PreferenceLossKind.Ipo
        or PreferenceLossKind.Hinge or PreferenceLossKind.Nca or PreferenceLossKind.SppoHard or PreferenceLossKind.AotUnpaired
        or PreferenceLossKind.ApoZero or PreferenceLossKind.ApoDown or PreferenceLossKind.DiscoPop;

    /// <summary>Whether a loss is defined as a sum with the SFT term.</summary>
    /// <param name="loss">The loss.</param>
    public static bool NeedsSft(PreferenceLossKind loss) => loss is PreferenceLossKind.Cpo or PreferenceLossKind.Orpo;

    /// <summary>Whether a stage compares the policy with a reference.</summary>
    /// <param name="stage">The stage.</param>
    public static bool NeedsReference(PairwiseSettings stage) =>
        !stage.ReferenceFree && stage.Loss is not (PreferenceLossKind.SimPo or PreferenceLossKind.Cpo or PreferenceLossKind.Orpo);

    // Whether a loss looks at the scores of the whole step before that of any pair.
    internal static bool NeedsStepScores(PreferenceLossKind loss) =>
        loss is PreferenceLossKind.Bco or PreferenceLossKind.Aot or PreferenceLossKind.AotUnpaired;
}
