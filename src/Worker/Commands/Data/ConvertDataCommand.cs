using System.CommandLine;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data convert</c>: writes a file of examples, as the hubs have them, as CSV.</summary>
/// <param name="Input">JSON Lines, a JSON list of objects, or Parquet; the first two perhaps in gzip.</param>
/// <param name="Output">The CSV file.</param>
/// <param name="Kind">The kind of its rows; null to infer it from the fields.</param>
/// <param name="Force">Whether an existing file is overwritten.</param>
internal sealed record ConvertDataCommand(string Input, string Output, DatasetKind? Kind, bool Force) : OneShotCommand
{
    /// <summary>Whether conversations stay conversations, for a model with a chat template.</summary>
    public bool KeepsTurns { get; init; }

    /// <summary>What becomes of an object that cannot be used.</summary>
    public BadRowAction OnBadRow { get; init; } = BadRowAction.Refuse;

    private const string Examples = """
        Example:
          rlcore data convert train.jsonl train.csv

        Files: JSON Lines, a JSON list of objects, either of them in gzip, and Parquet. Layouts, recognised by the first object:
          prompt, completion (text or turns)
              sft; with a label unpaired; with a reward or score scored
          messages or conversations: [{role, content}, …] or [{from, value}, …]
              sft: all turns except the last are the prompt; with a label or kto_tag unpaired;
              with chosen and rejected (one turn each) preferences
          instruction, input, output
              sft: instruction and input are the prompt (Alpaca), after the rounds of a history; with a label or kto_tag
              unpaired; with chosen and rejected in place of output preferences
          chosen, rejected, with or without prompt
              preferences; in whole conversations, also as text (HH-RLHF), the common turns are the prompt; with --kind sft,
              chosen is the completion
          question or prompt, answer
              prompts; "… #### 72" (GSM8K) gives the answer 72 and keeps the whole text as the column solution, or as the
              completion with --kind sft

        Turns become lines "role: content", and the prompt ends in "assistant: "; with --messages they stay turns, in a column
        messages, which a model with a chat template reads. Other fields of questions become columns, which rewards may read: lists
        and objects as JSON. Fields that no column has are listed. Problems are reported by line and field, and nothing is
        written; with --on-bad-row skip, objects that cannot be used are left out and counted.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("IN") { Description = "The file: .jsonl, .json, .jsonl.gz, .json.gz or .parquet" };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write" };
        Option<DatasetKind?> kind = DataCommands.Kind("Kind of the rows; inferred from the fields unless given");
        var force = new Option<bool>("--force") { Description = "Overwrite an existing file" };
        var messages = new Option<bool>("--messages")
        {
            Description = "Keep prompts as conversations, for a model with a chat template, in place of text",
        };
        var onBadRow = new Option<BadRowAction>("--on-bad-row")
        {
            Description = "What becomes of an object that cannot be used",
            HelpName = "refuse|skip",
        };
        var command = new Command("convert", "Writes JSON or Parquet as CSV") { input, output, kind, messages, onBadRow, force };
        return grammar.Complete(command, Examples, parsed => new ConvertDataCommand(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(kind), parsed.GetValue(force))
        {
            KeepsTurns = parsed.GetValue(messages),
            OnBadRow = parsed.GetValue(onBadRow),
        });
    }

    /// <summary>Converts the file and reports what was written.</summary>
    /// <exception cref="InputException">A file cannot be used, or lines of the input cannot.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        string input = InputFiles.Resolve(Input);
        OutputFiles.Write("OUT.csv", Output, file => Describe(context.Output, context.NewView().Watch(observer => DatasetConverter.Convert(
            new ConversionRequest(input, file) { Kind = Kind, KeepsTurns = KeepsTurns, OnBadRow = OnBadRow, Overwrite = Force },
            (bytes, total) => observer.DatasetAdvanced(input, bytes, total)))));
        return ExitCodes.Done;
    }

    private void Describe(TextWriter output, Conversion done)
    {
        output.WriteLine(
            $"{Output}: {Wording.Count(done.Rows, "row")} of {SurveyText.Name(done.Kind)} ({string.Join(',', done.Columns)}), "
            + $"from the layout {done.Layout}");
        if (done.Unused.Count > 0)
        {
            output.WriteLine($"not written, as {SurveyText.Name(done.Kind)} rows have no such columns: {string.Join(", ", done.Unused)}");
        }

        if (done.Skipped > 0)
        {
            output.WriteLine($"left out, as they cannot be used: {Wording.Count(done.Skipped, "object")}; the first: {done.FirstSkipped}");
        }

        output.WriteLine($"try next: {CommandName.Current} data check {ShellText.Quote(Output)}");
    }
}
