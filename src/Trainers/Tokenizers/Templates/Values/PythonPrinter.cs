using System.Globalization;
using System.Numerics;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Values as text: Python's <c>str</c> and <c>repr</c>.</summary>
internal static class PythonPrinter
{
    /// <summary>A value as it is printed.</summary>
    public static string Text(TemplateRun run, object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Quote(run, value),
    };

    /// <summary>A value as it is shown within a list: texts in quotes.</summary>
    public static string Quote(TemplateRun run, object? value)
    {
        var output = new StringBuilder();
        Write(run, value, output);
        return output.ToString();
    }

    /// <summary>A scalar as it is printed; null if the value is none.</summary>
    public static string? Scalar(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double number => PythonText.Print(number),
        _ => null,
    };

    private static void Write(TemplateRun run, object? value, StringBuilder output)
    {
        run.Limits.Text(4);
        run.Limits.Enter();
        switch (value)
        {
            case string text:
                run.Limits.Text(text.Length);
                PythonText.Quote(text, output);
                break;
            case Undefined:
                output.Append("Undefined");
                break;
            case TemplateList list:
                List(run, list, output);
                break;
            case TemplateMap map:
                Map(run, map, output);
                break;
            default:
                output.Append(Scalar(value) ?? throw new TemplateFault($"printing a {TemplateTypes.NameOf(value)} is not supported"));
                break;
        }

        run.Limits.Leave();
    }

    private static void List(TemplateRun run, TemplateList list, StringBuilder output)
    {
        if (list.Kind == SequenceKind.Range)
        {
            throw new TemplateFault("printing a range is not supported; the filter 'list' makes a list of it");
        }

        string name = list.IsIndexed ? "" : TemplateTypes.NameOf(list);
        bool isTuple = list.Kind == SequenceKind.Tuple;
        output.Append(name.Length > 0 ? name + "([" : isTuple ? "(" : "[");
        for (int i = 0; i < list.Items.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            Write(run, list.Items[i], output);
        }

        output.Append(name.Length > 0 ? "])" : !isTuple ? "]" : list.Items.Count == 1 ? ",)" : ")");
    }

    private static void Map(TemplateRun run, TemplateMap map, StringBuilder output)
    {
        output.Append('{');
        for (int i = 0; i < map.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            Write(run, map.Entries[i].Key, output);
            output.Append(": ");
            Write(run, map.Entries[i].Value, output);
        }

        output.Append('}');
    }
}
