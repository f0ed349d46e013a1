open RlCore.FSharp

let policy = { Chosen = [| -12.3; -8.1 |]; Rejected = [| -14.0; -7.9 |] }
let reference = { Chosen = [| -12.9; -8.4 |]; Rejected = [| -13.5; -8.2 |] }
let dpo = policy |> Preference.dpo 0.1 reference
printfn $"loss {dpo.Loss:F6}, gradient {dpo.ChosenGradient} and {dpo.RejectedGradient}"
