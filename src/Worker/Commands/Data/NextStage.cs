using System.Globalization;
using RlCore.Trainers.Datasets;

namespace RlCore.Worker.Commands;

/// <summary>What <c>rlcore data check</c> suggests for a dataset without problems: the training that reads it.</summary>
internal static class NextStage
{
    private const int CompletionTokens = 32;
    private const int DefaultContext = 64;

    /// <summary>Writes the suggestion.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="data">The file, as it was typed.</param>
    /// <param name="survey">What it contains.</param>
    /// <param name="checks">How it was read.</param>
    /// <param name="tokenizer">The folder that the tokenizer is from; empty for none.</param>
    public static void Write(TextWriter output, string data, DatasetSurvey survey, DatasetChecks checks, string tokenizer)
    {
        string columns = string.Concat(ColumnRules.Renamed(checks.Columns)
            .Select(column => $" --columns.{column.Role} {ShellText.Quote(column.Name)}"));
        string delimiter = checks.Rows.Delimiter == RowRules.Detected ? "" : $" --delimiter {ShellText.Quote(checks.Rows.Delimiter)}";
        string command = $"{CommandName.Current} train {Stage(survey.Kind)} --data {ShellText.Quote(data)}{columns}{delimiter} --steps 100";
        bool areConversations = survey.Lengths[0].Column == checks.Columns.Messages;
        if (tokenizer.Length > 0)
        {
            output.WriteLine($"try next: {command} --model {ShellText.Quote(tokenizer)}");
        }
        else if (areConversations)
        {
            output.WriteLine($"try next: {command} --model DIR");
            output.WriteLine("(DIR is the folder of a model with a chat template, or its name on a hub, org/name)");
        }
        else
        {
            int most = survey.Kind == DatasetKind.Prompts ? survey.Lengths[0].Most + CompletionTokens : survey.Lengths[^1].Most;
            string context = most > DefaultContext ? string.Create(CultureInfo.InvariantCulture, $" --model-context {most}") : "";
            output.WriteLine($"try next: {command}{context}");
            output.WriteLine("(--model DIR|org/name trains a model of yours or of a hub, not a new small one)");
        }
    }

    private static string Stage(DatasetKind kind) => kind switch
    {
        DatasetKind.Sft => "sft",
        DatasetKind.Prompts => "grpo",
        DatasetKind.Preferences => "dpo",
        DatasetKind.Scored => "rejectoffline",
        DatasetKind.Rankings => "reward",
        DatasetKind.Steps => "reward --step-end separator",
        _ => "kto",
    };
}
