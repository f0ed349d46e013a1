using System.CommandLine;
using RlCore.Studies.Verification;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore verify</c>: checks the engine against the reference.</summary>
/// <param name="Cases">Number of random inputs for each law.</param>
internal sealed record VerifyCommand(int Cases) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore verify
          rlcore verify --cases 100000
          rlcore verify --cases 1000 --seed 7 --threads 1
          rlcore verify --engine torch

        The exit code is 1 if a law fails.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var cases = new Option<int>("--cases")
        {
            Description = "Number of random inputs per law",
            HelpName = "N",
            DefaultValueFactory = _ => 4096,
        };
        var command = new Command("verify", "Checks this machine's engine against the reference, law by law") { cases };
        return grammar.Complete(command, Examples, parsed => new VerifyCommand(parsed.GetValue(cases)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(("--cases", Cases, Cases is >= 64 and <= 10_000_000, "a whole number from 64 to 10000000"));
        var options = new VerificationOptions { Cases = Cases, Seed = context.Options.Training.Seed ?? 1 };
        VerificationReport report = context.Engine.Run(new VerificationWork(options, stop));
        context.Output.WriteLine(report);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }
}
