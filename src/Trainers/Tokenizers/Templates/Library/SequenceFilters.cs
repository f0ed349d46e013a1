namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>The filters that go through items, as jinja2's.</summary>
internal static class SequenceFilters
{
    /// <summary>The filters by name.</summary>
    public static IReadOnlyDictionary<string, TemplateFilter> All { get; } = new Dictionary<string, TemplateFilter>(StringComparer.Ordinal)
    {
        ["dictsort"] = DictSort,
        ["first"] = First,
        ["items"] = Items,
        ["join"] = Join,
        ["last"] = Last,
        ["list"] = (run, value, given) => List(run, value, given),
        ["map"] = (run, value, given) => Lazy(Map(run, value, given)),
        ["max"] = (run, value, given) => Extreme(run, value, given, "max", 1),
        ["min"] = (run, value, given) => Extreme(run, value, given, "min", -1),
        ["reject"] = (run, value, given) => Lazy(Select(run, value, given, "reject", byAttribute: false, keeps: false)),
        ["rejectattr"] = (run, value, given) => Lazy(Select(run, value, given, "rejectattr", byAttribute: true, keeps: false)),
        ["reverse"] = Reverse,
        ["select"] = (run, value, given) => Lazy(Select(run, value, given, "select", byAttribute: false, keeps: true)),
        ["selectattr"] = (run, value, given) => Lazy(Select(run, value, given, "selectattr", byAttribute: true, keeps: true)),
        ["sort"] = Sort,
        ["sum"] = Sum,
        ["unique"] = (run, value, given) => Lazy(Unique(run, value, given)),
    };

    private static TemplateIterator Lazy(IEnumerable<object?> items) => new(items);

    private static object? First(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("first");
        return value switch
        {
            TemplateIterator iterator => iterator.TryTake(run, out object? item) ? item : None(),
            string text => TemplateSequences.CharacterAt(run, text, 0) ?? (object)None(),
            TemplateMap map => map.Count > 0 ? map.Entries[0].Key : None(),
            _ => TemplateSequences.Items(run, value) is [var item, ..] ? item : None(),
        };

        static Undefined None() => new("No first item, sequence was empty.");
    }

    private static object? Last(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("last");
        if (value is TemplateIterator)
        {
            throw new TemplateFault("'generator' object is not reversible");
        }

        return TemplateSequences.Items(run, value) is [.., var item] ? item : new Undefined("No last item, sequence was empty.");
    }

    private static TemplateList List(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("list");
        var items = TemplateSequences.Items(run, value);
        run.Limits.Text(4L * items.Count);
        return new TemplateList([.. items]);
    }

    private static TemplateIterator Items(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("items");
        return Lazy(Pairs(value));
    }

    private static IEnumerable<object?> Pairs(object? value)
    {
        if (value is not (Undefined or TemplateMap))
        {
            throw new TemplateFault("Can only get item pairs from a mapping.");
        }

        foreach (var entry in (value as TemplateMap)?.Entries ?? [])
        {
            yield return MapMethods.Pair(entry);
        }
    }

    private static object Reverse(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("reverse");
        var items = TemplateSequences.Items(run, value);
        run.Limits.Text(4L * items.Count);
        return value is string ? string.Concat(items.Reverse()) : new TemplateIterator([.. items.Reverse()]);
    }

    private static string Join(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("join", "d", "attribute");
        string separator = bound[0] == CallArguments.Missing ? "" : PythonPrinter.Text(run, bound[0]);
        Func<object?, object?> read = Attribute(run, bound[1], missing: CallArguments.Missing);
        string[] parts = [.. TemplateSequences.Items(run, value).Select(item => PythonPrinter.Text(run, read(item)))];
        run.Limits.Text(parts.Sum(part => (long)part.Length + separator.Length));
        return string.Join(separator, parts);
    }

    private static IEnumerable<object?> Map(TemplateRun run, object? value, CallArguments given)
    {
        Func<object?, object?> make;
        if (given.Positional.Count == 0)
        {
            object?[] bound = given.Bind("map", "attribute", "default");
            make = Attribute(run, bound[0], bound[1]);
        }
        else
        {
            string name = TextMethods.Text(given.Positional[0], "map");
            TemplateFilter filter = Filters.All.TryGetValue(name, out TemplateFilter? known)
                ? known
                : throw new TemplateFault($"the filter '{name}' is not supported");
            var arguments = new CallArguments([.. given.Positional.Skip(1)], given.Named);
            make = item => filter(run, item, arguments);
        }

        foreach (object? item in TemplateSequences.Items(run, value))
        {
            yield return make(item);
        }
    }

