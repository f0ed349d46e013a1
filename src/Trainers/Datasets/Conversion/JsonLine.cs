using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>An object of a file of examples; its problems are reported by place and field.</summary>
internal sealed class JsonLine(string file, string place, JsonElement root, ICollection<InputProblem> problems)
{
    private const string OneTurn = "{\"role\": …, \"content\": …} or {\"from\": …, \"value\": …}";

    /// <summary>An object of which every name and text is Unicode; what is not is a problem of its field.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">Where it is in the file.</param>
    /// <param name="root">The object.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="line">The object.</param>
    /// <returns>Whether it is such an object.</returns>
    public static bool TryCreate(string file, string place, JsonElement root, ICollection<InputProblem> problems, out JsonLine line)
    {
        line = new JsonLine(file, place, root, problems);
        if (WholeJson.IsWhole(root, out string problem))
        {
            return true;
        }

        JsonProperty[] fields = [.. root.EnumerateObject().Where(field => !WholeJson.IsWhole(field.Value, out _))];
        line.Add(fields is [var first, ..] && WholeJson.TryGetName(first, out string name) ? name : "", problem, "valid Unicode text");
        return false;
    }

    /// <summary>Where it is in the file, as <c>line 3</c>.</summary>
    public string Place => place;

    /// <summary>Names of its fields.</summary>
    public IEnumerable<string> Names => root.EnumerateObject().Select(property => property.Name);

    /// <summary>Names of its fields whose value is not null.</summary>
    public IEnumerable<string> NamesOfValues =>
        root.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null).Select(property => property.Name);

    /// <summary>Whether it has all of the given fields.</summary>
    public bool Has(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!root.TryGetProperty(name, out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a field exists and is a list.</summary>
    public bool IsList(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array;

    /// <summary>A field that must be text.</summary>
    /// <returns>The text; empty if there is none.</returns>
    public string Text(string name) => root.TryGetProperty(name, out JsonElement value) ? Text(value, name) : Missing(name, "text");

    /// <summary>A field that is text, null or missing.</summary>
    public string OptionalText(string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Text(value, name) : "";

    /// <summary>A field that is text, a number, true or false; for the last three, its JSON.</summary>
    public string Scalar(string name) => root.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : Text(value, name)
        : Missing(name, "text or a number");

    /// <summary>Whether a field has a value that is not null.</summary>
    public bool HasValue(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A field of any kind as a cell: text as it is, null and what is missing as nothing, all else as JSON.</summary>
    public string Cell(string name) => !HasValue(name) ? ""
        : root.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? Text(text, name)
        : root.GetProperty(name).GetRawText();

    /// <summary>Whether a field exists and is an object.</summary>
    public bool IsObject(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object;

    /// <summary>A field that must be one turn.</summary>
    /// <param name="name">The field.</param>
    /// <returns>The turn; null if there is a problem.</returns>
    public Turn? SingleTurn(string name)
    {
        int before = problems.Count;
        Turn turn = ReadTurn(root.GetProperty(name), name);
        return problems.Count == before ? turn : null;
    }

    /// <summary>
    /// A field that must be a list of turns: <c>{"role": …, "content": …}</c> as chat templates take them, or
    /// <c>{"from": …, "value": …}</c> as ShareGPT writes them.
    /// </summary>
    /// <param name="name">The field.</param>
    /// <returns>The turns; empty if there is a problem.</returns>
    public IReadOnlyList<Turn> Turns(string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list))
        {
            Missing(name, "a list of turns");
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            Add(
                name,
                list.ValueKind == JsonValueKind.Array ? "an empty list" : Describe(list),
                $"a list of turns {OneTurn}");
            return [];
        }

        int before = problems.Count;
        int index = list.EnumerateArray().TakeWhile(turn => turn.ValueKind == JsonValueKind.Object).Count();
        if (index < list.GetArrayLength())
        {
            Add($"{name}[{index}]", Describe(list[index]), $"an object {OneTurn}");
            return [];
        }

        Turn[] turns = [.. list.EnumerateArray().Select((turn, place) => ReadTurn(turn, $"{name}[{place}]"))];
        return problems.Count == before ? turns : [];
    }

    /// <summary>A field that is a list of rounds <c>[question, answer]</c>, null or missing.</summary>
    /// <param name="name">The field.</param>
    /// <returns>The rounds; empty if there is a problem.</returns>
    public IReadOnlyList<(string Question, string Answer)> Rounds(string name)
    {
        if (!HasValue(name))
        {
            return [];
        }

        const string Expected = "a list of rounds [[\"question\", \"answer\"], …]";
        JsonElement list = root.GetProperty(name);
        if (list.ValueKind != JsonValueKind.Array)
        {
            Add(name, Describe(list), Expected);
            return [];
        }

        var rounds = new List<(string Question, string Answer)>();
        foreach (var (place, round) in list.EnumerateArray().Index())
        {
            if (round.ValueKind != JsonValueKind.Array || round.GetArrayLength() != 2)
            {
                Add($"{name}[{place}]", Describe(round), Expected);
                return [];
            }

            rounds.Add((Text(round[0], $"{name}[{place}][0]"), Text(round[1], $"{name}[{place}][1]")));
        }

        return rounds;
    }

    /// <summary>Adds a problem with a field.</summary>
    public void Add(string field, string found, string expected) =>
        problems.Add(new InputProblem($"{file}, {place}", 0, field, found, expected));

    private Turn ReadTurn(JsonElement turn, string path)
    {
        bool isShareGpt = turn.TryGetProperty("from", out _) && !turn.TryGetProperty("role", out _);
        return new Turn(
            Turn.RoleOf(Text(turn, path, isShareGpt ? "from" : "role")), Text(turn, path, isShareGpt ? "value" : "content"));
    }

    private string Text(JsonElement turn, string path, string key)
    {
        if (turn.TryGetProperty(key, out JsonElement value))
        {
            return Text(value, $"{path}.{key}");
        }

        Add($"{path}.{key}", "nothing", "text");
        return "";
    }

    private string Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Add(path, Describe(value), "text");
            return "";
        }

        return value.GetString() ?? "";
    }

    private string Missing(string name, string expected)
    {
        string hint = Inputs.Names.TryNearest(name, Names, out string nearest) ? $" (is it {Characters.Quote(nearest)}?)" : "";
        Add(name, $"the fields {string.Join(", ", Names.Select(Characters.Quote))}", $"{expected}{hint}");
        return "";
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "text",
        _ => value.GetRawText(),
    };
}
