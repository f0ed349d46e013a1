namespace RlCore.FSharp.Tests

open System
open RlCore.Algebra
open RlCore.FSharp
open Xunit

/// Masks and aggregations as one writes them first in F#.
type MaskLaws() =

    let ragged = SequenceMask.FromFlags(2, 3, [| true; true; false; true; false; false |])

    [<Fact>]
    member _.``A mask of literals is the mask of the helpers``() =
        Assert.Equal(ragged, SequenceMask.FromRanges(3, [| 0; 0 |], [| 2; 1 |]))
        Assert.Equal(ragged, SequenceMask.ofLengths 3 [ 2; 1 ])
        Assert.Equal(ragged, SequenceMask.ofRanges 3 [ 0, 2; 0, 1 ])
        Assert.Equal(ragged, SequenceMask.ofRows [ [ true; true; false ]; [ true; false; false ] ])
        Assert.Equal(SequenceMask.FromFlags(1, 3, [| false; true; true |]), SequenceMask.ofRanges 3 [ 1, 2 ])

    [<Fact>]
    member _.``Rows of a mask are of one length``() =
        let problem = Assert.Throws<ArgumentException>(fun () -> SequenceMask.ofRows [ [ true ]; [ true; false ] ] |> ignore)
        Assert.Contains("Row 1 has 2 flags, but row 0 has 1", problem.Message)
        Assert.Equal(0, (SequenceMask.ofRows []).Rows)

    [<Fact>]
    member _.``An aggregation's value is its case with the usual constants``() =
        let cases: Aggregation list =
            [ Aggregation.TokenMean()
              Aggregation.SequenceMean()
              Aggregation.SequenceSum()
              Aggregation.ConstantLength 5 ]
        Assert.Equal<Aggregation list>(
            cases,
            [ Aggregation.tokenMean
              Aggregation.sequenceMean
              Aggregation.sequenceSum
              Aggregation.constantLength 5 ])

    [<Fact>]
    member _.``A batch is written in one go``() =
        let batch =
            { LogProbs = [| -1.0; -2.0; 0.0; -0.5; 0.0; 0.0 |]
              OldLogProbs = [| -1.0; -2.0; 0.0; -0.5; 0.0; 0.0 |]
              Advantages = [| 1.0; -2.0 |]
              Mask = SequenceMask.FromFlags(2, 3, [| true; true; false; true; false; false |]) }
        Assert.Equal(0.0, (Policy.ppoClip 0.2 0.2 Aggregation.tokenMean batch).Loss, 12)
        Assert.Equal(0.5, (Policy.ppoClip 0.2 0.2 Aggregation.sequenceMean batch).Loss, 12)
