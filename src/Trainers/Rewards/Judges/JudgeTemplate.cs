using System.Text.RegularExpressions;
using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A text with placeholders in curly brackets: <c>{prompt}</c>, <c>{completion}</c>, <c>{answer}</c>, and columns by their
/// names.
/// </summary>
internal static partial class JudgeTemplate
{
    /// <summary>The names of a template's placeholders.</summary>
    public static IEnumerable<string> Places(string template) =>
        Place().Matches(template).Select(match => match.Groups[1].Value).Distinct();

    /// <summary>Fills all placeholders at once, so that nothing in a completion is taken for a placeholder.</summary>
    /// <param name="template">The template.</param>
    /// <param name="question">Prompt, answer and columns.</param>
    /// <param name="others">Placeholders by name, which take precedence.</param>
    public static string Fill(string template, Question question, IReadOnlyDictionary<string, string> others) =>
        Place().Replace(template, match => match.Groups[1].Value switch
        {
            var name when others.TryGetValue(name, out string? text) => text,
            "prompt" => question.Asked,
            "answer" => question.Answer,
            var name => question.Fields[name],
        });

    [GeneratedRegex(@"\{([A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
