using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>How the rows of one kind of dataset are read and checked.</summary>
/// <typeparam name="TRow">A row.</typeparam>
public abstract class DatasetFormat<TRow>
    where TRow : class
{
    private protected DatasetFormat(DatasetKind kind) => Kind = kind;

    /// <summary>The format of a row.</summary>
    public DatasetKind Kind { get; }

    internal abstract TableRequest Request(DatasetChecks checks);

    internal abstract bool TryRead(
        TableRow row,
        DatasetChecks checks,
        RowProblems problems,
        [NotNullWhen(true)] out TRow? value);
}

/// <summary>The seven formats.</summary>
public static class DatasetFormats
{
    /// <summary><c>prompt,completion</c>.</summary>
    public static DatasetFormat<Demonstration> Demonstrations { get; } = new Format<Demonstration>(
        DatasetKind.Sft,
        names => [new(names.Prompt), new(names.Completion)],
        (row, check) =>
        {
            if (check.ReadConversation(completion: 1) is { } conversation)
            {
                return () => Of(conversation, row);
            }

            RowPrompt prompt = check.ReadPrompt(1);
            string completion = check.Completion(1, prompt);
            return () => new Demonstration(prompt.Text, completion, row.File, row.Number);
        });

    /// <summary><c>prompt,answer</c>, with any other columns as fields.</summary>
    public static DatasetFormat<Question> Questions { get; } = new QuestionFormat();

    /// <summary><c>prompt,chosen,rejected[,margin]</c>.</summary>
    public static DatasetFormat<Preference> Preferences { get; } = new Format<Preference>(
        DatasetKind.Preferences,
        names => [new(names.Prompt), new(names.Chosen), new(names.Rejected), new(names.Margin, Optional: true)],
        (row, check) =>
        {
            RowPrompt prompt = check.ReadPrompt(1, 2);
            string chosen = check.Completion(1, prompt);
            string rejected = check.Completion(2, prompt);
            double margin = row.Has(3)
                ? check.Number(3, "a number of at least 0, by how much the chosen completion is better", least: 0)
                : 0;
            if (check.Succeeded && row[1] == row[2])
            {
                check.Add(
                    2,
                    $"{Characters.Quote(row[2])}, the same as the chosen completion",
                    "a different completion, as a pair of equal completions expresses no preference");
            }

            return () => new Preference(prompt.Text, chosen, rejected, row.File, row.Number) { Margin = margin };
        });

    /// <summary><c>prompt,completion,reward</c>.</summary>
    public static DatasetFormat<ScoredCompletion> Scored { get; } = new Format<ScoredCompletion>(
        DatasetKind.Scored,
        names => [new(names.Prompt), new(names.Completion), new(names.Reward)],
        (row, check) =>
        {
            RowPrompt prompt = check.ReadPrompt(1);
            string completion = check.Completion(1, prompt);
            double reward = check.Number(2, "a number, the reward of the completion (such as 1, 0.5 or -2e-1)");
            return () => new ScoredCompletion(prompt.Text, completion, reward, row.File, row.Number);
        });

    /// <summary><c>prompt,completion_1,completion_2,…</c>, the best first; a row may leave its last cells empty.</summary>
    public static DatasetFormat<Ranking> Rankings { get; } = new RankingFormat();

    /// <summary><c>prompt,completion,label</c>, the label one of true, 1, good, false, 0, bad.</summary>
    public static DatasetFormat<Feedback> Unpaired { get; } = new Format<Feedback>(
        DatasetKind.Unpaired,
        names => [new(names.Prompt), new(names.Completion), new(names.Label)],
        (row, check) =>
        {
            RowPrompt prompt = check.ReadPrompt(1);
            string completion = check.Completion(1, prompt);
            bool good = check.Label(2);
            return () => new Feedback(prompt.Text, completion, good, row.File, row.Number);
        });

    /// <summary><c>prompt,completion,step_labels</c>: a number from 0 to 1 for each step, separated by spaces or as a JSON list.</summary>
    public static DatasetFormat<LabelledSteps> Steps { get; } = new Format<LabelledSteps>(
        DatasetKind.Steps,
        names => [new(names.Prompt), new(names.Completion), new(names.StepLabels)],
        (row, check) =>
        {
            RowPrompt prompt = check.ReadPrompt(1);
            string completion = check.Completion(1, prompt);
            double[] labels = check.StepLabels(2, prompt, completion);
            return () => new LabelledSteps(prompt.Text, completion, labels, row.File, row.Number);
        });

