namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>A method of a dictionary.</summary>
internal delegate object? MapMethod(TemplateRun run, TemplateMap map, CallArguments arguments);

/// <summary>A method of a list or a tuple.</summary>
internal delegate object? ListMethod(TemplateRun run, TemplateList list, CallArguments arguments);

/// <summary>The methods of dictionaries, as Python's.</summary>
internal static class MapMethods
{
    /// <summary>The methods by name.</summary>
    public static IReadOnlyDictionary<string, MapMethod> All { get; } = new Dictionary<string, MapMethod>(StringComparer.Ordinal)
    {
        ["get"] = (run, map, given) =>
        {
            object?[] bound = given.Bind("get", "key", "default");
            return map.TryGet(bound[0], out object? value) ? value : bound[1] == CallArguments.Missing ? null : bound[1];
        },
        ["items"] = (run, map, given) => View(run, map, given, SequenceKind.Items, Pair),
        ["keys"] = (run, map, given) => View(run, map, given, SequenceKind.Keys, entry => entry.Key),
        ["values"] = (run, map, given) => View(run, map, given, SequenceKind.Values, entry => entry.Value),
        ["copy"] = (run, map, given) =>
        {
            given.Bind("copy");
            return map;
        },
    };

    /// <summary>Methods that change a dictionary, which the sandbox forbids.</summary>
    public static IReadOnlyCollection<string> Unsafe { get; } = ["clear", "pop", "popitem", "setdefault", "update"];

    /// <summary>Key and value as a tuple.</summary>
    public static TemplateList Pair(KeyValuePair<object?, object?> entry) => new([entry.Key, entry.Value], SequenceKind.Tuple);

    private static TemplateList View(
        TemplateRun run,
        TemplateMap map,
        CallArguments given,
        SequenceKind kind,
        Func<KeyValuePair<object?, object?>, object?> part)
    {
        given.Bind("the method");
        run.Limits.Text(8L * map.Count);
        return new TemplateList([.. map.Entries.Select(part)], kind);
    }
}

/// <summary>The methods of lists and tuples, as Python's.</summary>
internal static class ListMethods
{
    /// <summary>The methods by name.</summary>
    public static IReadOnlyDictionary<string, ListMethod> All { get; } = new Dictionary<string, ListMethod>(StringComparer.Ordinal)
    {
        ["index"] = (run, list, given) =>
        {
            object? wanted = given.Bind("index", "value")[0];
            for (int i = 0; i < list.Items.Count; i++)
            {
                if (PythonOperators.AreEqual(list.Items[i], wanted, run.Limits))
                {
                    return (long)i;
                }
            }

            throw new TemplateFault($"{PythonPrinter.Quote(run, wanted)} is not in list");
        },
        ["count"] = (run, list, given) =>
        {
            object? wanted = given.Bind("count", "value")[0];
            return (long)list.Items.Count(item => PythonOperators.AreEqual(item, wanted, run.Limits));
        },
        ["copy"] = (run, list, given) =>
        {
            given.Bind("copy");
            return list;
        },
    };

    /// <summary>Methods that change a list, which the sandbox forbids.</summary>
    public static IReadOnlyCollection<string> Unsafe { get; } = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];
}
