using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace RlCore.Trainers.Tokenizers.Templates;

// A value of a template is null (none), a bool, a long, a BigInteger (a whole number of JSON beyond 64 bits), a double, a string, or
// one of these.

/// <summary>What has no value. It prints as nothing and counts as false; to use it in any other way is an error.</summary>
/// <param name="Reason">Why, such as "'x' is undefined".</param>
internal sealed record Undefined(string Reason)
{
    /// <summary>The error of using it.</summary>
    public TemplateFault Fault() => new(Reason);
}

/// <summary>What a sequence is in Python.</summary>
internal enum SequenceKind
{
    List,
    Tuple,
    Range,
    Keys,
    Values,
    Items,
}

/// <summary>A sequence; immutable.</summary>
/// <param name="Items">Its items.</param>
/// <param name="Kind">What it is.</param>
internal sealed record TemplateList(IReadOnlyList<object?> Items, SequenceKind Kind = SequenceKind.List)
{
    /// <summary>Whether items can be taken by their index.</summary>
    public bool IsIndexed => Kind is SequenceKind.List or SequenceKind.Tuple or SequenceKind.Range;
}

/// <summary>
/// What <c>map</c>, <c>select</c> and their like give: items that are made when they are taken, and can be taken once.
/// </summary>
internal sealed class TemplateIterator(IEnumerable<object?> items)
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    /// <summary>All that is left.</summary>
    public IReadOnlyList<object?> TakeAll(TemplateRun run)
    {
        var rest = new List<object?>();
        while (TryTake(run, out object? item))
        {
            rest.Add(item);
        }

        return rest;
    }

    /// <summary>The next item.</summary>
    public bool TryTake(TemplateRun run, out object? item)
    {
        run.Limits.Text(4);
        run.Limits.Enter();
        bool has = _items.MoveNext();
        run.Limits.Leave();
        item = has ? _items.Current : null;
        return has;
    }
}

/// <summary>A dictionary in the order in which its keys were added; immutable once it is made.</summary>
internal sealed class TemplateMap
{
    private readonly List<KeyValuePair<object?, object?>> _entries = [];
    private readonly Dictionary<object, int> _places = new(KeyComparer.Instance);

    public int Count => _entries.Count;

    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    /// <summary>Sets a key while the dictionary is made; a key that is there keeps its place.</summary>
    public void Set(object? key, object? value)
    {
        if (!IsKey(key))
        {
            throw new TemplateFault($"a key of type '{TemplateTypes.NameOf(key)}' is not supported");
        }

        if (_places.TryGetValue(key ?? DBNull.Value, out int place))
        {
            _entries[place] = new(_entries[place].Key, value);
            return;
        }

        _places[key ?? DBNull.Value] = _entries.Count;
        _entries.Add(new(key, value));
    }

    public bool TryGet(object? key, out object? value)
    {
        int place = IsKey(key) && _places.TryGetValue(key ?? DBNull.Value, out int found) ? found : -1;
        value = place >= 0 ? _entries[place].Value : null;
        return place >= 0;
    }

    private static bool IsKey(object? key) => key is null or bool or long or BigInteger or double or string;

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        bool IEqualityComparer<object>.Equals(object? x, object? y) => PythonOperators.AreEqual(x, y, null);

        int IEqualityComparer<object>.GetHashCode([DisallowNull] object obj) => obj switch
        {
            bool flag => (flag ? 1.0 : 0.0).GetHashCode(),
            long number => ((double)number).GetHashCode(),
            BigInteger number => ((double)number).GetHashCode(),
            double number => number.GetHashCode(),
            string text => string.GetHashCode(text, StringComparison.Ordinal),
            _ => 0,
        };
    }
}

/// <summary>What <c>namespace()</c> gives: attributes that a template may set from inside a loop.</summary>
internal sealed class TemplateNamespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>What can be called: a macro, a function or a method.</summary>
/// <param name="name">Its name.</param>
/// <param name="call">Calls it.</param>
internal sealed class TemplateFunction(string name, Func<TemplateRun, CallArguments, object?> call)
{
    public string Name => name;

    public object? Call(TemplateRun run, CallArguments arguments) => call(run, arguments);
}

/// <summary>Names of types.</summary>
internal static class TemplateTypes
{
    /// <summary>The name of a value's type in Python.</summary>
    public static string NameOf(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        Undefined => "Undefined",
        TemplateList { Kind: SequenceKind.List } => "list",
        TemplateList { Kind: SequenceKind.Tuple } => "tuple",
        TemplateList { Kind: SequenceKind.Range } => "range",
        TemplateList { Kind: var kind } => $"dict_{kind.ToString().ToLowerInvariant()}",
        TemplateIterator => "generator",
        TemplateMap => "dict",
        TemplateNamespace => "Namespace",
        TemplateLoop => "LoopContext",
        _ => "function",
    };
}
