using RlCore.Algebra;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>Losses over pairs of completions, by the name that recipes use.</summary>
public enum PreferenceLossKind
{
    /// <summary>DPO (Rafailov et al. 2023); with label smoothing, cDPO.</summary>
    Sigmoid,

    /// <summary>DPO on log-ratios divided by length.</summary>
    SigmoidNormalized,

    /// <summary>Robust DPO (Chowdhury et al. 2024): unbiased under flipped labels.</summary>
    Robust,

    /// <summary>IPO (Azar et al. 2023) on sums of log-probs.</summary>
    Ipo,

    /// <summary>IPO on means of log-probs, as TRL has it.</summary>
    IpoNormalized,

    /// <summary>SLiC's hinge (Zhao et al. 2023).</summary>
    Hinge,

    /// <summary>EXO for pairs (Ji et al. 2024).</summary>
    Exo,

    /// <summary>NCA for pairs (Chen et al. 2024).</summary>
    Nca,

    /// <summary>SPPO with hard labels (Wu et al. 2024).</summary>
    SppoHard,

    /// <summary>APO-zero (D'Oosterlinck et al. 2024).</summary>
    ApoZero,

    /// <summary>APO-down (D'Oosterlinck et al. 2024).</summary>
    ApoDown,

    /// <summary>DiscoPOP (Lu et al. 2024).</summary>
    DiscoPop,

    /// <summary>SimPO (Meng et al. 2024): mean log-probs, no reference.</summary>
    SimPo,
}

/// <summary>What a preference stage minimises.</summary>
public static class PreferenceObjectives
{
    /// <summary>The loss of a stage, as a value.</summary>
    /// <param name="stage">The stage.</param>
    public static PreferenceLoss Of(StageSettings.Pairwise stage) => stage.Loss switch
    {
        PreferenceLossKind.Sigmoid => new PreferenceLoss.Sigmoid(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.SigmoidNormalized => new PreferenceLoss.Sigmoid(stage.Beta, Normalized: true),
        PreferenceLossKind.Robust => new PreferenceLoss.Robust(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Ipo => new PreferenceLoss.Ipo(stage.Beta),
        PreferenceLossKind.IpoNormalized => new PreferenceLoss.Ipo(stage.Beta, Normalized: true),
        PreferenceLossKind.Hinge => new PreferenceLoss.Hinge(stage.Beta),
        PreferenceLossKind.Exo => new PreferenceLoss.Exo(stage.Beta, stage.LabelSmoothing),
        PreferenceLossKind.Nca => new PreferenceLoss.Nca(stage.Beta),
        PreferenceLossKind.SppoHard => new PreferenceLoss.SppoHard(stage.Beta),
        PreferenceLossKind.ApoZero => new PreferenceLoss.ApoZero(stage.Beta),
        PreferenceLossKind.ApoDown => new PreferenceLoss.ApoDown(stage.Beta),
        PreferenceLossKind.DiscoPop => new PreferenceLoss.DiscoPop(stage.Beta),
        PreferenceLossKind.SimPo => new PreferenceLoss.SimPo(stage.Beta, stage.TargetMargin, stage.LabelSmoothing),
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage.Loss, "An unknown preference loss."),
    };

    /// <summary>Whether a loss reads the label smoothing.</summary>
    /// <param name="loss">The loss.</param>
    public static bool ReadsLabelSmoothing(PreferenceLossKind loss) =>
        loss is PreferenceLossKind.Sigmoid or PreferenceLossKind.Robust or PreferenceLossKind.Exo or PreferenceLossKind.SimPo;

    /// <summary>Whether a loss compares the policy with a reference.</summary>
    /// <param name="loss">The loss.</param>
    public static bool NeedsReference(PreferenceLossKind loss) => loss != PreferenceLossKind.SimPo;
}
