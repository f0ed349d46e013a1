using System.Collections.Immutable;

namespace RlCore.Trainers.Rewards;

/// <summary>The generic types whose values can leave a program: they hold plain values, and no code of a completion.</summary>
internal static class PlainKinds
{
    /// <summary>Collections that are made of their elements. The order is that of their codes.</summary>
    public static readonly Type[] Sequences =
    [
        typeof(List<>), typeof(HashSet<>), typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>), typeof(SortedSet<>),
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>),
    ];

    /// <summary>Dictionaries.</summary>
    public static readonly Type[] Maps = [typeof(Dictionary<,>), typeof(SortedDictionary<,>), typeof(SortedList<,>)];

    /// <summary>Pairs and tuples.</summary>
    public static readonly Type[] Tuples =
    [
        typeof(KeyValuePair<,>),
        typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>),
        typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>), typeof(Tuple<,,,,,>),
        typeof(Tuple<,,,,,,>),
    ];

    /// <summary>Interfaces: a function may return one of them, and the value is one of the others, or a sequence of elements.</summary>
    public static readonly Type[] Interfaces =
    [
        typeof(IEnumerable<>), typeof(ICollection<>), typeof(IList<>), typeof(ISet<>), typeof(IReadOnlyCollection<>),
        typeof(IReadOnlyList<>), typeof(IReadOnlySet<>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
        typeof(IOrderedEnumerable<>),
    ];

    /// <summary>All generic types, by their codes in descriptions of types.</summary>
    public static readonly Type[] Generic = [typeof(Nullable<>), .. Sequences, .. Maps, .. Tuples, .. Interfaces];

    /// <summary>The comparers of texts by their codes; 0 is the default.</summary>
    public static readonly StringComparer[] Comparers =
    [
        StringComparer.Ordinal, StringComparer.OrdinalIgnoreCase, StringComparer.InvariantCulture,
        StringComparer.InvariantCultureIgnoreCase,
    ];
}
