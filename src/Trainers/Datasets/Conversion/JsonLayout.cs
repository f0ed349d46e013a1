namespace RlCore.Trainers.Datasets;

/// <summary>A layout of examples in JSON Lines files.</summary>
/// <param name="Name">Its fields, for display.</param>
/// <param name="Kind">The kind of its rows, unless another kind is requested.</param>
/// <param name="Fields">The fields that it reads.</param>
/// <param name="Roles">The roles that it can fill.</param>
/// <param name="Fits">Whether a line has this layout.</param>
/// <param name="Read">Returns the text of each role; empty if there is a problem.</param>
internal sealed record JsonLayout(
    string Name,
    DatasetKind Kind,
    IReadOnlyList<string> Fields,
    IReadOnlyList<string> Roles,
    Func<JsonLine, bool> Fits,
    Func<JsonLine, Dictionary<string, string>> Read)
{
    private const string Dialogue = "\n\nAssistant:";
    private const string AnswerMark = "####";

    /// <summary>The known layouts; the first one that fits the first line of a file is used for the file.</summary>
    public static IReadOnlyList<JsonLayout> All { get; } =
    [
        new(
            "chosen, rejected",
            DatasetKind.Preferences,
            ["prompt", "chosen", "rejected", "margin"],
            ["prompt", "chosen", "rejected", "margin"],
            line => line.Has("chosen", "rejected"),
            ReadPreference),
        new(
            "prompt, completion, label",
            DatasetKind.Unpaired,
            ["prompt", "completion", "label"],
            ["prompt", "completion", "label"],
            line => line.Has("prompt", "completion", "label"),
            ReadLabelled),
        Scored("reward"),
        Scored("score"),
        new(
            "prompt, completion",
            DatasetKind.Sft,
            ["prompt", "completion"],
            ["prompt", "completion"],
            line => line.Has("prompt", "completion"),
            ReadCompletion),
        Conversation("messages", "role", "content"),
        Conversation("conversations", "from", "value"),
        new(
            "instruction, input, output",
            DatasetKind.Sft,
            ["instruction", "input", "output"],
            ["prompt", "completion"],
            line => line.Has("instruction", "output"),
            ReadInstruction),
        Question("question"),
        Question("prompt"),
    ];

    private static JsonLayout Scored(string field) => new(
        $"prompt, completion, {field}",
        DatasetKind.Scored,
        ["prompt", "completion", field],
        ["prompt", "completion", "reward"],
        line => line.Has("prompt", "completion", field),
        line => new(ReadCompletion(line)) { ["reward"] = line.Scalar(field) });

    private static JsonLayout Conversation(string field, string roleKey, string contentKey) => new(
        field,
        DatasetKind.Sft,
        [field],
        ["prompt", "completion"],
        line => line.Has(field),
        line =>
        {
            var turns = line.Turns(field, roleKey, contentKey);
            return turns.Count == 0 || !EndsWell(line, field, turns, fewest: 2) ? [] : Completed(turns);
        });

    // GSM8K writes the reasoning, then "#### " and the final answer: the whole text is kept as the solution.
    private static JsonLayout Question(string field) => new(
        $"{field}, answer",
        DatasetKind.Prompts,
        [field, "answer"],
        ["prompt", "answer", "solution", "completion"],
        line => line.Has(field, "answer"),
        line =>
        {
            string whole = line.Scalar("answer");
            int mark = whole.LastIndexOf(AnswerMark, StringComparison.Ordinal);
            return new()
            {
                ["prompt"] = line.Text(field),
                ["answer"] = mark < 0 ? whole : whole[(mark + AnswerMark.Length)..].Trim(),
                ["solution"] = mark < 0 ? "" : whole,
                ["completion"] = whole,
            };
        });

    private static Dictionary<string, string> ReadInstruction(JsonLine line)
    {
        string input = line.OptionalText("input");
        return new()
        {
            ["prompt"] = $"{line.Text("instruction")}\n\n{(input.Length > 0 ? $"{input}\n\n" : "")}",
            ["completion"] = line.Text("output"),
        };
    }

    private static Dictionary<string, string> ReadLabelled(JsonLine line) => new(ReadCompletion(line)) { ["label"] = line.Scalar("label") };

    private static Dictionary<string, string> ReadCompletion(JsonLine line)
    {
        if (!line.IsList("prompt") && !line.IsList("completion"))
        {
            return new() { ["prompt"] = line.Text("prompt"), ["completion"] = line.Text("completion") };
        }

        var prompt = line.Turns("prompt");
        var completion = line.Turns("completion");
        return prompt.Count == 0 || completion.Count == 0 || !EndsWell(line, "completion", completion, fewest: 1)
            ? []
            : Completed([.. prompt, .. completion]);
    }

    private static Dictionary<string, string> ReadPreference(JsonLine line)
    {
        var cells = line.IsList("chosen") || line.IsList("rejected") ? ReadChats(line)
            : line.Has("prompt") ? new()
            {
                ["prompt"] = line.Text("prompt"),
                ["chosen"] = line.Text("chosen"),
                ["rejected"] = line.Text("rejected"),
            }
            : ReadDialogues(line);
        return line.Has("margin") ? new(cells) { ["margin"] = line.Scalar("margin") } : cells;
    }

    // Both lists may hold the whole conversation: their common beginning is the prompt.
    private static Dictionary<string, string> ReadChats(JsonLine line)
    {
        var chosen = line.Turns("chosen");
        var rejected = line.Turns("rejected");
        if (chosen.Count == 0 || rejected.Count == 0 || !EndsWell(line, "chosen", chosen, 1) || !EndsWell(line, "rejected", rejected, 1))
        {
            return [];
        }

        int most = Math.Min(chosen.Count, rejected.Count) - 1;
        int shared = chosen.Zip(rejected).Take(most).TakeWhile(pair => pair.First == pair.Second).Count();
        IReadOnlyList<Turn> prompt = shared > 0 ? [.. chosen.Take(shared)]
            : line.IsList("prompt") ? line.Turns("prompt")
            : line.Has("prompt") ? [new Turn("user", line.Text("prompt"))]
            : [];
        if (prompt.Count == 0)
        {
            line.Add("prompt", "nothing, and conversations without a common beginning", "a prompt, or conversations that begin with it");
        }

        foreach (var (field, turns) in (ReadOnlySpan<(string, IReadOnlyList<Turn>)>)[("chosen", chosen), ("rejected", rejected)])
        {
            if (turns.Count != shared + 1)
            {
                line.Add(field, $"{turns.Count - shared} turns after the {shared} that both have in common", "one, the completion");
            }
        }

        return new() { ["prompt"] = Turn.Prompt(prompt), ["chosen"] = chosen[^1].Content, ["rejected"] = rejected[^1].Content };
    }

    // Dialogues as text, "\n\nHuman: … \n\nAssistant: …": the prompt ends with the last "Assistant:" that both have in common.
    private static Dictionary<string, string> ReadDialogues(JsonLine line)
    {
        string chosen = line.Text("chosen");
        string rejected = line.Text("rejected");
        int same = chosen.AsSpan().CommonPrefixLength(rejected);
        int mark = chosen[..same].LastIndexOf(Dialogue, StringComparison.Ordinal);
        if (mark < 0)
        {
            line.Add(
                "prompt",
                "nothing, and texts without a common \"Assistant:\"",
                "a prompt, or dialogues with a common \"\\n\\nAssistant:\"");
            return [];
        }

        int end = mark + Dialogue.Length;
        return new() { ["prompt"] = chosen[..end], ["chosen"] = chosen[end..], ["rejected"] = rejected[end..] };
    }

    private static Dictionary<string, string> Completed(IReadOnlyList<Turn> turns) =>
        new() { ["prompt"] = Turn.Prompt(turns.SkipLast(1)), ["completion"] = turns[^1].Content };

    private static bool EndsWell(JsonLine line, string field, IReadOnlyList<Turn> turns, int fewest)
    {
        bool well = turns[^1].Role == Turn.Assistant && turns.Count >= fewest;
        if (turns[^1].Role != Turn.Assistant)
        {
            line.Add($"{field}[{turns.Count - 1}]", $"a last turn of \"{turns[^1].Role}\"", $"one of \"{Turn.Assistant}\", the completion");
        }
        else if (turns.Count < fewest)
        {
            line.Add(field, "one turn", "at least two turns: all but the last are the prompt");
        }

        return well;
    }
}
