using System.CommandLine;
using System.CommandLine.Help;
using RlCore.Trainers.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>The grammar of the command line, and its help.</summary>
internal static class CommandLine
{
    /// <summary>Builds the grammar; each command is passed to <paramref name="run"/>.</summary>
    /// <param name="run">Runs a command under the given configuration, and returns the exit code.</param>
    public static RootCommand Build(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
    {
        var grammar = new Grammar(run);
        var root = new RootCommand("""
            Trains language models with reinforcement learning, from CSV files.

            Without a command it runs the quickstart: a small transformer learns two-digit addition, first from
            demonstrations (SFT), then from reward alone (GRPO), and a table shows what each stage added.
            """)
        {
            TrainCommand.Build(grammar),
            WatchCommand.Build(grammar),
            ReportCommand.Build(grammar),
            ScalingCommand.Build(grammar),
            EvaluateCommand.Build(grammar),
            GenerateCommand.Build(grammar),
            ServeCommand.Build(grammar),
            InspectCommand.Build(grammar),
            MergeCommand.Build(grammar),
            ExplainCommand.Build(grammar),
            ConventionsCommand.Build(grammar),
            MetricsCommand.Build(grammar),
            VectorsCommand.Build(grammar),
            VerifyCommand.Build(grammar),
            ClosedFormCommand.Build(grammar),
            MemoryCommand.Build(grammar),
            ExportCommand.Build(grammar),
            DataCommands.Build(grammar),
            TokenizerCommands.Build(grammar),
        };
        foreach (Option option in grammar.Common.Concat(grammar.Engine.All))
        {
            root.Options.Add(option);
        }

        root.HelpName = "rlcore";
        TrainCommand.AddConfigured(root, grammar, Examples);
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, grammar.Examples);
        }

        return root;
    }

    private static string Examples => $"""
        Examples:
          rlcore
          rlcore train recipes/quickstart.json --set seed=3 --set stages.grpo.steps=50
          rlcore train recipes/quickstart.json --resume
          rlcore train grpo --data data/arithmetic/prompts.csv --model runs/quickstart --steps 50 --max-completion-tokens 4
          rlcore watch
          rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv
          rlcore generate --model runs/quickstart --prompt "37+58="
          rlcore data check data/manners/preferences.csv
          rlcore explain ppo-clip
          rlcore verify

        Configuration: appsettings.json, then environment variables (RLCORE_THREADS=2), then options.

        Exit codes: {ExitCodes.Done} done, {ExitCodes.BadInput} bad input, {ExitCodes.Failed} failure;
        {ExitCodes.Interrupted} stopped by Ctrl+C and {ExitCodes.Terminated} by SIGTERM, each after a checkpoint.
        """;
}
