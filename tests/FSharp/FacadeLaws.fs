namespace RlCore.FSharp.Tests

open System
open RlCore
open RlCore.Algebra
open Xunit

/// A term of the user's own, written in F#: ½(ℓ − ℓ_ref)².
[<Struct>]
type HalfSquare =
    interface IDivergenceTerm with
        member _.Evaluate<'T when 'T: struct and 'T :> IAlgebra<'T> and 'T: (new: unit -> 'T) and 'T :> ValueType>
            (inputs: DivergenceInputs<'T>)
            : 'T =
            let difference = inputs.LogProb - inputs.RefLogProb
            'T.Scale(difference * difference, 0.5)

/// The C# facade, called from F# as it is.
type FacadeLaws() =

    [<Fact>]
    member _.``The gradient of DPO is minus beta times the sigmoid of minus h``() =
        let beta = 0.1
        let chosen, rejected = [| -12.3; -8.1 |], [| -14.0; -7.9 |]
        let zeros = [| 0.0; 0.0 |]
        let loss = Losses.Dpo<float>(chosen, rejected, zeros, zeros, beta)

        for i in 0..1 do
            let h = beta * (chosen[i] - rejected[i])
            let expected = -beta / (1.0 + exp h) / 2.0
            Assert.Equal(expected, loss.ChosenGradient[i], 12)
            Assert.Equal(-expected, loss.RejectedGradient[i], 12)

    [<Fact>]
    member _.``A term written in FSharp runs on floats and doubles alike``() =
        let mask = SequenceMask.Full(1, 3)
        let x, a = [| 1.0; 2.0; 4.0 |], [| 0.0; 0.0; 1.0 |]
        let doubles =
            Losses.Map<HalfSquare, float>(
                HalfSquare(), x, a, mask, Aggregation.TokenMean())
        Assert.Equal((0.5 + 2.0 + 4.5) / 3.0, doubles.Loss, 12)
        Assert.Equal<float>([| 1.0 / 3.0; 2.0 / 3.0; 1.0 |], doubles.Gradient.ToArray())

        let x, a = Array.map float32 x, Array.map float32 a
        let floats =
            Losses.Map<HalfSquare, float32>(
                HalfSquare(), x, a, mask, Aggregation.TokenMean())
        Assert.Equal(doubles.Loss, floats.Loss, 6)

    [<Fact>]
    member _.``Results of equal content are equal``() =
        let chosen, rejected, reference = [| -1.0 |], [| -2.0 |], [| -1.5 |]
        let dpo beta = Losses.Dpo<float>(chosen, rejected, reference, reference, beta)
        Assert.Equal(dpo 0.1, dpo 0.1)
        Assert.NotEqual(dpo 0.1, dpo 0.2)
