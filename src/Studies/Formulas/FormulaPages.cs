using System.Text;
using RlCore.Algebra;

namespace RlCore.Studies.Formulas;

/// <summary>Writes entries as pages: for a console, and in Markdown for docs/formulas.</summary>
public static class FormulaPages
{
    private const string Introduction =
        "Each page is made from the code that runs: the formula and its gradient are printed by running the library's own function on "
            + "symbols. "
        + "`rlcore explain NAME` prints a page, and `rlcore explain --write docs/formulas` writes them all again.";

    /// <summary>The names, one per line, by chapter.</summary>
    public static string List()
    {
        var text = new StringBuilder();
        int width = FormulaCatalogue.All.Max(entry => entry.Name.Length);
        foreach (IGrouping<string, LossEntry> family in FormulaCatalogue.All.GroupBy(entry => entry.Family))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(family.Key).Append('\n');
            foreach (LossEntry entry in family)
            {
                text.Append("  ").Append(entry.Name.PadRight(width)).Append("  ").Append(entry.Title).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>The page of an entry for a console: plain text, then LaTeX.</summary>
    /// <param name="entry">The entry.</param>
    public static string Console(LossEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var text = new StringBuilder($"{entry.Title} ({entry.Name})\n{entry.Source}; {entry.Code}\n\n");
        (string Left, ExprText Text)[] lines = [.. Lines(entry)];
        foreach ((string left, ExprText line) in lines)
        {
            text.Append($"  {left} = {line.Plain}\n");
        }

        text.Append("\nwhere\n");
        foreach ((string name, string meaning) in Where(entry))
        {
            text.Append($"  {name,-8} {meaning}\n");
        }

        Append(text, "\nnotes\n", entry.Notes.Select(note => $"  - {note}\n"));
        Append(text, "\nhow others differ\n", entry.Peers.Select(peer =>
            $"  {peer.Choice}\n    RlCore: {peer.RlCore}\n    TRL: {peer.Trl}\n    verl: {peer.Verl}\n    OpenRLHF: {peer.OpenRlhf}\n"));
        Append(text, "\nLaTeX\n", lines.Select(line => $"  {LeftLatex(line.Left)} = {line.Text.Latex}\n"));
        return text.ToString();
    }

    /// <summary>The page of an entry in Markdown.</summary>
    /// <param name="entry">The entry.</param>
    public static string Markdown(LossEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var text = new StringBuilder($"# {entry.Title}\n\n`{entry.Name}` · {entry.Source} · `{entry.Code}`\n");
        foreach ((string left, ExprText line) in Lines(entry))
        {
            text.Append($"\n$$\n{LeftLatex(left)} = {line.Latex}\n$$\n");
        }

        text.Append("\n| symbol | meaning |\n|---|---|\n");
        foreach ((string name, string meaning) in Where(entry))
        {
            text.Append($"| {name} | {Cell(meaning)} |\n");
        }

        Append(text, "\n## Notes\n\n", entry.Notes.Select(note => $"- {note}\n"));
        Append(text, "\n## How others differ\n\n| | RlCore | TRL | verl | OpenRLHF |\n|---|---|---|---|---|\n", entry.Peers.Select(peer =>
            $"| {Cell(peer.Choice)} | {Cell(peer.RlCore)} | {Cell(peer.Trl)} | {Cell(peer.Verl)} | {Cell(peer.OpenRlhf)} |\n"));
        return text.ToString();
    }

    /// <summary>The index of the pages in Markdown.</summary>
    public static string Index()
    {
        var text = new StringBuilder($"# Formulas\n\n{Introduction}\n");
        foreach (IGrouping<string, LossEntry> family in FormulaCatalogue.All.GroupBy(entry => entry.Family))
        {
            text.Append($"\n## {family.Key}\n\n| name | title | source |\n|---|---|---|\n");
            Append(text, "", family.Select(entry => $"| [{entry.Name}]({entry.Name}.md) | {Cell(entry.Title)} | {Cell(entry.Source)} |\n"));
        }

        return text.ToString();
    }

    /// <summary>Every page and the index, by file name.</summary>
    public static IReadOnlyDictionary<string, string> Files() =>
        FormulaCatalogue.All.Select(entry => KeyValuePair.Create($"{entry.Name}.md", Markdown(entry)))
            .Append(KeyValuePair.Create("README.md", Index()))
            .ToDictionary();

    /// <summary>Writes every page and the index into a folder.</summary>
    /// <param name="folder">The folder; created if it does not exist.</param>
    /// <returns>The number of files.</returns>
    public static int Write(string folder)
    {
        Directory.CreateDirectory(folder);
        IReadOnlyDictionary<string, string> files = Files();
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }

        return files.Count;
    }

    private static IEnumerable<(string Left, ExprText Text)> Lines(LossEntry entry)
    {
        ExprText Print(Expr expression) => expression.Readable(entry.Definitions).Print(entry.Constants);
        yield return (entry.Quantity, Print(entry.Value()));
        for (int i = 0; i < entry.Variables.Count; i++)
        {
            if (entry.Variables[i].Differentiable)
            {
                yield return ($"∂{entry.Quantity}/∂{entry.Variables[i].Name}", Print(entry.Derivative(i)));
            }
        }
    }

    private static string LeftLatex(string left)
    {
        string[] parts = left.Split('/');
        return parts.Length == 1
            ? ExprText.LatexOf(left)
            : $"\\frac{{\\partial {ExprText.LatexOf(parts[0][1..])}}}{{\\partial {ExprText.LatexOf(parts[1][1..])}}}";
    }

    // Definitions that no line shows are left out.
    private static IEnumerable<(string Name, string Meaning)> Where(LossEntry entry)
    {
        string shown = string.Join(' ', Lines(entry).Select(line => $" {line.Text.Plain} "));
        for (int i = 0; i < entry.Definitions.Count; i++)
        {
            ExprDefinition definition = entry.Definitions[i];
            if (shown.Contains(definition.Name, StringComparison.Ordinal))
            {
                yield return (definition.Name, definition.Meaning.Readable([.. entry.Definitions.Take(i)]).Print(entry.Constants).Plain);
            }
        }

        foreach (Variable variable in entry.Variables)
        {
            yield return (variable.Name, variable.Meaning);
        }

        foreach (ExprConstant constant in entry.Constants.Where(constant => !char.IsAsciiDigit(constant.Name[0])))
        {
            yield return (constant.Name, "a constant of the loss");
        }

        if (shown.Contains("sg(", StringComparison.Ordinal))
        {
            yield return ("sg", "held constant: no gradient flows through it");
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void Append(StringBuilder text, string heading, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        text.Append(all.Length > 0 ? heading : "").Append(string.Concat(all));
    }
}
