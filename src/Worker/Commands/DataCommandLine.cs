using System.CommandLine;
using RlCore.Trainers.Datasets;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data</c>: the commands about datasets, before anything is trained on them.</summary>
internal sealed class DataCommandLine(Dictionary<Command, string> examples, Func<WorkerCommand, ParseResult, Task<int>> run)
{
    private const string Kinds = "sft|prompts|preferences|scored|rankings|unpaired";

    /// <summary>The command with its subcommands.</summary>
    public Command Build()
    {
        var command = new Command("data", "Checks, converts and labels datasets") { Check(), Convert(), new LabelCommandLine(examples, run).Build() };
        examples[command] = """
            Datasets are CSV files in UTF-8 with a header. What a row is shows in its columns:
              prompt,completion                     sft          a completion to imitate
              prompt,answer                         prompts      a question; rewards may read other columns
              prompt,chosen,rejected[,margin]       preferences  two completions, the better first
              prompt,completion,reward              scored       a completion and its reward
              prompt,completion_1,completion_2,…    rankings     completions from the best to the worst
              prompt,completion,label               unpaired     a completion that is good (true, 1) or bad (false, 0)

            Examples:
              rlcore data check data/manners/preferences.csv
              rlcore data convert train.jsonl train.csv
              rlcore data label pairs.csv preferences.csv --judge-model gpt-4o-mini
            """;
        return command;
    }

    private Command Check()
    {
        var file = new Argument<string>("FILE") { Description = "The CSV file" };
        var columns = new Option<string>("--columns") { Description = "What columns are called, where not as above: prompt=question,completion=response", HelpName = "role=column,…", DefaultValueFactory = _ => "" };
        var tokenizer = new Option<string>("--tokenizer") { Description = "Count tokens of this tokenizer, and refuse characters that it does not know: tokenizer.json, or the folder of a run or checkpoint", HelpName = "DIR|FILE", DefaultValueFactory = _ => "" };
        var characters = new Option<string>("--characters") { Description = "The same with a tokenizer of these characters, as a recipe names them", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var context = new Option<int>("--context") { Description = "Refuse sequences of more tokens than a model of this context takes; 0 for any", HelpName = "N" };
        var against = new Option<string>("--against") { Description = "A file that should share no prompt with this one, such as the evaluation's; white space and case do not count", HelpName = "CSV", DefaultValueFactory = _ => "" };
        Option<DatasetKind?> kind = Kind("What a row is; the header tells unless given");
        var command = new Command("check", "Says what a dataset holds, and everything that is wrong with it") { file, kind, columns, tokenizer, characters, context, against };
        examples[command] = $"""
            Examples:
              rlcore data check data/manners/preferences.csv
              rlcore data check train.csv --columns prompt=question,completion=response
              rlcore data check train.csv --tokenizer runs/quickstart --context 64
              rlcore data check data/arithmetic/prompts.csv --against data/arithmetic/eval.csv

            It prints the rows, their lengths, repeated rows and prompts, and the range of rewards and margins or the balance
            of labels; then a line for each cell that training would refuse and each prompt that both files have. The exit
            code is {ExitCodes.Done} without such a line and {ExitCodes.BadInput} with one. A file of any size is read once; of each row 16 bytes are kept.
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.CheckData(parsed.GetRequiredValue(file), parsed.GetValue(kind))
            {
                Columns = parsed.GetRequiredValue(columns),
                Tokenizer = parsed.GetRequiredValue(tokenizer),
                Characters = parsed.GetRequiredValue(characters),
                Context = parsed.GetValue(context),
                Against = parsed.GetRequiredValue(against),
            },
            parsed));
        return command;
    }

    private Command Convert()
    {
        var input = new Argument<string>("IN.jsonl") { Description = "The JSON Lines file: an object a line" };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write" };
        var force = new Option<bool>("--force") { Description = "Write over a file that is there" };
        Option<DatasetKind?> kind = Kind("What rows shall be; the fields tell unless given");
        var command = new Command("convert", "Writes a JSON Lines file as CSV") { input, output, kind, force };
        examples[command] = """
            Example:
              rlcore data convert train.jsonl train.csv

            Layouts, told by the first line:
              prompt, completion (or messages lists)       sft; with a label unpaired; with a reward or score scored
              messages: [{role, content}, …]               sft: all turns but the last are the prompt
              conversations: [{from, value}, …]            the same (ShareGPT)
              instruction, input, output                   sft: instruction and input are the prompt (Alpaca)
              chosen, rejected, with or without prompt     preferences; of whole conversations the shared turns are the prompt
              question or prompt, answer                   prompts; "… #### 72" (GSM8K) gives the answer 72 and keeps the whole
                                                           as the column solution, or as the completion with --kind sft

            Turns become lines "role: content", and the prompt ends in "assistant: ". Other fields of questions become columns,
            which rewards may read. Nothing is written unless all lines are good; each bad one is named by line and field.
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.ConvertData(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(kind), parsed.GetValue(force)),
            parsed));
        return command;
    }

    private static Option<DatasetKind?> Kind(string description) => new("--kind") { Description = description, HelpName = Kinds };
}
