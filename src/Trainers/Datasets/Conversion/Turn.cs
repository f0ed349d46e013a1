using System.Text.RegularExpressions;

namespace RlCore.Trainers.Datasets;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">user, assistant, system, or another.</param>
/// <param name="Content">The text.</param>
internal sealed partial record Turn(string Role, string Content)
{
    /// <summary>The role whose turns are completions.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role for a speaker's name: ShareGPT's human and gpt are user and assistant.</summary>
    public static string RoleOf(string name) => name switch
    {
        "human" => "user",
        "gpt" or "bot" or "model" => Assistant,
        _ => name,
    };

    /// <summary>The turns of a dialogue as text, <c>\n\nHuman: … \n\nAssistant: …</c>; empty if it does not begin with one.</summary>
    /// <param name="text">The dialogue.</param>
    public static IReadOnlyList<Turn> OfDialogue(string text)
    {
        Match[] marks = [.. DialogueMark().Matches(text).Cast<Match>()];
        return marks.Length == 0 || marks[0].Index > 0 ? [] :
        [
            .. marks.Zip(marks.Skip(1).Select(mark => mark.Index).Append(text.Length), (mark, end) =>
                new Turn(mark.Groups[1].Value == "Human" ? "user" : Assistant, text[(mark.Index + mark.Length)..end].Trim())),
        ];
    }

    [GeneratedRegex(@"(?:^|\n\n)(Human|Assistant):", RegexOptions.CultureInvariant)]
    private static partial Regex DialogueMark();

    /// <summary>The prompt made of some turns: each as <c>role: content</c> on its own line, then <c>assistant: </c>.</summary>
    public static string Prompt(IEnumerable<Turn> turns) =>
        string.Concat(turns.Select(turn => $"{turn.Role}: {turn.Content}\n")) + $"{Assistant}: ";
}
