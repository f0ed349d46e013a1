namespace RlCore.FSharp

open RlCore.Algebra

/// Masks over [batch, time], beside SequenceMask.FromFlags, FromRanges and Full.
[<RequireQualifiedAccess>]
module SequenceMask =

    /// The mask whose rows are these.
    let ofRows (rows: bool list list) : SequenceMask =
        let columns = rows |> List.tryHead |> Option.map List.length |> Option.defaultValue 0
        rows
        |> List.tryFindIndex (fun row -> row.Length <> columns)
        |> Option.iter (fun row ->
            invalidArg (nameof rows) $"Row {row} has {rows[row].Length} flags, but row 0 has {columns}: rows of a mask are of one length.")
        SequenceMask.FromFlags(rows.Length, columns, rows |> List.concat |> List.toArray)

    /// The mask that is set on the first columns of each row: completions of these lengths, padded on the right.
    let ofLengths (columns: int) (lengths: int list) : SequenceMask =
        SequenceMask.FromRanges(columns, Array.zeroCreate lengths.Length, List.toArray lengths)

    /// The mask that is set from a column on, for a number of columns: of each row the (start, length).
    let ofRanges (columns: int) (ranges: (int * int) list) : SequenceMask =
        let starts, lengths = List.unzip ranges
        SequenceMask.FromRanges(columns, List.toArray starts, List.toArray lengths)

/// How token losses become one number, with the usual constants; Aggregation.SequenceMean(…) and the others take constants.
[<RequireQualifiedAccess>]
module Aggregation =

    /// The mean over all tokens.
    let tokenMean: Aggregation = Aggregation.TokenMean()

    /// The mean over sequences of their token means; empty sequences count.
    let sequenceMean: Aggregation = Aggregation.SequenceMean()

    /// The mean over sequences of their sums; empty sequences count.
    let sequenceSum: Aggregation = Aggregation.SequenceSum()

    /// The sum over a constant length.
    let constantLength (length: int) : Aggregation = Aggregation.ConstantLength length
