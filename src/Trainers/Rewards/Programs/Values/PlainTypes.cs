using Microsoft.CodeAnalysis;

namespace RlCore.Trainers.Rewards;

/// <summary>Whether the values of a type, as the compiler sees it, can leave a program (<see cref="ValueWriter"/>).</summary>
internal static class PlainTypes
{
    private static readonly HashSet<string> Names =
        [.. PlainScalars.Types.Concat(PlainKinds.Generic).Append(typeof(object)).Select(type => type.FullName!)];

    /// <summary>Whether all values of a type are plain, as far as its name says: an <c>object</c> may hold anything.</summary>
    public static bool IsPlain(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => IsPlain(array.ElementType),
        IDynamicTypeSymbol => false,
        INamedTypeSymbol { IsTupleType: true, TupleUnderlyingType: { } tuple } => IsPlain(tuple),
        INamedTypeSymbol named => Names.Contains(MetadataName(named)) && named.TypeArguments.All(IsPlain)
            && !named.Locations.Any(location => location.IsInSource && !named.IsTupleType),
        _ => false,
    };

    private static string MetadataName(INamedTypeSymbol type) => type.ContainingType is null
        ? $"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}"
        : "";
}
