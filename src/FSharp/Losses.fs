namespace RlCore.FSharp

open RlCore
open RlCore.Algebra

/// Log-probs of whole completions, pair by pair, in nats.
type Pairs =
    { Chosen: float[]
      Rejected: float[] }

/// Log-probs of the tokens of a batch, row-major, with the mask of its actions.
type TokenBatch =
    { LogProbs: float[]
      OldLogProbs: float[]
      Advantages: float[]
      Mask: SequenceMask }

/// Losses of pairs. The policy comes last, so that a loss with its constants and its reference is a function of the policy.
[<RequireQualifiedAccess>]
module Preference =

    /// DPO at β.
    let dpo (beta: float) (reference: Pairs) (policy: Pairs) : PairLoss<float> =
        Losses.Dpo<float>(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, beta)

    /// IPO at β, on sums of log-probs.
    let ipo (beta: float) (reference: Pairs) (policy: Pairs) : PairLoss<float> =
        Losses.Ipo<float>(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, beta)

    /// SimPO at β and target margin γ, on mean log-probs.
    let simPo (beta: float) (gamma: float) (means: Pairs) : PairLoss<float> =
        Losses.SimPo<float>(means.Chosen, means.Rejected, beta, gamma)

    /// Any loss of the union.
    let loss (kind: PreferenceLoss) (reference: Pairs) (policy: Pairs) : PairLoss<float> =
        Losses.Preference<float>(kind, policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected)

    /// Any loss of the union, without a reference.
    let referenceFree (kind: PreferenceLoss) (policy: Pairs) : PairLoss<float> =
        Losses.Preference<float>(kind, policy.Chosen, policy.Rejected)

/// Policy losses of tokens. The batch comes last.
[<RequireQualifiedAccess>]
module Policy =

    /// REINFORCE.
    let reinforce (aggregation: Aggregation) (batch: TokenBatch) : ElementLoss<float> =
        Losses.Reinforce<float>(batch.LogProbs, batch.Advantages, batch.Mask, aggregation)

    /// PPO's clipped surrogate.
    let ppoClip (clipLow: float) (clipHigh: float) (aggregation: Aggregation) (batch: TokenBatch) : PolicyLoss<float> =
        Losses.PpoClip<float>(
            batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, clipLow, clipHigh, aggregation)

    /// GRPO: the clipped surrogate with β·k3 to a reference, by the mean over sequences.
    let grpo (beta: float) (clip: float) (refLogProbs: float[]) (batch: TokenBatch) : PolicyLoss<float> =
        Losses.Grpo<float>(
            batch.LogProbs, batch.OldLogProbs, refLogProbs, batch.Advantages, batch.Mask, beta, clip, clip)

    /// CISPO with a maximum weight.
    let cispo (high: float) (batch: TokenBatch) : PolicyLoss<float> =
        Losses.Cispo<float>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, high)

    /// GSPO; one advantage per sequence.
    let gspo (clipLow: float) (clipHigh: float) (batch: TokenBatch) : SequenceLoss<float> =
        Losses.Gspo<float>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, clipLow, clipHigh)

    /// Your own policy term.
    let term (formula: 'Term) (aggregation: Aggregation) (refLogProbs: float[]) (batch: TokenBatch) : ElementLoss<float> =
        Losses.Map<'Term, float>(
            formula, batch.LogProbs, batch.OldLogProbs, refLogProbs, batch.Advantages, batch.Mask, aggregation)

/// Losses of reward models. The scores come last.
[<RequireQualifiedAccess>]
module RewardModel =

    /// Bradley–Terry of pairs: the rewards of the rejected completions, then those of the chosen ones.
    let pairs (rejected: float[]) (chosen: float[]) : PairLoss<float> =
        Losses.RewardModel<float>(chosen, rejected)

    /// A process reward model: the cross-entropy of the labels of steps, from 0 to 1, under the σ of their scores.
    let steps (labels: float[]) (scores: float[]) : ElementLoss<float> =
        Losses.StepReward<float>(scores, labels)

/// Estimates of KL(π‖π_ref).
[<RequireQualifiedAccess>]
module Kl =

    /// The estimate of each sample, their mean and its gradient; None of nothing.
    let estimate (estimator: KlEstimator) (refLogProbs: float[]) (logProbs: float[]) : ElementLoss<float> option =
        if Array.isEmpty logProbs then
            None
        else
            Some(RlCore.Kl.Estimate<float>(estimator, logProbs, refLogProbs))
