using System.Reflection;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>The unions of the algebra and their cases, by reflection.</summary>
internal static class Cases
{
    public static IReadOnlyList<Type> Unions { get; } =
    [
        typeof(Surrogate), typeof(KlPenalty), typeof(AdvantageEstimate), typeof(PreferenceLoss), typeof(FDivergence),
        typeof(UnpairedLoss), typeof(RankingLoss), typeof(Schedule), typeof(Aggregation),
    ];

    public static IEnumerable<Type> TypesOf(Type union) => union.GetNestedTypes().Where(type => type.IsSubclassOf(union));

    /// <summary>The constructor whose parameters are the case's settings.</summary>
    public static ConstructorInfo Constructor(Type type) => Assert.Single(type.GetConstructors());

    /// <summary>Every case of a union with its defaults.</summary>
    public static TUnion[] All<TUnion>() => [.. TypesOf(typeof(TUnion)).Select(type => (TUnion)Default(type))];

    public static object Default(Type type)
    {
        ConstructorInfo constructor = Constructor(type);
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.DefaultValue)]);
    }

    /// <summary>The names of the cases of which something is true, in their order.</summary>
    public static string Where<TUnion>(Func<TUnion, bool> isSo)
        where TUnion : notnull => string.Join(' ', All<TUnion>().Where(isSo).Select(value => value.GetType().Name));
}
