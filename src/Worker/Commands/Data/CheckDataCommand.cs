using System.CommandLine;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data check</c>: reports what a dataset contains.</summary>
/// <param name="Data">The CSV file.</param>
/// <param name="Kind">The kind of its rows; null to infer it from the header.</param>
internal sealed record CheckDataCommand(string Data, DatasetKind? Kind) : OneShotCommand
{
    /// <summary>Names of columns as role=column, separated by commas; empty for the default names.</summary>
    public string Columns { get; init; } = "";

    /// <summary>A tokenizer's file or a folder with one; empty for none.</summary>
    public string Tokenizer { get; init; } = "";

    /// <summary>The characters of a tokenizer; empty for none.</summary>
    public string Characters { get; init; } = "";

    /// <summary>Maximum tokens per sequence; 0 for no limit.</summary>
    public int Context { get; init; }

    /// <summary>The character between cells, as a recipe's <c>delimiter</c>.</summary>
    public string Delimiter { get; init; } = RowRules.Detected;

    /// <summary>A file that should share no prompt; empty for none.</summary>
    public string Against { get; init; } = "";

    private static string Examples => $"""
        Examples:
          rlcore data check data/manners/preferences.csv
          rlcore data check train.csv --columns prompt=question,completion=response
          rlcore data check train.csv --tokenizer runs/quickstart --context 64
          rlcore data check data/arithmetic/prompts.csv --against data/arithmetic/eval.csv

        It prints the number of rows, their lengths, repeated rows and prompts, and the range of rewards and margins or the balance
        of labels; then a line for each cell that training would reject and each prompt that is in both files. The exit
        code is {ExitCodes.Done} if there are no such lines and {ExitCodes.BadInput} otherwise. Files of any size are read once,
        keeping 16 bytes per row.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var file = new Argument<string>("FILE") { Description = "The CSV file" };
        Option<DatasetKind?> kind = DataCommands.Kind("Kind of the rows; inferred from the header unless given");
        Option<string> columns = Grammar.Text(
            "--columns", "role=column,…", "Names of columns that differ from those above: prompt=question,completion=response");
        Option<string> tokenizer = Grammar.Text(
            "--tokenizer",
            "DIR|FILE",
            "Count tokens with this tokenizer, and reject unknown characters: tokenizer.json, or the folder of a run "
                + "or checkpoint");
        Option<string> characters = Grammar.Text("--characters", "TEXT", "The same with a tokenizer of these characters, as in a recipe");
        var context = new Option<int>("--context")
        {
            Description = "Reject sequences longer than the context of a model, in tokens; 0 for no limit",
            HelpName = "N",
        };
        Option<string> delimiter = Grammar.Text(
            "--delimiter",
            "CHARACTER",
            "The character between cells, or tab; auto finds out commas, semicolons and tabs",
            RowRules.Detected);
        Option<string> against = Grammar.Text(
            "--against",
            "CSV",
            "A file that should share no prompt with this one, such as the evaluation's; white space and case are ignored");
        var command = new Command("check", "Reports what a dataset contains, and all of its problems")
        {
            file, kind, columns, delimiter, tokenizer, characters, context, against,
        };
        return grammar.Complete(command, Examples, parsed => new CheckDataCommand(parsed.GetRequiredValue(file), parsed.GetValue(kind))
        {
            Columns = parsed.GetRequiredValue(columns),
            Tokenizer = parsed.GetRequiredValue(tokenizer),
            Characters = parsed.GetRequiredValue(characters),
            Context = parsed.GetValue(context),
            Delimiter = parsed.GetRequiredValue(delimiter),
            Against = parsed.GetRequiredValue(against),
        });
    }

    /// <summary>Surveys the dataset and prints the result.</summary>
    /// <exception cref="InputException">
    /// An option or a file cannot be used, or the dataset has problems, which are listed after the report.
    /// </exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        RequireOptions();
        var rows = new RowRules { Delimiter = Delimiter };
        var wrong = new List<InputProblem>();
        rows.Check((_, found, expected) => wrong.Add(new InputProblem("--delimiter", 0, "", found, expected)));
        if (wrong.Count > 0)
        {
            throw new InputException(wrong);
        }

        string file = InputFiles.Resolve(Data);
        ITokenizer? tokenizer = OpenTokenizer();
        var checks = new DatasetChecks
        {
            Columns = RecipeReader.ParseColumns(Columns, "--columns"),
            Rows = rows,
            Tokenizer = tokenizer,
            Chat = tokenizer?.Chat,
            Context = Context,
        };
        DatasetSurvey survey = context.NewView().Watch(observer => DatasetSurveyor.Run(file, new SurveyRequest
        {
            Kind = Kind,
            Checks = checks,
            Against = Against.Length > 0 ? InputFiles.Resolve(Against) : "",
            Progress = observer.DatasetAdvanced,
        }));
        context.Output.WriteSurvey(survey, checks, Against);
        if (survey.Problems.Count > 0)
        {
            throw new InputException(survey.Problems);
        }

        if (survey.Rows > 0)
        {
            bool isModel = Tokenizer.Length > 0 && Directory.Exists(InputFiles.Resolve(Tokenizer));
            NextStage.Write(context.Output, Data, survey, checks, isModel ? Tokenizer : "");
        }

        return ExitCodes.Done;
    }

    private void RequireOptions()
    {
        bool hasTokenizer = Tokenizer.Length > 0 || Characters.Length > 0;
        string found = "";
        bool repeats = Characters.Length > 0 && CharacterTokenizer.TryFindProblem(Characters, out found);
        OptionChecks.Require(
            ("--tokenizer, --characters", "both", Tokenizer.Length == 0 || Characters.Length == 0, "one of them"),
            ("--context", Context, Context >= 0, "a whole number of at least 1, or 0 for no limit"),
            (
                "--context",
                $"{Context} tokens, but nothing to count tokens with",
                Context <= 0 || hasTokenizer,
                "--tokenizer DIR, the folder of the model that is trained, or --characters TEXT beside it"),
            ("--characters", found, !repeats, "characters, each once"));
    }

    private ITokenizer? OpenTokenizer()
    {
        if (Characters.Length > 0)
        {
            return new CharacterTokenizer(Characters);
        }

        if (Tokenizer.Length == 0)
        {
            return null;
        }

        string path = InputFiles.Resolve(Tokenizer);
        string folder = Directory.Exists(path) && CheckpointStore.TryFindLatest(path, out string latest) ? latest : path;
        return TokenizerFile.Read(Directory.Exists(folder) ? Path.Combine(folder, TokenizerFile.FileName) : folder);
    }
}
