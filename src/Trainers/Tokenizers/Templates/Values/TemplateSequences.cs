namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>What can be counted, searched and gone through.</summary>
internal static class TemplateSequences
{
    /// <summary>The items of a value; a text's are its characters, a dictionary's its keys.</summary>
    /// <exception cref="TemplateFault">The value has no items.</exception>
    public static IReadOnlyList<object?> Items(TemplateRun run, object? value)
    {
        switch (value)
        {
            case Undefined:
                return [];
            case TemplateList list:
                run.Limits.Step(list.Items.Count / 16);
                return list.Items;
            case TemplateIterator iterator:
                return iterator.TakeAll(run);
            case TemplateMap map:
                run.Limits.Text(4L * map.Count);
                return [.. map.Entries.Select(entry => entry.Key)];
            case string text:
                run.Limits.Text(4L * text.Length);
                return PythonText.Split(text);
            default:
                throw new TemplateFault($"'{TemplateTypes.NameOf(value)}' object is not iterable");
        }
    }

    /// <summary>Whether <see cref="Items"/> takes a value.</summary>
    public static bool AreIn(object? value) =>
        value is Undefined or TemplateList or TemplateIterator or TemplateMap or string or TemplateLoop;

    /// <summary>The number of items.</summary>
    public static long Count(TemplateRun run, object? value)
    {
        switch (value)
        {
            case Undefined:
                return 0;
            case string text:
                run.Limits.Step(text.Length / 16);
                return PythonText.Length(text);
            case TemplateList list:
                return list.Items.Count;
            case TemplateMap map:
                return map.Count;
            default:
                throw new TemplateFault($"object of type '{TemplateTypes.NameOf(value)}' has no len()");
        }
    }

    /// <summary><c>item in value</c>.</summary>
    public static bool Contains(TemplateRun run, object? value, object? item)
    {
        switch (value)
        {
            case string text when item is string part:
                run.Limits.Search(text, part);
                return text.Contains(part, StringComparison.Ordinal);
            case string:
                throw (item as Undefined)?.Fault()
                    ?? new TemplateFault($"'in <string>' requires string as left operand, not {TemplateTypes.NameOf(item)}");
            case TemplateMap map:
                run.Limits.Step(((item as string)?.Length ?? 0) / 16);
                return map.TryGet(item, out _);
            default:
                return Items(run, value).Any(one => PythonOperators.AreEqual(one, item, run.Limits));
        }
    }

    /// <summary>A character by its index, also from the end; null where there is none.</summary>
    public static string? CharacterAt(TemplateRun run, string text, long index)
    {
        run.Limits.Step(text.Length / 16);
        int length = PythonText.Length(text);
        index += index < 0 ? length : 0;
        if (index < 0 || index >= length)
        {
            return null;
        }

        if (length == text.Length)
        {
            return text[(int)index].ToString();
        }

        run.Limits.Text(text.Length);
        return PythonText.Split(text)[index];
    }
}
