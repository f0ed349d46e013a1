using RlCore.Studies.ClosedForm;
using RlCore.Studies.Conformance;
using RlCore.Studies.Formulas;
using RlCore.Studies.Verification;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Worker.Engines;

namespace RlCore.Worker.Commands;

/// <summary>Runs the commands about the library itself.</summary>
internal static class LibraryRunner
{
    /// <summary>Prints the page of a loss, or the names; or writes all pages.</summary>
    public static int Explain(WorkerCommand.Explain command, TextWriter output)
    {
        if (command.Write.Length > 0)
        {
            output.WriteLine($"{FormulaPages.Write(command.Write)} pages written to {command.Write}");
        }

        if (command.Name.Length > 0)
        {
            output.Write(FormulaPages.Console(FormulaCatalogue.Find(command.Name)));
        }
        else if (command.Write.Length == 0)
        {
            output.Write(FormulaPages.List());
        }

        return ExitCodes.Done;
    }

    /// <summary>Runs every file of vectors of a folder.</summary>
    public static int Vectors(WorkerCommand.Vectors command, TextWriter output)
    {
        if (!Directory.Exists(command.Folder) || !Directory.EnumerateFiles(command.Folder, "*.json").Any())
        {
            throw new InputException([new InputProblem("DIR", 0, "", command.Folder, "a folder with .json files of vectors")]);
        }

        ConformanceReport report = ConformanceRunner.Run(command.Folder);
        if (command.Write.Length > 0)
        {
            File.WriteAllText(command.Write, ConformancePage.Text);
        }

        output.WriteLine(report);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Prints the columns of metrics.csv, or writes their page.</summary>
    public static int Metrics(WorkerCommand.Metrics command, TextWriter output)
    {
        if (command.Write.Length > 0)
        {
            OutputFiles.Write("--write", command.Write, file => File.WriteAllText(file, MetricPages.Markdown()));
            output.WriteLine($"{MetricPages.All.Count} metrics written to {command.Write}");
        }
        else
        {
            output.Write(MetricPages.List());
        }

        return ExitCodes.Done;
    }

    /// <summary>Compares trainers with the optimum in closed form, on the configured engine.</summary>
    public static int ClosedForm(WorkerCommand.ClosedForm command, WorkerOptions options, TextWriter output, CancellationToken stop)
    {
        ClosedFormReport report = EngineHost.Run(options.Engine, new ClosedFormWork(one => output.WriteLine(ClosedFormReport.Line(one)), stop));
        if (command.Write.Length > 0)
        {
            report.Write(command.Write);
        }

        output.WriteLine(report.Summary);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Runs the laws on the configured engine.</summary>
    public static int Verify(WorkerCommand.Verify command, WorkerOptions options, TextWriter output, CancellationToken stop)
    {
        if (command.Cases is < 64 or > 10_000_000)
        {
            throw new InputException([new InputProblem("--cases", 0, "", $"{command.Cases}", "a whole number from 64 to 10000000")]);
        }

        VerificationReport report = EngineHost.Run(
            options.Engine, new VerificationWork(new VerificationOptions { Cases = command.Cases, Seed = options.Seed ?? 1 }, stop));
        output.WriteLine(report);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }
}
