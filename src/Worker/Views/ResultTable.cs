using System.Globalization;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Commands;
using RlCore.Worker.Hosting;
using Spectre.Console;
using Table = Spectre.Console.Table;
using TableColumn = Spectre.Console.TableColumn;

namespace RlCore.Worker.Views;

/// <summary>The results of a run, printed at its end.</summary>
internal static class ResultTable
{
    /// <summary>Writes the table of a run, its folder, and suggestions for what to do next.</summary>
    public static void WriteSummary(this TextWriter output, RunSummary summary, Recipe recipe)
    {
        int samples = summary.Evaluations.Select(evaluation => evaluation.Samples).FirstOrDefault();
        string mean = samples > 0 ? $"mean of {Wording.Count(samples, "sample")}" : "samples";
        Table table = NewTable("", "greedy", mean, "steps", "seconds", "tokens/s");
        string[] stages = [.. summary.Stages.Select(stage => stage.Name)];
        foreach (string label in summary.Evaluations.Select(evaluation => evaluation.Label).Except(stages).Concat(stages))
        {
            EvaluationResult? evaluation = summary.Evaluations.FirstOrDefault(result => result.Label == label);
            StageSummary? stage = summary.Stages.FirstOrDefault(result => result.Name == label);
            table.AddRow(
                stage is null ? label : $"after {label}",
                Wording.Percent(evaluation?.Greedy ?? double.NaN),
                Wording.Percent(evaluation?.SampleMean ?? double.NaN),
                stage is null ? "" : Invariant($"{stage.Steps}"),
                stage is null ? "" : Invariant($"{stage.Seconds:0.0}"),
                stage is null ? "" : Invariant($"{stage.TokensPerSecond:#,0}"));
        }

        output.WriteLine();
        output.Write(
            table,
            summary.Evaluations.Count > 0
                ? $"accuracy on {Path.GetFileName(recipe.Evaluation?.Data)} ({Wording.Count(summary.Evaluations[0].Prompts, "prompt")})"
                : "");
        foreach (StageSummary stage in summary.Stages.Where(stage => stage.HeldOutAccuracies.Count > 0))
        {
            output.WriteLine(
                $"{stage.Name}: accuracy on held-out data {Wording.Percent(stage.HeldOutAccuracies[0])} before, "
                    + $"{Wording.Percent(stage.HeldOutAccuracies[^1])} after");
        }

        Outputs.WritePage(output, string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Seconds:0.0} seconds, evaluations included; {Wording.Count(summary.Tokens, "token")} trained on; "
            + $"{summary.Engine}; seed {summary.Seed}{Environment.NewLine}"));
        output.WriteLine($"run folder: {summary.Folder} (summary.json, metrics.csv, samples.csv, checkpoints)");
        WriteNext(output, summary, recipe);
    }

    /// <summary>Writes one evaluation: a table at a terminal, otherwise one line per measure.</summary>
    public static void WriteEvaluation(this Outputs outputs, EvaluationResult result)
    {
        string title = string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy of {result.Label} on {Wording.Count(result.Prompts, "prompt")}, {Samples(result.Samples)}, in "
            + $"{result.Seconds:0.0} seconds");
        if (!outputs.IsTerminal)
        {
            outputs.Output.WriteLine(title);
            int width = result.Measures.Max(measure => measure.Name.Length);
            foreach (Measure measure in result.Measures)
            {
                outputs.Output.WriteLine(
                    $"{measure.Name.PadRight(width)}  {Wording.Percent(measure.Value),7}  95 % interval {Wording.Interval(measure)}");
            }

            return;
        }

        Table table = NewTable("measure", "accuracy", "95 % interval");
        foreach (Measure measure in result.Measures)
        {
            table.AddRow(measure.Name, Wording.Percent(measure.Value), Wording.Interval(measure));
        }

        outputs.Output.Write(table, title);
    }

    private static string Samples(int count) =>
        count == 0 ? "greedy completions alone" : $"{Wording.Count(count, "sample")} each at temperature 1";

    private static void WriteNext(TextWriter output, RunSummary summary, Recipe recipe)
    {
        string model = ShellText.Quote(Path.GetRelativePath(Environment.CurrentDirectory, summary.Folder));
        output.WriteLine("try next:");
        if (recipe.Evaluation is { } evaluation && File.Exists(evaluation.Data)
            && Dataset.Questions(evaluation.Data, new DatasetChecks { Columns = evaluation.Columns, Rows = evaluation.RowRules }, [])
                .FirstOrDefault() is { } question)
        {
            string how = Invariant($" --max-tokens {evaluation.MaxCompletionTokens}")
                + (recipe.Chat == ChatUse.Auto ? "" : $" --chat {SettingsSchema.Key(recipe.Chat)}");
            output.WriteLine(
                $"  {CommandName.Current} generate --model {model} --prompt {ShellText.Quote(question.Prompt)}{how} "
                + "--temperature 1 --samples 8");
            string data = ShellText.Quote(Shorten(evaluation.Data));
            output.WriteLine($"  {CommandName.Current} eval --model {model} --data {data}{how}{Scored(evaluation)}");
        }

        output.WriteLine($"  {CommandName.Current} --help");
    }

    // What differs from the defaults of eval. A reward model of the run's own stage is in the run's folder alone.
    private static string Scored(EvaluationSettings evaluation)
    {
        var plain = new EvaluationOptions();
        string reward = RecipeWriter.PrintRewards(evaluation.Rewards);
        string columns = string.Join(',', ColumnRules.Renamed(evaluation.Columns).Select(column => $"{column.Role}={column.Name}"));
        return (reward == RecipeWriter.PrintRewards(plain.Rewards) ? "" : $" --reward {ShellText.Quote(reward)}")
            + (evaluation.PassAt == plain.PassAt ? "" : Invariant($" --pass-at {evaluation.PassAt}"))
            + (columns.Length == 0 ? "" : $" --columns {ShellText.Quote(columns)}");
    }

    // A shipped dataset is found by its path within the program's folder.
    private static string Shorten(string file) => Path.GetRelativePath(
        file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal)
            ? AppContext.BaseDirectory
            : Environment.CurrentDirectory, file);

    private static Table NewTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Ascii2);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column) { Alignment = table.Columns.Count == 0 ? Justify.Left : Justify.Right });
        }

        return table;
    }

    private static void Write(this TextWriter output, Table table, string title)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = Outputs.WidthOf(output);
        foreach (string line in StageHelp.Wrap(title, console.Profile.Width))
        {
            output.WriteLine(line);
        }

        console.Write(table);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
