using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Commands;

/// <summary>What the command line asks for.</summary>
public abstract record WorkerCommand
{
    private WorkerCommand()
    {
    }

    /// <summary>Runs a recipe.</summary>
    /// <param name="Recipe">The recipe's file; empty for the configured one.</param>
    /// <param name="Settings">Settings as <c>key=value</c>.</param>
    /// <param name="Output">The run's folder; empty for one under the configured folder.</param>
    /// <param name="Resume">Whether to go on with the latest run.</param>
    public sealed record Train(string Recipe, IReadOnlyList<string> Settings, string Output, bool Resume) : WorkerCommand;

    /// <summary>Runs one stage.</summary>
    /// <param name="Stage">Its type.</param>
    /// <param name="Given">What was given for which option.</param>
    /// <param name="Output">The run's folder; empty for one under the configured folder.</param>
    /// <param name="Resume">Whether to go on with the latest run.</param>
    /// <param name="PrintsRecipe">Whether to print the recipe, and run nothing.</param>
    public sealed record TrainStage(string Stage, IReadOnlyList<KeyValuePair<StageFlag, string>> Given, string Output, bool Resume, bool PrintsRecipe) : WorkerCommand;

    /// <summary>Evaluates a model.</summary>
    /// <param name="Request">What to evaluate; seed and threads are configured.</param>
    /// <param name="Output">CSV file for a row a prompt; empty for none.</param>
    public sealed record Evaluate(EvaluationRequest Request, string Output) : WorkerCommand;

    /// <summary>Completes a prompt.</summary>
    /// <param name="Request">What to complete; seed and threads are configured.</param>
    public sealed record Generate(GenerationRequest Request) : WorkerCommand;

    /// <summary>Prints a loss.</summary>
    /// <param name="Name">Its name; empty for the list of names.</param>
    /// <param name="Write">A folder into which all pages are written; empty for none.</param>
    public sealed record Explain(string Name, string Write) : WorkerCommand;

    /// <summary>Compares the library with recorded numbers.</summary>
    /// <param name="Folder">Folder of the files.</param>
    /// <param name="Write">A file into which the page of departures is written; empty for none.</param>
    public sealed record Vectors(string Folder, string Write) : WorkerCommand;

    /// <summary>Prints the columns of metrics.csv.</summary>
    /// <param name="Write">A file into which their page is written; empty for none.</param>
    public sealed record Metrics(string Write) : WorkerCommand;

    /// <summary>Checks the engine against the reference.</summary>
    /// <param name="Cases">Random numbers a law is tried on.</param>
    public sealed record Verify(int Cases) : WorkerCommand;

    /// <summary>Trains on the language whose optimum is known.</summary>
    /// <param name="Write">A folder into which the page and its plots are written; empty for none.</param>
    public sealed record ClosedForm(string Write) : WorkerCommand;

    /// <summary>Computes what a training step holds.</summary>
    /// <param name="Shape">A known shape; empty for all.</param>
    /// <param name="Scenario">Batch sizes, lengths, precision.</param>
    public sealed record Memory(string Shape, MemoryScenario Scenario) : WorkerCommand;

    /// <summary>Says what a dataset holds.</summary>
    /// <param name="File">The CSV file.</param>
    /// <param name="Kind">What its rows are; null to tell by the header.</param>
    public sealed record CheckData(string File, DatasetKind? Kind) : WorkerCommand
    {
        /// <summary>Names of columns as role=column, separated by commas; empty for the usual ones.</summary>
        public string Columns { get; init; } = "";

        /// <summary>A tokenizer's file or a folder with one; empty for none.</summary>
        public string Tokenizer { get; init; } = "";

        /// <summary>The characters of a tokenizer; empty for none.</summary>
        public string Characters { get; init; } = "";

        /// <summary>Most tokens of a sequence; 0 for any number.</summary>
        public int Context { get; init; }

        /// <summary>A file that should share no prompt; empty for none.</summary>
        public string Against { get; init; } = "";
    }

    /// <summary>Has a judge label pairs of completions.</summary>
    /// <param name="Input">The CSV file of pairs.</param>
    /// <param name="Output">The CSV file of preferences.</param>
    /// <param name="Judge">What was given for which option of the judge.</param>
    /// <param name="Force">Whether a file of that name is written over.</param>
    public sealed record LabelData(string Input, string Output, IReadOnlyList<KeyValuePair<StageFlag, string>> Judge, bool Force) : WorkerCommand
    {
        /// <summary>Names of columns as role=column, separated by commas; empty for the usual ones.</summary>
        public string Columns { get; init; } = "";
    }

    /// <summary>Writes a JSON Lines file as CSV.</summary>
    /// <param name="Input">The JSON Lines file.</param>
    /// <param name="Output">The CSV file.</param>
    /// <param name="Kind">What its rows shall be; null to tell by the fields.</param>
    /// <param name="Force">Whether a file of that name is written over.</param>
    public sealed record ConvertData(string Input, string Output, DatasetKind? Kind, bool Force) : WorkerCommand;
}
