namespace RlCore.Trainers.Stages;

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

    /// <summary>BCO for pairs (Jung et al. 2024): each side against the mean reward so far.</summary>
    Bco,

    /// <summary>SPPO with hard labels (Wu et al. 2024).</summary>
    SppoHard,

    /// <summary>AOT on pairs (Melnyk et al. 2024): sorted margins of the policy against sorted margins of the reference.</summary>
    Aot,

    /// <summary>AOT on unpaired samples (Melnyk et al. 2024): sorted chosen scores against sorted rejected scores.</summary>
    AotUnpaired,

    /// <summary>APO-zero (D'Oosterlinck et al. 2024).</summary>
    ApoZero,

    /// <summary>APO-down (D'Oosterlinck et al. 2024).</summary>
    ApoDown,

    /// <summary>DiscoPOP (Lu et al. 2024).</summary>
    DiscoPop,

    /// <summary>SimPO (Meng et al. 2024): mean log-probs, no reference; with an α, AlphaPO (Gupta et al. 2025).</summary>
    SimPo,

    /// <summary>CPO (Xu et al. 2024): DPO without a reference, beside the SFT term.</summary>
    Cpo,

    /// <summary>ORPO (Hong et al. 2024): the odds ratio of mean log-probs, beside the SFT term.</summary>
    Orpo,
}

/// <summary>The divergence that holds a policy to its reference (Wang et al. 2024, table 2).</summary>
public enum PreferenceDivergence
{
    /// <summary>KL(π‖π_ref): DPO's own.</summary>
    ReverseKl,

    /// <summary>KL(π_ref‖π).</summary>
    ForwardKl,

    /// <summary>Jensen–Shannon.</summary>
    JensenShannon,

    /// <summary>The α-divergence.</summary>
    Alpha,
}

/// <summary>Losses over completions with labels, by the name that recipes use.</summary>
public enum UnpairedLossKind
{
    /// <summary>KTO (Ethayarajh et al. 2024): each completion against the KL to the reference, estimated on mismatched completions.</summary>
    Kto,

    /// <summary>APO-zero (D'Oosterlinck et al. 2024) without pairs: KTO against a KL of zero.</summary>
    ApoZero,

    /// <summary>BCO (Jung et al. 2024): each completion against the mean reward so far.</summary>
    Bco,

    /// <summary>AOT (Melnyk et al. 2024): sorted scores of desirable completions against sorted scores of undesirable ones.</summary>
    Aot,
}
