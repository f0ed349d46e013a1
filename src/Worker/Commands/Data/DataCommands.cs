using System.CommandLine;
using RlCore.Trainers.Datasets;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data</c>: commands for datasets before training.</summary>
internal static class DataCommands
{
    private const string Examples = """
        Datasets are CSV files in UTF-8 with a header. The columns determine the kind of dataset:
          prompt,completion                     sft          a completion to imitate
          prompt,answer                         prompts      a question; rewards may read other columns
          prompt,chosen,rejected[,margin]       preferences  two completions, the better first
          prompt,completion,reward              scored       a completion and its reward
          prompt,completion_1,completion_2,…    rankings     completions from the best to the worst
          prompt,completion,label               unpaired     a completion that is good (true, 1) or bad (false, 0)
          prompt,completion,step_labels         steps        a completion and a number from 0 to 1 for each of its steps

        Examples:
          rlcore data check data/manners/preferences.csv
          rlcore data convert train.jsonl train.csv
          rlcore data label pairs.csv preferences.csv --judge-model gpt-4o-mini
          rlcore data steps questions.csv steps.csv --model runs/sft
          rlcore data pairs questions.csv pairs.csv --model runs/sft --traces traces.csv
        """;

    /// <summary>The command with its subcommands.</summary>
    public static Command Build(Grammar grammar)
    {
        var command = new Command("data", "Checks, converts and labels datasets")
        {
            CheckDataCommand.Build(grammar), ConvertDataCommand.Build(grammar), LabelDataCommand.Build(grammar),
            StepDataCommand.Build(grammar), PairDataCommand.Build(grammar),
        };
        return grammar.Complete(command, Examples);
    }

    /// <summary>The option for the kind of rows.</summary>
    internal static Option<DatasetKind?> Kind(string description) =>
        new("--kind") { Description = description, HelpName = "sft|prompts|preferences|scored|rankings|unpaired|steps" };
}