    // The prompt ends where the first turn begins.
    private static Demonstration Of(ChatRendering conversation, TableRow row)
    {
        int start = conversation.Turns.Count > 0 ? conversation.Turns[0].Start : 0;
        int end = conversation.Turns.Count > 0 ? conversation.Turns[^1].End : conversation.Text.Length;
        return new Demonstration(conversation.Text[..start], conversation.Text[start..end], row.File, row.Number)
        {
            Turns = conversation.Turns,
        };
    }

    // A format whose columns do not depend on the header: a function checks a row and returns how to make its value.
    private sealed class Format<TRow>(
        DatasetKind kind,
        Func<ColumnNames, TableColumn[]> columns,
        Func<TableRow, CellChecks, Func<TRow>> read) : DatasetFormat<TRow>(kind)
        where TRow : class
    {
        internal override TableRequest Request(DatasetChecks checks)
        {
            TableColumn[] named = columns(checks.Columns);
            return new TableRequest(header => PromptColumns.Of(checks, header, named, Kind));
        }

        internal override bool TryRead(
            TableRow row,
            DatasetChecks checks,
            RowProblems problems,
            [NotNullWhen(true)] out TRow? value)
        {
            var check = new CellChecks(row, checks, problems);
            Func<TRow> make = read(row, check);
            value = check.Succeeded ? make() : null;
            return value is not null;
        }
    }

    private sealed class QuestionFormat() : DatasetFormat<Question>(DatasetKind.Prompts)
    {
        private const int FirstField = 2;

        internal override TableRequest Request(DatasetChecks checks)
        {
            TableColumn[] columns =
            [
                new(checks.Columns.Prompt),
                new(checks.Columns.Answer, !checks.NeedsAnswers),
                .. checks.FurtherColumns.Select(name => new TableColumn(name)),
            ];
            return new TableRequest(header => PromptColumns.Of(checks, header, columns, Kind), KeepOthers: true);
        }

        internal override bool TryRead(
            TableRow row,
            DatasetChecks checks,
            RowProblems problems,
            [NotNullWhen(true)] out Question? value)
        {
            var check = new CellChecks(row, checks, problems);
            RowPrompt prompt = check.ReadOpenPrompt();
            check.Answer(1);
            for (int column = FirstField; column < row.Count; column++)
            {
                if (!row.Layout.Columns[column].Optional)
                {
                    check.FurtherCell(column);
                }
            }

            var question = new Question(prompt.Text, row[1], row.File, row.Number)
            {
                Asked = prompt.Asked,
                Fields = row.FieldsFrom(FirstField),
            };
            if (check.Succeeded)
            {
                check.Readers(question);
            }

            value = check.Succeeded ? question : null;
            return value is not null;
        }
    }

    private sealed class RankingFormat() : DatasetFormat<Ranking>(DatasetKind.Rankings)
    {
        private const int Fewest = 2;

        internal override TableRequest Request(DatasetChecks checks) => new(header =>
        {
            string Name(int rank) => string.Create(CultureInfo.InvariantCulture, $"{checks.Columns.Completion}_{rank}");
            int count = Fewest;
            while (header.Contains(Name(count + 1)))
            {
                count++;
            }

            TableColumn[] columns =
            [
                new(checks.Columns.Prompt),
                .. Enumerable.Range(1, count).Select(rank => new TableColumn(Name(rank), Optional: rank > Fewest)),
            ];
            return PromptColumns.Of(checks, header, columns, Kind);
        });

        internal override bool TryRead(
            TableRow row,
            DatasetChecks checks,
            RowProblems problems,
            [NotNullWhen(true)] out Ranking? value)
        {
            var check = new CellChecks(row, checks, problems);
            int system = row.TryFind(checks.Columns.System);
            int count = (system > 0 && checks.Chat is not null ? system : row.Count) - 1;
            var completions = new List<string>();
            while (count > Fewest && row[count].Length == 0)
            {
                count--;
            }

            RowPrompt prompt = check.ReadPrompt([.. Enumerable.Range(1, count)]);
            for (int rank = 1; rank <= count; rank++)
            {
                completions.Add(check.Completion(rank, prompt));
                int same = row.Cells.AsSpan(1, rank - 1).IndexOf(row[rank]);
                if (same >= 0 && row[rank].Length > 0)
                {
                    check.Add(
                        rank,
                        $"{Characters.Quote(row[rank])}, the same as the completion of rank {same + 1}",
                        "completions that differ, as equal completions have no rank");
                }
            }

            value = check.Succeeded ? new Ranking(prompt.Text, [.. completions], row.File, row.Number) : null;
            return value is not null;
        }
    }
}
