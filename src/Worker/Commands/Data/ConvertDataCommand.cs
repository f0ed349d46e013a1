using System.CommandLine;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data convert</c>: writes a JSON Lines file as CSV.</summary>
/// <param name="Input">The JSON Lines file.</param>
/// <param name="Output">The CSV file.</param>
/// <param name="Kind">The kind of its rows; null to infer it from the fields.</param>
/// <param name="Force">Whether an existing file is overwritten.</param>
internal sealed record ConvertDataCommand(string Input, string Output, DatasetKind? Kind, bool Force) : OneShotCommand
{
    private const string Examples = """
        Example:
          rlcore data convert train.jsonl train.csv

        Layouts, recognised by the first line:
          prompt, completion (or messages lists)       sft; with a label unpaired; with a reward or score scored
          messages: [{role, content}, …]               sft: all turns except the last are the prompt
          conversations: [{from, value}, …]            the same (ShareGPT)
          instruction, input, output                   sft: instruction and input are the prompt (Alpaca)
          chosen, rejected, with or without prompt     preferences; in whole conversations, the common turns are the prompt
          question or prompt, answer                   prompts; "… #### 72" (GSM8K) gives the answer 72 and keeps the whole text
                                                       as the column solution, or as the completion with --kind sft

        Turns become lines "role: content", and the prompt ends in "assistant: ". Other fields of questions become columns,
        which rewards may read. Nothing is written unless all lines are valid; problems are reported by line and field.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("IN.jsonl") { Description = "The JSON Lines file: one object per line" };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write" };
        Option<DatasetKind?> kind = DataCommands.Kind("Kind of the rows; inferred from the fields unless given");
        var force = new Option<bool>("--force") { Description = "Overwrite an existing file" };
        var command = new Command("convert", "Writes a JSON Lines file as CSV") { input, output, kind, force };
        return grammar.Complete(command, Examples, parsed => new ConvertDataCommand(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(kind), parsed.GetValue(force)));
    }

    /// <summary>Converts the file and reports what was written.</summary>
    /// <exception cref="InputException">A file cannot be used, or lines of the input cannot.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        string input = InputFiles.Resolve(Input);
        OutputFiles.Write("OUT.csv", Output, file => Describe(context.Output, context.NewView().Watch(observer => JsonlConverter.Convert(
            input, file, Kind, Force, (bytes, total) => observer.DatasetAdvanced(input, bytes, total)))));
        return ExitCodes.Done;
    }

    private void Describe(TextWriter output, Conversion done)
    {
        string rows = FormattableString.Invariant($"{done.Rows:#,0} row{(done.Rows == 1 ? "" : "s")}");
        output.WriteLine(
            $"{Output}: {rows} of {SurveyText.Name(done.Kind)} ({string.Join(',', done.Columns)}), from the layout {done.Layout}");
        output.WriteLine($"try next: {CommandName.Current} data check {Output}");
    }
}
