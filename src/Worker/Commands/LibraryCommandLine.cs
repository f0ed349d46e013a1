using System.CommandLine;

namespace RlCore.Worker.Commands;

/// <summary>The commands about the library itself: its formulas, its vectors, its laws.</summary>
internal sealed class LibraryCommandLine(Dictionary<Command, string> examples, Func<WorkerCommand, ParseResult, Task<int>> run)
{
    /// <summary>The commands.</summary>
    public IEnumerable<Command> All => [Explain(), Metrics(), Vectors(), Verify(), ClosedForm()];

    private Command Explain()
    {
        var name = new Argument<string>("LOSS") { Description = "Name of a loss or an estimator; all are listed without it", DefaultValueFactory = _ => "" };
        var write = new Option<string>("--write") { Description = "Writes every page, and an index, into a folder", HelpName = "DIR", DefaultValueFactory = _ => "" };
        var command = new Command("explain", "Prints a loss: formula, gradient, source, conventions of others") { name, write };
        examples[command] = """
            Examples:
              rlcore explain
              rlcore explain ppo-clip
              rlcore explain --write docs/formulas

            The formula and the gradient are printed by the code that trains, run on symbols.
            """;
        command.SetAction(parsed => run(new WorkerCommand.Explain(parsed.GetRequiredValue(name), parsed.GetRequiredValue(write)), parsed));
        return command;
    }

    private Command Metrics()
    {
        var write = new Option<string>("--write") { Description = "Writes them as a page in Markdown instead", HelpName = "FILE.md", DefaultValueFactory = _ => "" };
        var command = new Command("metrics", "Prints what the columns of a run's metrics.csv mean, a line each") { write };
        examples[command] = """
            Examples:
              rlcore metrics
              rlcore metrics --write docs/metrics.md
            """;
        command.SetAction(parsed => run(new WorkerCommand.Metrics(parsed.GetRequiredValue(write)), parsed));
        return command;
    }

    private Command Vectors()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of .json files: inputs, and the numbers that another code base gave for them" };
        var write = new Option<string>("--write") { Description = "Also writes the page of documented departures", HelpName = "FILE", DefaultValueFactory = _ => "" };
        var command = new Command("vectors", "Compares the library with recorded numbers, a line a file") { folder, write };
        examples[command] = """
            Example:
              rlcore vectors tests/Properties/vectors

            A line says: fields that agree of all fields, documented departures, worst relative error. The last line is
            "N passed, N failed", and the exit code is 1 if a file failed.
            """;
        command.SetAction(parsed => run(new WorkerCommand.Vectors(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(write)), parsed));
        return command;
    }

    private Command ClosedForm()
    {
        var write = new Option<string>("--write") { Description = "Also writes closed-form.md and its plots into a folder", HelpName = "DIR", DefaultValueFactory = _ => "" };
        var command = new Command("closed-form", "Trains on a language whose best policy is known, and compares") { write };
        examples[command] = """
            Examples:
              rlcore closed-form
              rlcore closed-form --engine torch
              rlcore closed-form --write docs

            The trainers are those that train language models; the policy is a table. The exit code is 1 if one that must
            reach the optimum falls short of it.
            """;
        command.SetAction(parsed => run(new WorkerCommand.ClosedForm(parsed.GetRequiredValue(write)), parsed));
        return command;
    }

    private Command Verify()
    {
        var cases = new Option<int>("--cases") { Description = "Random numbers a law is tried on", HelpName = "N", DefaultValueFactory = _ => 4096 };
        var command = new Command("verify", "Checks this machine's engine against the reference, law by law") { cases };
        examples[command] = """
            Examples:
              rlcore verify
              rlcore verify --cases 100000
              rlcore verify --cases 1000 --seed 7 --threads 1
              rlcore verify --engine torch

            The exit code is 1 if a law fails.
            """;
        command.SetAction(parsed => run(new WorkerCommand.Verify(parsed.GetValue(cases)), parsed));
        return command;
    }
}
