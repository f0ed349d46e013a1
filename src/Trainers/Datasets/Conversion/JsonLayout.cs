namespace RlCore.Trainers.Datasets;

/// <summary>A layout of examples in JSON.</summary>
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
    Func<JsonLine, RowCells> Read)
{
    private const string Dialogue = "\n\nAssistant:";
    private const string AnswerMark = "####";

    private static readonly string[] Conversations = ["messages", "conversations"];
    private static readonly string[] Instruction = ["instruction", "input", "system", "history"];
    private static readonly string[] Labels = ["label", "kto_tag"];

    /// <summary>The known layouts; the first one that fits the first line of a file is used for the file.</summary>
    public static IReadOnlyList<JsonLayout> All { get; } =
    [
        .. Conversations.Select(PairOfTurns),
        Pair("instruction, input, chosen, rejected", Instruction, line => line.Has("instruction"), ReadInstructionPair),
        Pair("chosen, rejected", ["prompt"], _ => true, ReadPreference),
        .. Labels.Select(label => Labelled("prompt, completion", ["prompt", "completion"], label, ReadCompletion)),
        .. Labels.SelectMany(
            label => Conversations.Select(field => Labelled(field, [field, "system"], label, line => ReadConversation(line, field)))),
        .. Labels.Select(label => Labelled("instruction, input, output", [.. Instruction, "output"], label, ReadInstruction)),
        Scored("reward"),
        Scored("score"),
        Completed("prompt, completion", ["prompt", "completion"], ReadCompletion),
        .. Conversations.Select(field => Completed(field, [field, "system"], line => ReadConversation(line, field))),
        Completed("instruction, input, output", [.. Instruction, "output"], ReadInstruction),
        Question("question"),
        Question("prompt"),
    ];

    private static JsonLayout Pair(string name, string[] fields, Func<JsonLine, bool> fits, Func<JsonLine, RowCells> read) => new(
        name,
        DatasetKind.Preferences,
        [.. fields, "chosen", "rejected", "margin"],
        [.. PromptRoles(fields), "chosen", "rejected", "margin", "completion"],
        line => line.Has("chosen", "rejected") && fits(line),
        line =>
        {
            RowCells cells = read(line);
            cells = cells.TryGetValue("chosen", out string? chosen) ? cells.With("completion", chosen) : cells;
            return line.HasValue("margin") ? cells.With("margin", line.Scalar("margin")) : cells;
        });

    // An instruction's system message has a column; a conversation's is its first turn.
    private static string[] PromptRoles(string[] fields) => fields.Contains("instruction") ? ["prompt", "system"] : ["prompt"];

    // LLaMA-Factory's pairs: the turns of the prompt, then one turn each.
    private static JsonLayout PairOfTurns(string field) => Pair(
        $"{field}, chosen, rejected",
        [field, "system"],
        line => line.IsList(field) && line.IsObject("chosen") && line.IsObject("rejected"),
        line => Begun(line, line.Turns(field)) is { Count: > 0 } turns
            && line.SingleTurn("chosen") is { } chosen
            && line.SingleTurn("rejected") is { } rejected
            ? RowCells.Of(turns).With("chosen", chosen.Content).With("rejected", rejected.Content)
            : []);

    private static JsonLayout Completed(string name, string[] fields, Func<JsonLine, RowCells> read) => new(
        name, DatasetKind.Sft, fields, [.. PromptRoles(fields), "completion"], line => Has(line, name), read);

    private static JsonLayout Labelled(string name, string[] fields, string label, Func<JsonLine, RowCells> read) => new(
        $"{name}, {label}",
        DatasetKind.Unpaired,
        [.. fields, label],
        [.. PromptRoles(fields), "completion", "label"],
        line => Has(line, name) && line.Has(label),
        line => read(line).With("label", line.Scalar(label)));

    private static JsonLayout Scored(string field) => new(
        $"prompt, completion, {field}",
        DatasetKind.Scored,
        ["prompt", "completion", field],
        ["prompt", "completion", "reward"],
        line => line.Has("prompt", "completion", field),
        line => ReadCompletion(line).With("reward", line.Scalar(field)));

    // The field input is often left out.
    private static bool Has(JsonLine line, string name) => name.Split(", ").All(field => field == "input" || line.Has(field));

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
            return new RowCells
            {
                ["prompt"] = line.Text(field),
                ["answer"] = mark < 0 ? whole : whole[(mark + AnswerMark.Length)..].Trim(),
                ["solution"] = mark < 0 ? "" : whole,
                ["completion"] = whole,
            };
        });

    private static RowCells ReadConversation(JsonLine line, string field)
    {
        var turns = Begun(line, line.Turns(field));
        return turns.Count == 0 || !EndsWell(line, field, turns, fewest: 2) ? [] : Complete(turns);
    }

    // LLaMA-Factory's system message beside the turns, unless they begin with one.
    private static IReadOnlyList<Turn> Begun(JsonLine line, IReadOnlyList<Turn> turns)
    {
        string system = line.OptionalText("system");
        return system.Length == 0 || turns.Count == 0 || turns[0].Role == "system" ? turns : [new Turn("system", system), .. turns];
    }

    private static RowCells ReadInstruction(JsonLine line) => Instruct(line).With("completion", line.Text("output"));

    private static RowCells ReadInstructionPair(JsonLine line) =>
        Instruct(line).With("chosen", line.Text("chosen")).With("rejected", line.Text("rejected"));

    // Earlier rounds stand before the instruction as rows of their own would: what is asked, then the answer.
    private static RowCells Instruct(JsonLine line)
    {
        string input = line.OptionalText("input");
        string instruction = line.Text("instruction");
        string asked = input.Length > 0 ? $"{instruction}\n\n{input}" : instruction;
        var history = line.Rounds("history");
        return new RowCells
        {
            Turns =
            [
                .. history.SelectMany(round => (Turn[])[new("user", round.Question), new(Turn.Assistant, round.Answer)]),
                new("user", asked),
            ],
            ["prompt"] = string.Concat(history.Select(round => $"{round.Question}\n\n{round.Answer}\n\n")) + $"{asked}\n\n",
            ["system"] = line.OptionalText("system"),
        };
    }

    private static RowCells ReadCompletion(JsonLine line)
    {
        if (!line.IsList("prompt") && !line.IsList("completion"))
        {
            return new() { ["prompt"] = line.Text("prompt"), ["completion"] = line.Text("completion") };
        }

        var prompt = line.Turns("prompt");
        var completion = line.Turns("completion");
        return prompt.Count == 0 || completion.Count == 0 || !EndsWell(line, "completion", completion, fewest: 1)
            ? []
            : Complete([.. prompt, .. completion]);
    }

    private static RowCells ReadPreference(JsonLine line) => line.IsList("chosen") || line.IsList("rejected") ? ReadChats(line)
        : line.Has("prompt") ? new()
        {
            ["prompt"] = line.Text("prompt"),
            ["chosen"] = line.Text("chosen"),
            ["rejected"] = line.Text("rejected"),
        }
        : ReadDialogues(line);

    // Both lists may hold the whole conversation: their common beginning is the prompt.
    private static RowCells ReadChats(JsonLine line)
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

        return RowCells.Of(prompt).With("chosen", chosen[^1].Content).With("rejected", rejected[^1].Content);
    }

    // Dialogues as text, "\n\nHuman: … \n\nAssistant: …": the prompt ends with the last "Assistant:" that both have in common.
    private static RowCells ReadDialogues(JsonLine line)
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
        return new()
        {
            Turns = Turn.OfDialogue(chosen[..mark]),
            IsDialogue = true,
            ["prompt"] = chosen[..end],
            ["chosen"] = chosen[end..],
            ["rejected"] = rejected[end..],
        };
    }

    private static RowCells Complete(IReadOnlyList<Turn> turns) =>
        RowCells.Of([.. turns.SkipLast(1)]).With("completion", turns[^1].Content);

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
