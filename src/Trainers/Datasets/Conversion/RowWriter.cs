using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Datasets;

/// <summary>Writes the lines of one file as CSV rows, with the checks that training applies.</summary>
internal sealed class RowWriter
{
    private readonly JsonLayout _layout;
    private readonly DatasetKind _kind;
    private readonly string[] _roles;
    private readonly string[] _extra;
    private readonly TableLayout _table;
    private readonly Stream _target;
    private readonly List<InputProblem> _problems;
    private long _rows;

    private RowWriter(
        JsonLayout layout,
        DatasetKind kind,
        string[] roles,
        string[] extra,
        string file,
        Stream target,
        List<InputProblem> problems)
    {
        _layout = layout;
        _kind = kind;
        _roles = roles;
        _extra = extra;
        _table = new TableLayout(file, [.. roles.Select(role => new TableColumn(role))], [.. Enumerable.Range(0, roles.Length)], [], []);
        _target = target;
        _problems = problems;
        _target.Write(CsvText.Encode([.. roles, .. extra]));
    }

    /// <summary>What was written.</summary>
    public Conversion Outcome => new(_layout.Name, _kind, [.. _roles, .. _extra], _rows);

    /// <summary>A writer for the layout of the first line of a file; null, with a problem, if the layout is unknown.</summary>
    public static RowWriter? Choose(JsonLine first, string file, DatasetKind? asked, Stream target, List<InputProblem> problems)
    {
        JsonLayout? layout = JsonLayout.All.FirstOrDefault(candidate => candidate.Fits(first));
        if (layout is null)
        {
            first.Add(
                "",
                $"the fields {string.Join(", ", first.Names.Select(Characters.Quote))}",
                $"one of the layouts {string.Join("; ", JsonLayout.All.Select(known => known.Name))}");
            return null;
        }

        DatasetKind kind = asked ?? layout.Kind;
        string[] needed = [.. ColumnRules.Of(kind).Where(role => !ColumnRules.IsOptional(role))];
        if (kind == DatasetKind.Rankings || needed.Except(layout.Roles).Any())
        {
            first.Add(
                "",
                $"the layout {layout.Name}, which gives {string.Join(", ", layout.Roles)}",
                $"what {SettingsSchema.Key(kind)} rows have: {string.Join(", ", needed)}");
            return null;
        }

        string[] roles = kind == DatasetKind.Preferences && first.Has("margin") ? [.. needed, "margin"] : needed;
        string[] extra = kind == DatasetKind.Prompts ? [.. Extras(layout, first)] : [];
        return new RowWriter(layout, kind, roles, extra, file, target, problems);
    }

    /// <summary>Writes a line, or adds its problems.</summary>
    public void Write(JsonLine line)
    {
        int before = _problems.Count;
        var cells = _layout.Read(line);
        if (_problems.Count > before)
        {
            return;
        }

        string[] row = [.. _roles.Select(role => cells.GetValueOrDefault(role, ""))];
        Check(line, row);
        string[] more = [.. _extra.Select(
            name => cells.TryGetValue(name, out string? text) ? text : line.IsScalar(name) ? line.Scalar(name) : "")];
        if (_problems.Count == before)
        {
            _target.Write(CsvText.Encode([.. row, .. more]));
            _rows++;
        }
    }

    // Rewards may read any column of a question; the column solution exists only if there are solutions.
    private static IEnumerable<string> Extras(JsonLayout layout, JsonLine first)
    {
        if (layout.Read(first).GetValueOrDefault("solution", "").Length > 0)
        {
            yield return "solution";
        }

        foreach (string name in first.Names.Where(
            name => !layout.Fields.Contains(name) && name is not ("prompt" or "answer" or "solution") && first.IsScalar(name)))
        {
            yield return name;
        }
    }

    private void Check(JsonLine line, string[] cells)
    {
        var row = new TableRow(_table, line.Number, line.Number, 0, cells, []);
        var found = new List<InputProblem>();
        var checks = new DatasetChecks();
        _ = _kind switch
        {
            DatasetKind.Sft => DatasetFormats.Demonstrations.TryRead(row, checks, found, out _),
            DatasetKind.Prompts => DatasetFormats.Questions.TryRead(row, checks, found, out _),
            DatasetKind.Preferences when cells.Length > 3 => DatasetFormats.Preferences.TryRead(row, checks, found, out _),
            DatasetKind.Preferences => DatasetFormats.Preferences.TryRead(WithoutMargin(row), checks, found, out _),
            DatasetKind.Scored => DatasetFormats.Scored.TryRead(row, checks, found, out _),
            _ => DatasetFormats.Unpaired.TryRead(row, checks, found, out _),
        };
        _problems.AddRange(found.Select(problem => problem with { File = $"{_table.File}, line {line.Number}", Row = 0 }));
    }

    private static TableRow WithoutMargin(TableRow row) => row with
    {
        Layout = row.Layout with { Places = [.. row.Layout.Places, -1] },
    };
}
