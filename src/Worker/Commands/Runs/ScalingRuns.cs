using System.Globalization;
using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Commands;

/// <summary>A run of a scaling study; a number that is not known is NaN.</summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
/// <param name="Compute">C, in floating-point operations.</param>
/// <param name="Loss">In nats.</param>
internal sealed record ScalingRun(double Parameters, double Tokens, double Compute, double Loss);

/// <summary>The runs of a scaling study, from a CSV file.</summary>
/// <param name="File">The file.</param>
/// <param name="Runs">Its rows, at least one.</param>
internal sealed record ScalingRuns(string File, IReadOnlyList<ScalingRun> Runs)
{
    private static readonly string[] Roles = ["parameters", "tokens", "compute", "loss"];

    /// <summary>Whether sizes of models are known.</summary>
    public bool HasParameters => !double.IsNaN(Runs[0].Parameters);

    /// <summary>Whether the tokens trained on are known.</summary>
    public bool HasTokens => !double.IsNaN(Runs[0].Tokens);

    /// <summary>Whether compute is known.</summary>
    public bool HasCompute => !double.IsNaN(Runs[0].Compute);

    /// <summary>Reads a file.</summary>
    /// <param name="file">A CSV file with the column loss, and at least one of parameters, tokens and compute.</param>
    /// <param name="columns">Names of columns as role=column, separated by commas; empty for the default names.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="InputException">With every problem of the options or the file.</exception>
    public static ScalingRuns Read(string file, string columns, CancellationToken stop)
    {
        var problems = new List<InputProblem>();
        Dictionary<string, string> names = ReadNames(columns, problems);
        Refuse(problems);
        string NameOf(string role) => names.GetValueOrDefault(role, role);

        // A column that was named has to be there.
        TableColumn[] wanted =
            [.. Roles.Select(role => new TableColumn(NameOf(role), Optional: role != "loss" && !names.ContainsKey(role)))];
        string full = InputFiles.Resolve(file);
        var runs = new List<ScalingRun>();
        var rows = new RowProblems(new RowRules(), problems);
        foreach (TableRow row in Table.Read(full, new TableRequest(_ => wanted), rows))
        {
            stop.ThrowIfCancellationRequested();
            double[] numbers = [.. Roles.Select((_, column) => row.Has(column) ? ReadNumber(row, column, rows) : double.NaN)];
            double compute = row.Has(2) ? numbers[2] : ScalingLaw.OperationsPerParameterAndToken * numbers[0] * numbers[1];
            runs.Add(new ScalingRun(numbers[0], numbers[1], compute, numbers[3]));
            if (runs.Count == 1 && !Roles.SkipLast(1).Where((_, column) => row.Has(column)).Any())
            {
                rows.AddToFile(new InputProblem(
                    full, 1, "", $"no column {NameOf("parameters")}, {NameOf("tokens")} or {NameOf("compute")}",
                    "at least one of them beside the loss; --columns names them: parameters=size,tokens=data"));
            }
        }

        Refuse(problems);
        return new ScalingRuns(file, runs);
    }

    private static void Refuse(List<InputProblem> problems)
    {
        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static Dictionary<string, string> ReadNames(string typed, List<InputProblem> problems)
    {
        var names = new Dictionary<string, string>();
        foreach (string part in typed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides is not [_, { Length: > 0 }] || !Roles.Contains(sides[0]) || !names.TryAdd(sides[0], sides[1]))
            {
                problems.Add(new InputProblem(
                    "--columns", 0, "", Characters.Quote(part), $"role=column, each role once; roles are {string.Join(", ", Roles)}"));
            }
        }

        foreach (var twins in Roles.GroupBy(role => names.GetValueOrDefault(role, role)).Where(group => group.Count() > 1))
        {
            problems.Add(new InputProblem(
                "--columns", 0, "", $"the column \"{twins.Key}\" as {string.Join(" and ", twins)}", "a different column for each"));
        }

        return names;
    }

    private static double ReadNumber(TableRow row, int column, RowProblems problems)
    {
        if (double.TryParse(row[column].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number) && number > 0)
        {
            return number;
        }

        problems.Add(row.Problem(
            column, row[column].Length == 0 ? "nothing" : Characters.Quote(row[column]), "a positive number, such as 1.5e9 or 0.73"));
        return double.NaN;
    }
}
