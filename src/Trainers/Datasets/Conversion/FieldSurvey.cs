namespace RlCore.Trainers.Datasets;

/// <summary>The fields of a file, found by reading it once before it is written: some appear late.</summary>
internal sealed class FieldSurvey
{
    private const string Solution = "solution";

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private bool _hasSystem;

    private FieldSurvey(JsonLayout? layout) => Layout = layout;

    /// <summary>The layout of the first line; null if it is unknown.</summary>
    public JsonLayout? Layout { get; }

    /// <summary>Fields that the layout does not read and that have a value somewhere, in the order of their appearance.</summary>
    public IEnumerable<string> Others => _names;

    /// <summary>Roles besides those that every row has.</summary>
    public IEnumerable<string> OptionalRoles =>
        [.. _hasSystem ? ["system"] : Array.Empty<string>(), .. _counts.ContainsKey("margin") ? ["margin"] : Array.Empty<string>()];

    /// <summary>Whether answers have a solution before them.</summary>
    public bool HasSolution { get; private set; }

    /// <summary>Lines in which a field has a value.</summary>
    /// <param name="field">The field.</param>
    public long Count(string field) => _counts.GetValueOrDefault(field);

    /// <summary>Reads all lines.</summary>
    /// <param name="lines">The lines; null if there is none.</param>
    public static FieldSurvey? Of(IEnumerable<JsonLine> lines)
    {
        FieldSurvey? survey = null;
        foreach (JsonLine line in lines)
        {
            survey ??= new FieldSurvey(JsonLayout.All.FirstOrDefault(candidate => candidate.Fits(line)));
            survey.Add(line);
        }

        return survey;
    }

    private void Add(JsonLine line)
    {
        if (Layout is not { } layout)
        {
            return;
        }

        foreach (string name in line.NamesOfValues)
        {
            if (_counts.TryAdd(name, 0) && !layout.Fields.Contains(name))
            {
                _names.Add(name);
            }

            _counts[name]++;
        }

        _hasSystem |= layout.Roles.Contains("system") && line.Cell("system").Length > 0;
        HasSolution |= layout.Kind == DatasetKind.Prompts && layout.Read(line).GetValueOrDefault(Solution, "").Length > 0;
    }
}