    private static IEnumerable<object?> Select(
        TemplateRun run,
        object? value,
        CallArguments given,
        string name,
        bool byAttribute,
        bool keeps)
    {
        int first = byAttribute ? 1 : 0;
        if (given.Positional.Count < first || given.Named.Count > 0)
        {
            throw new TemplateFault($"{name} takes {(byAttribute ? "an attribute, " : "")}a test and its arguments");
        }

        Func<object?, object?> read = byAttribute
            ? Attribute(run, given.Positional[0], missing: CallArguments.Missing)
            : item => item;
        Func<object?, bool> holds = PythonOperators.IsTrue;
        if (given.Positional.Count > first)
        {
            string test = TextMethods.Text(given.Positional[first], name);
            TemplateTest known = Tests.All.TryGetValue(test, out TemplateTest? found)
                ? found
                : throw new TemplateFault($"the test '{test}' is not supported");
            var arguments = new CallArguments([.. given.Positional.Skip(first + 1)], []);
            holds = item => known(run, item, arguments);
        }

        foreach (object? item in TemplateSequences.Items(run, value))
        {
            if (holds(read(item)) == keeps)
            {
                yield return item;
            }
        }
    }

    private static TemplateList Sort(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("sort", "reverse", "case_sensitive", "attribute");
        Func<object?, object?> key = Key(run, bound[1], bound[2]);
        if (bound[2] is string paths)
        {
            Func<object?, object?>[] keys = [.. paths.Split(',').Select(path => Key(run, bound[1], path))];
            key = item => new TemplateList([.. keys.Select(one => one(item))]);
        }

        return Sorted(run, TemplateSequences.Items(run, value), key, IsGiven(bound[0]));
    }

    private static TemplateList DictSort(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("dictsort", "case_sensitive", "by", "reverse");
        string by = bound[1] == CallArguments.Missing ? "key" : TextMethods.Text(bound[1], "dictsort");
        if (value is not TemplateMap map || by is not ("key" or "value"))
        {
            throw new TemplateFault("dictsort takes a dictionary, and sorts by \"key\" or \"value\"");
        }

        Func<object?, object?> key = Key(run, bound[0], CallArguments.Missing);
        int part = by == "key" ? 0 : 1;
        return Sorted(run, [.. map.Entries.Select(MapMethods.Pair)], item => key(((TemplateList)item!).Items[part]), IsGiven(bound[2]));
    }

    // Stable, also in reverse.
    private static TemplateList Sorted(TemplateRun run, IReadOnlyList<object?> items, Func<object?, object?> key, bool reverse)
    {
        run.Limits.Text(8L * items.Count);
        var order = Comparer<object?>.Create((a, b) => PythonOperators.Compare(a, b, "<", run.Limits) ?? 0);
        try
        {
            return new TemplateList([.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)]);
        }
        catch (InvalidOperationException error) when (error.InnerException is TemplateFault fault)
        {
            throw new TemplateFault(fault.Message);
        }
    }

    private static object? Extreme(TemplateRun run, object? value, CallArguments given, string name, int sign)
    {
        object?[] bound = given.Bind(name, "case_sensitive", "attribute");
        Func<object?, object?> key = Key(run, bound[0], bound[1]);
        var items = TemplateSequences.Items(run, value);
        object? best = items.Count > 0 ? items[0] : new Undefined("No aggregated item, sequence was empty.");
        foreach (object? item in items.Skip(1))
        {
            best = PythonOperators.Compare(key(item), key(best), "<", run.Limits) * sign > 0 ? item : best;
        }

        return best;
    }

    private static object Sum(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("sum", "attribute", "start");
        Func<object?, object?> read = Attribute(run, bound[0], missing: CallArguments.Missing);
        object start = bound[1] == CallArguments.Missing ? 0L : bound[1] ?? 0L;
        return TemplateSequences.Items(run, value).Aggregate(start, (sum, item) => PythonOperators.Arithmetic("+", sum, read(item)));
    }

    private static IEnumerable<object?> Unique(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("unique", "case_sensitive", "attribute");
        Func<object?, object?> key = Key(run, bound[0], bound[1]);
        var seen = new TemplateMap();
        foreach (object? item in TemplateSequences.Items(run, value))
        {
            object? found = key(item);
            run.Limits.Text(8 + ((found as string)?.Length / 16 ?? 0));
            if (!seen.TryGet(found, out _))
            {
                seen.Set(found, null);
                yield return item;
            }
        }
    }

    private static bool IsGiven(object? flag) => flag != CallArguments.Missing && PythonOperators.IsTrue(flag);

    // Texts are compared without their case unless it is asked for.
    private static Func<object?, object?> Key(TemplateRun run, object? caseSensitive, object? attribute)
    {
        Func<object?, object?> read = Attribute(run, attribute, missing: CallArguments.Missing);
        return IsGiven(caseSensitive) ? read : item => read(item) is string text ? text.ToLowerInvariant() : read(item);
    }

    // An attribute by its path: "function.name", or "0" for an item of a list.
    private static Func<object?, object?> Attribute(TemplateRun run, object? path, object? missing)
    {
        if (path is null || path == CallArguments.Missing)
        {
            return item => item;
        }

        object?[] keys = path is string names
            ? [.. names.Split('.').Select(name => long.TryParse(name, out long index) ? (object?)index : name)]
            : [path];
        return item =>
        {
            foreach (object? key in keys)
            {
                item = Members.Item(run, item, key);
                item = item is Undefined && missing != CallArguments.Missing ? missing : item;
            }

            return item;
        };
    }
}
