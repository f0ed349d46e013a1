namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Attributes, items and slices of values, as jinja2's sandbox gives them.</summary>
internal static class Members
{
    /// <summary><c>owner.name</c>: a method or an attribute, and else an item.</summary>
    public static object? Attribute(object? owner, string name) => owner switch
    {
        Undefined undefined => throw undefined.Fault(),
        TemplateLoop loop => loop.Attribute(name),
        TemplateNamespace space => space.Attributes.TryGetValue(name, out object? value) ? value : None(owner, name),
        _ when Method(owner, name) is { } method => method,
        TemplateMap map => map.TryGet(name, out object? value) ? value : None(owner, name),
        _ => None(owner, name),
    };

    /// <summary><c>owner[key]</c>: an item, and else, for a name, a method or an attribute.</summary>
    public static object? Item(TemplateRun run, object? owner, object? key)
    {
        if (owner is Undefined undefined)
        {
            throw undefined.Fault();
        }

        run.Limits.Step(((key as string)?.Length ?? 0) / 16);
        if (owner is TemplateMap map && map.TryGet(key, out object? value))
        {
            return value;
        }

        if (key is string name)
        {
            return Attribute(owner, name);
        }

        if (owner is TemplateList { IsIndexed: true } list && PythonOperators.TryWhole(key, out long index))
        {
            index += index < 0 ? list.Items.Count : 0;
            return index >= 0 && index < list.Items.Count ? list.Items[(int)index] : None(owner, PythonPrinter.Quote(run, key));
        }

        return owner is string text && PythonOperators.TryWhole(key, out long place)
            ? TemplateSequences.CharacterAt(run, text, place) ?? (object)None(owner, PythonPrinter.Quote(run, key))
            : None(owner, PythonPrinter.Quote(run, key));
    }

    /// <summary><c>owner[start:stop:step]</c>.</summary>
    public static object? Slice(TemplateRun run, object? owner, object? start, object? stop, object? step)
    {
        if (owner is Undefined undefined)
        {
            throw undefined.Fault();
        }

        bool isText = owner is string;
        if ((!isText && owner is not TemplateList { IsIndexed: true }) || !IsBound(start) || !IsBound(stop) || !IsBound(step))
        {
            throw new TemplateFault($"'{TemplateTypes.NameOf(owner)}' object cannot be sliced so");
        }

        string text = owner as string ?? "";
        IReadOnlyList<object?> items = isText ? [] : ((TemplateList)owner!).Items;
        string[] characters = isText ? PythonText.Split(Counted(run, text)) : [];
        int count = isText ? characters.Length : items.Count;
        int[] indices = [.. Indices(count, start, stop, step)];
        run.Limits.Text(isText ? indices.Length : 4L * indices.Length);
        return isText
            ? string.Concat(indices.Select(index => characters[index]))
            : new TemplateList([.. indices.Select(index => items[index])], ((TemplateList)owner!).Kind);
    }

    private static string Counted(TemplateRun run, string text)
    {
        run.Limits.Text(text.Length);
        return text;
    }

    private static bool IsBound(object? value) => value is null || PythonOperators.TryWhole(value, out _);

    // As Python's slice.indices.
    private static IEnumerable<int> Indices(int count, object? start, object? stop, object? step)
    {
        long by = PythonOperators.TryWhole(step, out long given) ? given : 1;
        if (by == 0)
        {
            throw new TemplateFault("slice step cannot be zero");
        }

        long Bound(object? bound, long otherwise)
        {
            if (!PythonOperators.TryWhole(bound, out long value))
            {
                return otherwise;
            }

            value += value < 0 ? count : 0;
            return by > 0 ? Math.Clamp(value, 0, count) : Math.Clamp(value, -1, count - 1);
        }

        long first = Bound(start, by > 0 ? 0 : count - 1);
        long last = Bound(stop, by > 0 ? count : -1);
        for (long i = first; by > 0 ? i < last : i > last; i += Math.Clamp(by, -count - 1L, count + 1L))
        {
            yield return (int)i;
        }
    }

    private static object? Method(object? owner, string name) => owner switch
    {
        string text when TextMethods.All.TryGetValue(name, out TextMethod? method) =>
            new TemplateFunction(name, (run, arguments) => method(run, text, arguments)),
        TemplateMap map when MapMethods.All.TryGetValue(name, out MapMethod? method) =>
            new TemplateFunction(name, (run, arguments) => method(run, map, arguments)),
        TemplateList { IsIndexed: true } list when ListMethods.All.TryGetValue(name, out ListMethod? method)
            && (name != "copy" || list.Kind == SequenceKind.List) =>
            new TemplateFunction(name, (run, arguments) => method(run, list, arguments)),
        TemplateMap when MapMethods.Unsafe.Contains(name) => Unsafe(owner, name),
        TemplateList { Kind: SequenceKind.List } when ListMethods.Unsafe.Contains(name) => Unsafe(owner, name),
        _ => null,
    };

    private static Undefined Unsafe(object? owner, string name) =>
        new($"access to attribute '{name}' of '{TemplateTypes.NameOf(owner)}' object is unsafe");

    private static Undefined None(object? owner, string name) => new($"'{TemplateTypes.NameOf(owner)} object' has no attribute '{name}'");
}
