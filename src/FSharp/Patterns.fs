namespace RlCore.FSharp

open RlCore.Algebra

/// Patterns for the unions of the algebra.
[<AutoOpen>]
module Patterns =

    /// How token losses become one number; of a sequence mean whether empty sequences count and the ε of the count.
    let (|TokenMean|SequenceMean|ConstantLength|SequenceSum|) (aggregation: Aggregation) =
        match aggregation with
        | :? Aggregation.SequenceMean as mean -> SequenceMean(mean.CountEmpty, mean.CountEpsilon)
        | :? Aggregation.ConstantLength as constant -> ConstantLength constant.Length
        | :? Aggregation.SequenceSum as sum -> SequenceSum sum.CountEmpty
        | _ -> TokenMean

    /// Which divergence regularises the policy.
    let (|ReverseKl|ForwardKl|JensenShannon|Alpha|) (divergence: FDivergence) =
        match divergence with
        | :? FDivergence.ForwardKl -> ForwardKl
        | :? FDivergence.JensenShannon -> JensenShannon
        | :? FDivergence.Alpha as alpha -> Alpha alpha.DivergenceOrder
        | _ -> ReverseKl

    /// How the KL coefficient moves between steps: its coefficient, and for an adaptive one its target and horizon.
    let (|FixedKl|AdaptiveKl|) (controller: KlController) =
        match controller with
        | :? KlController.Adaptive as adaptive -> AdaptiveKl(adaptive.Coefficient, adaptive.Target, adaptive.Horizon)
        | _ -> FixedKl controller.Coefficient

    /// DPO or cDPO: β, the label smoothing, and whether log-ratios are divided by lengths first.
    let (|Dpo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Sigmoid as sigmoid -> Some(sigmoid.Beta, sigmoid.LabelSmoothing, sigmoid.Normalized)
        | _ -> None

    /// Robust DPO: β and the label smoothing.
    let (|RobustDpo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Robust as robust -> Some(robust.Beta, robust.LabelSmoothing)
        | _ -> None

    /// EXO: β and the label smoothing.
    let (|Exo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Exo as exo -> Some(exo.Beta, exo.LabelSmoothing)
        | _ -> None

    /// SLiC's hinge: β.
    let (|Hinge|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Hinge as hinge -> Some hinge.Beta
        | _ -> None

    /// IPO: β, and whether log-ratios are divided by lengths first.
    let (|Ipo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Ipo as ipo -> Some(ipo.Beta, ipo.Normalized)
        | _ -> None

    /// NCA: β.
    let (|Nca|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Nca as nca -> Some nca.Beta
        | _ -> None

    /// BCO: β and the reward shift.
    let (|Bco|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Bco as bco -> Some(bco.Beta, bco.Delta)
        | _ -> None

    /// SPPO with hard labels: β.
    let (|SppoHard|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.SppoHard as sppo -> Some sppo.Beta
        | _ -> None

    /// APO-zero: β.
    let (|ApoZero|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.ApoZero as apo -> Some apo.Beta
        | _ -> None

    /// APO-down: β.
    let (|ApoDown|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.ApoDown as apo -> Some apo.Beta
        | _ -> None

    /// DiscoPOP: β and the temperature.
    let (|DiscoPop|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.DiscoPop as discoPop -> Some(discoPop.Beta, discoPop.DiscoPopTemperature)
        | _ -> None

    /// SimPO: β and the target margin.
    let (|SimPo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.SimPo as simPo -> Some(simPo.Beta, simPo.TargetMargin)
        | _ -> None
