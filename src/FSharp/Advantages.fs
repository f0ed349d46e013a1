namespace RlCore.FSharp

open System
open RlCore
open RlCore.Algebra

/// Why rewards do not give advantages.
type RewardProblem =
    /// There are no rewards.
    | NoRewards
    /// The rewards are not a multiple of the group size.
    | UnevenGroups of rewards: int * groupSize: int
    /// A group, from 0, has fewer than two completions that could be scored: there is nothing to compare.
    | Singleton of group: int

/// Advantages of completions and tokens. The data comes last.
[<RequireQualifiedAccess>]
module Advantage =

    let private grouped (groupSize: int) (rewards: float[]) : Result<unit, RewardProblem> =
        if Array.isEmpty rewards then
            Error NoRewards
        elif groupSize < 1 || rewards.Length % groupSize <> 0 then
            Error(UnevenGroups(rewards.Length, groupSize))
        else
            rewards
            |> Array.chunkBySize groupSize
            |> Array.tryFindIndex (fun group -> (group |> Array.filter (Double.IsNaN >> not)).Length < 2)
            |> function
                | Some group -> Error(Singleton group)
                | None -> Ok()

    /// GRPO's (r − mean)/(std + ε) over consecutive groups.
    let groupRelative (options: GroupAdvantageOptions) (groupSize: int) (rewards: float[]) : Result<float[], RewardProblem> =
        grouped groupSize rewards
        |> Result.map (fun () -> Advantages.GroupRelative<float>(rewards, groupSize, options).ToArray())

    /// RLOO's reward less the mean of the others of its group.
    let leaveOneOut (groupSize: int) (rewards: float[]) : Result<float[], RewardProblem> =
        grouped groupSize rewards
        |> Result.map (fun () -> Advantages.LeaveOneOut<float>(rewards, groupSize).ToArray())

    /// GAE(γ, λ) of rows that terminated.
    let gae (gamma: float) (lambda: float) (mask: SequenceMask) (values: float[]) (rewards: float[]) : GeneralisedAdvantages<float> =
        Advantages.Gae<float>(rewards, values, mask, gamma, lambda)

    /// Each completion's advantage at every one of its actions.
    let spread (mask: SequenceMask) (advantages: float[]) : float[] =
        Advantages.Spread<float>(advantages, mask).ToArray()
