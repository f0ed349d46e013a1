using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Datasets;

/// <summary>Writes the lines of one file as CSV rows, with the checks that training applies.</summary>
internal sealed class RowWriter
{
    private const string Messages = "messages";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonLayout _layout;
    private readonly DatasetKind _kind;
    private readonly bool _keepsTurns;
    private readonly string[] _roles;
    private readonly string[] _extra;
    private readonly TableLayout _table;
    private readonly Action<string[]> _write;
    private readonly List<InputProblem> _problems;
    private readonly IReadOnlyList<string> _unused;
    private long _rows;

    private RowWriter(FieldSurvey survey, ConversionRequest request, Action<string[]> write, List<InputProblem> problems)
    {
        _layout = survey.Layout!;
        _kind = request.Kind ?? _layout.Kind;
        _keepsTurns = request.KeepsTurns;
        _write = write;
        _problems = problems;
        string[] needed = [.. Needed(_kind).Union(survey.OptionalRoles.Intersect(ColumnRules.Of(_kind)))];
        _roles = !_keepsTurns ? needed
            : _kind == DatasetKind.Sft ? [Messages]
            : [Messages, .. needed.Where(role => role is not (RowCells.Prompt or "system"))];
        bool takesOthers = _kind == DatasetKind.Prompts;
        string[] others = [.. survey.Others.Where(name => !_roles.Contains(name) && name is not (RowCells.Prompt or "solution"))];
        _extra = takesOthers ? [.. survey.HasSolution ? ["solution"] : Array.Empty<string>(), .. others] : [];
        _unused =
        [
            .. others.Where(_ => !takesOthers).Select(name => $"{Characters.Quote(name)} ({Times(survey.Count(name))})"),
        ];
        _table = new TableLayout(
            request.Input, [.. _roles.Select(role => new TableColumn(role))], [.. Enumerable.Range(0, _roles.Length)], [], [])
        {
            Dialect = new CsvDialect(',', 0, KeepsLineBreaks: true),
            Width = _roles.Length,
        };
        _write([.. _roles, .. _extra]);
    }

    /// <summary>What was written.</summary>
    public Conversion Outcome => new(_layout.Name, _kind, [.. _roles, .. _extra], _rows) { Unused = _unused };

    /// <summary>A writer for the layout of the first line of a file; null, with a problem, if the layout is unknown.</summary>
    public static RowWriter? Choose(
        FieldSurvey survey,
        JsonLine first,
        ConversionRequest request,
        Action<string[]> write,
        List<InputProblem> problems)
    {
        if (survey.Layout is not { } layout)
        {
            first.Add(
                "",
                $"the fields {string.Join(", ", first.Names.Select(Characters.Quote))}",
                $"one of the layouts {string.Join("; ", JsonLayout.All.Select(known => known.Name))}");
            return null;
        }

        DatasetKind kind = request.Kind ?? layout.Kind;
        string[] needed = Needed(kind);
        if (kind == DatasetKind.Rankings || needed.Except(layout.Roles).Any())
        {
            first.Add(
                "",
                $"the layout {layout.Name}, which gives {string.Join(", ", layout.Roles)}",
                $"what {SettingsSchema.Key(kind)} rows have: {string.Join(", ", needed)}");
            return null;
        }

        return new RowWriter(survey, request, write, problems);
    }

    /// <summary>Writes a line, or adds its problems.</summary>
    public void Write(JsonLine line)
    {
        int before = _problems.Count;
        RowCells cells = _layout.Read(line);
        if (_problems.Count > before)
        {
            return;
        }

        string[] row = [.. _roles.Select(role => role == Messages ? Conversation(cells) : Cell(cells, role))];
        Check(line, row);
        string[] more = [.. _extra.Select(name => cells.TryGetValue(name, out string? text) ? text : line.Cell(name))];
        if (_problems.Count == before)
        {
            _write([.. row, .. more]);
            _rows++;
        }
    }

    private static string Times(long count) =>
        count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count:#,0} times");

    private static string[] Needed(DatasetKind kind) => [.. ColumnRules.Of(kind).Where(role => !ColumnRules.IsOptional(role))];

    // A chat template separates turns by itself.
    private string Cell(RowCells cells, string role)
    {
        string text = cells.GetValueOrDefault(role, "");
        return _keepsTurns && cells.IsDialogue ? text.Trim() : text;
    }

    private string Conversation(RowCells cells)
    {
        string system = cells.GetValueOrDefault("system", "");
        Turn[] turns =
        [
            .. system.Length > 0 ? [new Turn("system", system)] : Array.Empty<Turn>(),
            .. cells.Turns.Count > 0 ? cells.Turns : [new Turn("user", cells[RowCells.Prompt])],
            .. _kind == DatasetKind.Sft ? [new Turn(Turn.Assistant, Cell(cells, "completion"))] : Array.Empty<Turn>(),
        ];
        return JsonSerializer.Serialize(turns.Select(turn => new { role = turn.Role, content = turn.Content }), Relaxed);
    }

    private void Check(JsonLine line, string[] cells)
    {
        if (_kind == DatasetKind.Sft && _keepsTurns)
        {
            return; // A conversation that ends with the assistant's turn, as it was made.
        }

        var row = new TableRow(_table, 0, 0, 0, cells, []);
        var problems = new List<InputProblem>();
        var found = new RowProblems(new RowRules(), problems);
        var checks = new DatasetChecks();
        _ = _kind switch
        {
            DatasetKind.Sft => DatasetFormats.Demonstrations.TryRead(row, checks, found, out _),
            DatasetKind.Prompts => DatasetFormats.Questions.TryRead(row, checks, found, out _),
            DatasetKind.Preferences => DatasetFormats.Preferences.TryRead(WithMargin(row), checks, found, out _),
            DatasetKind.Scored => DatasetFormats.Scored.TryRead(row, checks, found, out _),
            _ => DatasetFormats.Unpaired.TryRead(row, checks, found, out _),
        };
        found.EndRow();
        _problems.AddRange(problems.Select(problem => problem with { File = $"{_table.File}, {line.Place}", Row = 0 }));
    }

    // The margin, in its place or absent.
    private TableRow WithMargin(TableRow row)
    {
        string[] roles = [_roles[0], "chosen", "rejected", "margin"];
        int[] places = [.. roles.Select(role => Array.IndexOf(_roles, role))];
        return row with
        {
            Cells = [.. places.Select(place => place < 0 ? "" : row.Cells[place])],
            Layout = row.Layout with { Columns = [.. roles.Select(role => new TableColumn(role))], Places = places },
        };
    }
}
