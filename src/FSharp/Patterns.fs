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

    /// Which divergence regularises the policy; of an α-divergence the order and the cap of the exponent.
    let (|ReverseKl|ForwardKl|JensenShannon|Alpha|) (divergence: FDivergence) =
        match divergence with
        | :? FDivergence.ForwardKl -> ForwardKl
        | :? FDivergence.JensenShannon -> JensenShannon
        | :? FDivergence.Alpha as alpha -> Alpha(alpha.DivergenceOrder, alpha.ExponentCap)
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

    /// SimPO: β, the target margin, the label smoothing and AlphaPO's α.
    let (|SimPo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.SimPo as simPo ->
            Some(simPo.Beta, simPo.TargetMargin, simPo.LabelSmoothing, simPo.RewardAlpha)
        | _ -> None

    /// AOT of pairs: β and the label smoothing.
    let (|Aot|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Aot as aot -> Some(aot.Beta, aot.LabelSmoothing)
        | _ -> None

    /// AOT of chosen and rejected completions that need not be pairs: β and the label smoothing.
    let (|AotUnpaired|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.AotUnpaired as aot -> Some(aot.Beta, aot.LabelSmoothing)
        | _ -> None

    /// CPO: β and the label smoothing.
    let (|Cpo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Cpo as cpo -> Some(cpo.Beta, cpo.LabelSmoothing)
        | _ -> None

    /// ORPO: β.
    let (|Orpo|_|) (loss: PreferenceLoss) =
        match loss with
        | :? PreferenceLoss.Orpo as orpo -> Some orpo.Beta
        | _ -> None

    /// Losses of labelled completions: of KTO and APO-zero β and the weights of the desirable and the undesirable, of BCO the reward
    /// shift too, of AOT β and the label smoothing.
    let (|Kto|LabelledApoZero|LabelledBco|LabelledAot|) (loss: UnpairedLoss) =
        match loss with
        | :? UnpairedLoss.ApoZero as apo -> LabelledApoZero(apo.Beta, apo.DesirableWeight, apo.UndesirableWeight)
        | :? UnpairedLoss.Bco as bco -> LabelledBco(bco.Beta, bco.DesirableWeight, bco.UndesirableWeight, bco.Delta)
        | :? UnpairedLoss.Aot as aot -> LabelledAot(aot.Beta, aot.LabelSmoothing)
        | loss ->
            let kto = loss :?> UnpairedLoss.Kto
            Kto(kto.Beta, kto.DesirableWeight, kto.UndesirableWeight)

    /// Losses of a reward model: Bradley–Terry with its centring, or Plackett–Luce.
    let (|BradleyTerry|PlackettLuce|) (loss: RankingLoss) =
        match loss with
        | :? RankingLoss.BradleyTerry as pairs -> BradleyTerry pairs.Centring
        | _ -> PlackettLuce

    /// Where the KL to the reference goes: β, the estimator, and the bounds on the log-ratio and on the estimate.
    let (|KlInLoss|KlInReward|) (penalty: KlPenalty) =
        match penalty with
        | :? KlPenalty.Loss as loss ->
            KlInLoss(
                loss.KlCoefficient, loss.KlEstimator,
                Option.ofNullable loss.KlLogRatioClamp, Option.ofNullable loss.KlValueClamp)
        | penalty ->
            let reward = penalty :?> KlPenalty.Reward
            KlInReward(
                reward.KlCoefficient, reward.KlEstimator,
                Option.ofNullable reward.KlLogRatioClamp, Option.ofNullable reward.KlValueClamp)

    /// PPO's clipped surrogate: both clips, and the bound of the dual clip.
    let (|Clip|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Clip as clip -> Some(clip.ClipLow, clip.ClipHigh, Option.ofNullable clip.DualClip)
        | _ -> None

    /// The two-sided clip: both clips, and the bound of the unclipped side.
    let (|TwoSided|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.TwoSided as clip -> Some(clip.ClipLow, clip.ClipHigh, clip.Delta)
        | _ -> None

    /// GSPO: both clips.
    let (|Gspo|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Gspo as gspo -> Some(gspo.ClipLow, gspo.ClipHigh)
        | _ -> None

    /// GMPO: both bounds.
    let (|Gmpo|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Gmpo as gmpo -> Some(gmpo.ClipLow, gmpo.ClipHigh)
        | _ -> None

    /// CISPO: the cap of the weight.
    let (|Cispo|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Cispo as cispo -> Some cispo.WeightCap
        | _ -> None

    /// SAPO: the temperatures of positive and of other advantages.
    let (|Sapo|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Sapo as sapo -> Some(sapo.PositiveTemperature, sapo.NegativeTemperature)
        | _ -> None

    /// VESPO: shape and rate of positive advantages, then of negative ones.
    let (|Vespo|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Vespo as vespo ->
            Some(vespo.PositiveShape, vespo.PositiveRate, vespo.NegativeShape, vespo.NegativeRate)
        | _ -> None

    /// The importance-weighted surrogate.
    let (|ImportanceWeighted|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.ImportanceWeighted -> Some()
        | _ -> None

    /// REINFORCE.
    let (|Reinforce|_|) (surrogate: Surrogate) =
        match surrogate with
        | :? Surrogate.Reinforce -> Some()
        | _ -> None

    /// GRPO's advantage: what it is divided by, the ε and the degrees of freedom.
    let (|GroupRelative|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.GroupRelative as group ->
            Some(group.AdvantageScale, group.AdvantageEpsilon, group.AdvantageDdof)
        | _ -> None

    /// The advantage of GRPO with process supervision: what it is divided by, the ε and the degrees of freedom.
    let (|StepRelative|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.StepRelative as steps ->
            Some(steps.AdvantageScale, steps.AdvantageEpsilon, steps.AdvantageDdof)
        | _ -> None

    /// RLOO's advantage.
    let (|LeaveOneOut|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.LeaveOneOut -> Some()
        | _ -> None

    /// OPO's advantage, with the baseline weighted by length.
    let (|LengthWeighted|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.LengthWeighted -> Some()
        | _ -> None

    /// GPG's advantage, scaled by the share of groups that tell anything.
    let (|Informative|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.Informative -> Some()
        | _ -> None

    /// The advantage in the best of k: k and the ε.
    let (|BestOfGroup|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.BestOfGroup as best -> Some(best.AdvantageScale, best.AdvantageEpsilon)
        | _ -> None

    /// CGPO's advantage, under constraints.
    let (|Constrained|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.Constrained -> Some()
        | _ -> None

    /// ReMax's advantage, over the greedy completion.
    let (|GreedyBaseline|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.GreedyBaseline -> Some()
        | _ -> None

    /// Generalised advantage estimation: γ and λ.
    let (|Gae|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.Gae as gae -> Some(gae.Gamma, gae.Lambda)
        | _ -> None

    /// Rewards to come: γ.
    let (|RewardToGo|_|) (estimate: AdvantageEstimate) =
        match estimate with
        | :? AdvantageEstimate.RewardToGo as toGo -> Some toGo.Gamma
        | _ -> None
