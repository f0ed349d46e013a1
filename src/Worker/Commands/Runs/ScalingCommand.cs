using System.CommandLine;
using System.Text;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore scaling</c>: fits scaling laws to runs.</summary>
/// <param name="Input">The CSV file of runs.</param>
/// <param name="Columns">Names of columns as role=column, separated by commas; empty for the default names.</param>
/// <param name="Of">What the loss is a law of; null for what the file has.</param>
/// <param name="Form">The form of a law of parameters and tokens; null for that of Hoffmann et al.</param>
/// <param name="Svg">The plot to write; empty for none.</param>
internal sealed record ScalingCommand(string Input, string Columns, ScalingVariable? Of, JointForm? Form, string Svg) : OneShotCommand
{
    private const double UsualDivisor = 2;

    private const string Examples = """
        Examples:
          rlcore scaling data/scaling/runs.csv
          rlcore scaling data/scaling/runs.csv --of tokens --loss 0.8
          rlcore scaling data/scaling/runs.csv --form kaplan
          rlcore scaling data/scaling/runs.csv --compute 1e13 --svg scaling.svg
          rlcore scaling sweep.csv --columns parameters=n_params,loss=eval_loss

        A row of the file is a run: parameters, tokens and loss in nats, and compute in floating-point operations; without that column
        compute is 6 x parameters x tokens. With parameters and tokens the law is L = E + A/N^alpha + B/D^beta (Hoffmann et al. 2022), or
        with --form kaplan L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D (Kaplan et al. 2020); of one variable it is a power law,
        alone (Kaplan et al. 2020) and over an irreducible loss E. Fits are least squares of log loss;
        intervals are of the profile likelihood, at 95 %. --of parameters takes the runs with the most tokens, --of tokens those with the
        most parameters, and --of compute those that no other beats with no more compute.

        Half the loss takes 2^(1/exponent) times as much. At the exponents of Kaplan et al. that is 1.05e6 times the compute (0.050),
        9.1e3 times the parameters (0.076) and 1.5e3 times the data (0.095). A widely shown slide prints 2.6e5 and 1e5 for the last two,
        which does not follow from its own exponents. Over an irreducible loss it is L - E that is halved; L itself may never be.
        """;

    /// <summary>A loss to reach; null for none.</summary>
    public double? Loss { get; init; }

    /// <summary>What the loss is divided by.</summary>
    public double DivideLossBy { get; init; } = UsualDivisor;

    /// <summary>Compute to split, in floating-point operations; null for the most that a run took.</summary>
    public double? Compute { get; init; }

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("RUNS.csv") { Description = "The CSV file of runs: parameters,tokens,loss" };
        Option<string> columns = Grammar.Text(
            "--columns", "role=column,…", "Names of columns that differ: parameters=n_params,tokens=data,compute=flops,loss=eval_loss");
        var of = new Option<ScalingVariable?>("--of")
        {
            Description = "What the loss is a law of [default: joint where the file has parameters and tokens]",
            HelpName = "parameters|tokens|compute|joint",
        };
        var form = new Option<JointForm?>("--form")
        {
            Description = "The form of the law of parameters and tokens [default: hoffmann]",
            HelpName = "hoffmann|kaplan",
        };
        var loss = new Option<double?>("--loss") { Description = "Print what it takes to reach this loss", HelpName = "X" };
        var divisor = new Option<double>("--divide-loss-by")
        {
            Description = "Print what it takes to divide the loss, or what is reducible of it, by this",
            HelpName = "X",
            DefaultValueFactory = _ => UsualDivisor,
        };
        var compute = new Option<double?>("--compute")
        {
            Description = "Print the best split of this many floating-point operations [default: the most that a run took]",
            HelpName = "C",
        };
        Option<string> svg = Grammar.Text("--svg", "FILE.svg", "Write a plot of the runs and the law, with logarithmic axes");
        var command = new Command("scaling", "Fits scaling laws to runs, with intervals, and says what a lower loss takes")
        {
            input, columns, of, form, loss, divisor, compute, svg,
        };
        return grammar.Complete(command, Examples, parsed => new ScalingCommand(
            parsed.GetRequiredValue(input),
            parsed.GetRequiredValue(columns),
            parsed.GetValue(of),
            parsed.GetValue(form),
            parsed.GetRequiredValue(svg))
        {
            Loss = parsed.GetValue(loss),
            DivideLossBy = parsed.GetValue(divisor),
            Compute = parsed.GetValue(compute),
        });
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(
            ("--loss", Loss ?? 1, Loss is null or (> 0 and < double.PositiveInfinity), "a positive number, in nats"),
            ("--divide-loss-by", DivideLossBy, DivideLossBy > 1 && double.IsFinite(DivideLossBy), "a number above 1"),
            ("--compute", Compute ?? 1, Compute is null or (> 0 and < double.PositiveInfinity), "a positive number of operations"));
        ScalingRuns runs = ScalingRuns.Read(Input, Columns, stop);
        ScalingSelection chosen = ScalingSelection.Of(runs, Of, Form);
        if (Compute is not null && chosen.Variable != ScalingVariable.Joint)
        {
            throw new InputException(new InputProblem(
                "--compute", 0, "", $"it beside a law of {chosen.Name}", "a law of parameters and tokens (--of joint), which splits it"));
        }

        if (Svg.Length > 0)
        {
            OutputFiles.Require("--svg", Svg);
        }

        var report = new ScalingReport(chosen, Loss, DivideLossBy, Compute ?? runs.Runs.Max(run => run.Compute));
        foreach (string line in report.Lines())
        {
            stop.ThrowIfCancellationRequested();
            context.Output.WriteLine(line);
        }

        if (Svg.Length > 0)
        {
            string plot = ScalingPlot.Draw(chosen, report.Law);
            OutputFiles.Write("--svg", Svg, file => DurableFiles.WriteFile(file, stream => stream.Write(Encoding.UTF8.GetBytes(plot))));
            context.Output.WriteLine($"plot written to {Svg}");
        }

        return ExitCodes.Done;
    }
}
