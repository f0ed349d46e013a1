namespace RlCore.FSharp.Tests

open System
open System.Reflection
open Microsoft.FSharp.Reflection
open RlCore.Algebra
open RlCore.FSharp
open Xunit

/// Every case of a union has a pattern, and only one, that hands over every constant.
type PatternLaws() =

    static let patterns =
        (typeof<RewardProblem>.Assembly.GetType "RlCore.FSharp.Patterns" |> nonNull).GetMethods(
            BindingFlags.Static ||| BindingFlags.Public
        )
        |> Array.filter _.Name.StartsWith('|')

    static let casesOf (union: Type) =
        union.GetNestedTypes()
        |> Array.filter _.IsSubclassOf(union)
        |> Array.map (fun case ->
            let constructor = case.GetConstructors() |> Array.exactlyOne
            constructor.Invoke(constructor.GetParameters() |> Array.map _.DefaultValue))

    static let text (value: objnull) = $"{value}"

    static let constantsOf (value: obj) =
        let case = value.GetType()
        (case.GetConstructors() |> Array.exactlyOne).GetParameters()
        |> Array.map (fun parameter -> case.GetProperty(nonNull parameter.Name) |> nonNull |> _.GetValue(value) |> text)

    static let fieldsOf (payload: objnull) =
        match payload with
        | null -> [||]
        | payload when FSharpType.IsTuple(payload.GetType()) -> FSharpValue.GetTupleFields payload |> Array.map text
        | payload -> [| text payload |]

    /// The names under which a value is recognised, each with what it hands over.
    static let recognised (union: Type) (value: obj) =
        [ for pattern in patterns do
              if (pattern.GetParameters() |> Array.exactlyOne).ParameterType = union then
                  match pattern.Invoke(null, [| value |]) with
                  | null -> ()
                  | found ->
                      let case, payload = FSharpValue.GetUnionFields(found, found.GetType())
                      $"{pattern.Name} {case.Name}", fieldsOf payload[0] ]

    static member Unions =
        TheoryData<Type>(
            [ typeof<PreferenceLoss>
              typeof<UnpairedLoss>
              typeof<RankingLoss>
              typeof<Surrogate>
              typeof<AdvantageEstimate>
              typeof<KlPenalty>
              typeof<Aggregation>
              typeof<FDivergence> ]
        )

    [<Theory>]
    [<MemberData(nameof PatternLaws.Unions)>]
    member _.``Every case has one pattern of its own with every constant``(union: Type) =
        let names =
            [ for value in casesOf union do
                  match recognised union value with
                  | [ name, fields ] ->
                      let constants = constantsOf value
                      Assert.Equal<string[]>(constants, Array.truncate constants.Length fields)
                      name
                  | found -> failwith $"{value.GetType()} is recognised by {found.Length} patterns." ]
        Assert.Equal<string list>(List.distinct names, names)
