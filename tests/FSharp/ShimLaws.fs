namespace RlCore.FSharp.Tests

open RlCore
open RlCore.Algebra
open RlCore.FSharp
open Xunit

/// The F# face: curried, and total where data decides.
type ShimLaws() =

    let policy = { Chosen = [| -12.3; -8.1 |]; Rejected = [| -14.0; -7.9 |] }
    let reference = { Chosen = [| -12.9; -8.4 |]; Rejected = [| -13.5; -8.2 |] }

    let starts, lengths = [| 0; 0 |], [| 2; 1 |]

    let batch =
        { LogProbs = [| -1.0; -2.0; -0.5; -1.5 |]
          OldLogProbs = [| -1.1; -1.7; -0.6; -1.5 |]
          Advantages = [| 1.0; -1.0 |]
          Mask = SequenceMask.FromRanges(2, starts, lengths) }

    [<Fact>]
    member _.``A curried loss is the facade's``() =
        let dpo = Preference.dpo 0.1 reference
        Assert.Equal(
            Losses.Dpo<float>(policy.Chosen, policy.Rejected, reference.Chosen, reference.Rejected, 0.1), dpo policy)
        Assert.Equal(dpo policy, Preference.loss (PreferenceLoss.Sigmoid 0.1) reference policy)
        Assert.Equal(
            Losses.PpoClip<float>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask),
            Policy.ppoClip 0.2 0.2 (Aggregation.TokenMean()) batch)

    [<Fact>]
    member _.``GRPO without a KL is the clipped surrogate by the mean over sequences``() =
        let grpo = Policy.grpo 0.0 0.2 batch.OldLogProbs batch
        let ppo = Policy.ppoClip 0.2 0.2 (Aggregation.SequenceMean()) batch
        Assert.Equal(ppo.Loss, grpo.Loss, 12)
        Assert.True((ppo.Gradient = grpo.Gradient))

    [<Fact>]
    member _.``A term of the algebra runs on the batch``() =
        let mapped = Policy.term (PpoClipTerm(0.2, 0.2)) (Aggregation.TokenMean()) batch.OldLogProbs batch
        Assert.Equal(Policy.ppoClip 0.2 0.2 (Aggregation.TokenMean()) batch |> _.Loss, mapped.Loss, 12)

    [<Fact>]
    member _.``A pattern matches every aggregation``() =
        let describe (aggregation: Aggregation) =
            match aggregation with
            | TokenMean -> "tokens"
            | SequenceMean(countEmpty, epsilon) -> $"sequences {countEmpty} {epsilon}"
            | ConstantLength length -> $"constant {length}"
            | SequenceSum countEmpty -> $"sum {countEmpty}"
        Assert.Equal<string list>(
            [ "tokens"; "sequences False 0.25"; "constant 7"; "sum True" ],
            [ Aggregation.TokenMean() :> Aggregation
              Aggregation.SequenceMean(false, 0.25)
              Aggregation.ConstantLength 7
              Aggregation.SequenceSum() ]
            |> List.map describe)

    [<Fact>]
    member _.``A pattern opens a preference loss, a divergence and a controller``() =
        match PreferenceLoss.SimPo(2.0, 0.5) :> PreferenceLoss with
        | Dpo _ -> Assert.Fail "SimPO is not DPO."
        | SimPo(beta, gamma, _, _) -> Assert.Equal((2.0, 0.5), (beta, gamma))
        | _ -> Assert.Fail "SimPO is not recognised."
        match FDivergence.Alpha 0.5 :> FDivergence with
        | Alpha(order, _) -> Assert.Equal(0.5, order)
        | ReverseKl | ForwardKl | JensenShannon -> Assert.Fail "An alpha-divergence is not recognised."
        match KlController.Adaptive(0.05, 6.0, 1000.0) :> KlController with
        | AdaptiveKl(coefficient, target, horizon) -> Assert.Equal((0.05, 6.0, 1000.0), (coefficient, target, horizon))
        | FixedKl _ -> Assert.Fail "An adaptive controller is not recognised."

    [<Theory>]
    [<InlineData(false)>]
    [<InlineData(true)>]
    member _.``A pattern tells a loss of sums from one of means``(normalized: bool) =
        match PreferenceLoss.Sigmoid(0.2, 0.1, normalized) :> PreferenceLoss with
        | Dpo(beta, smoothing, ofMeans) -> Assert.Equal((0.2, 0.1, normalized), (beta, smoothing, ofMeans))
        | _ -> Assert.Fail "DPO is not recognised."
        match PreferenceLoss.Ipo(0.2, normalized) :> PreferenceLoss with
        | Ipo(beta, ofMeans) -> Assert.Equal((0.2, normalized), (beta, ofMeans))
        | _ -> Assert.Fail "IPO is not recognised."

    [<Fact>]
    member _.``Reward models learn from pairs and from steps``() =
        let steps = RewardModel.steps [| 1.0; 0.25 |] [| 0.0; 2.0 |]
        let crossEntropy label score = log (1.0 + exp -score) + (1.0 - label) * score
        Assert.Equal((crossEntropy 1.0 0.0 + crossEntropy 0.25 2.0) / 2.0, steps.Loss, 12)
        Assert.Equal(-0.25, steps.Gradient[0], 12)
        let pairs = RewardModel.pairs [| 0.5 |] [| 1.5 |]
        Assert.Equal(log (1.0 + exp -1.0), pairs.Loss, 12)

    [<Fact>]
    member _.``What depends on data is a result``() =
        Assert.Equal(Ok [| 1.0; -1.0 |], Advantage.leaveOneOut 2 [| 1.0; 0.0 |])
        Assert.Equal(Error NoRewards, Advantage.leaveOneOut 2 [||])
        Assert.Equal(Error(UnevenGroups(3, 2)), Advantage.leaveOneOut 2 [| 1.0; 0.0; 1.0 |])
        Assert.Equal(Error(Singleton 1), Advantage.groupRelative (GroupAdvantageOptions()) 2 [| 1.0; 0.0; nan; 1.0 |])
        Assert.Equal(None, Kl.estimate KlEstimator.K3 [||] [||])
        Assert.True(Kl.estimate KlEstimator.K3 [| -1.0 |] [| -1.2 |] |> Option.exists (fun k3 -> k3.Loss > 0.0))
