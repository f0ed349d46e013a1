using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary>Runs the commands about datasets.</summary>
internal static class DataRunner
{
    /// <summary>Surveys a dataset and prints what it holds.</summary>
    /// <exception cref="InputException">An option or a file cannot be used, or the dataset has problems; these after what it holds.</exception>
    public static int Check(WorkerCommand.CheckData command, RunView view, TextWriter output)
    {
        RequireOptions(command);
        string file = InputFiles.Resolve(command.File);
        var checks = new DatasetChecks
        {
            Columns = RecipeReader.ParseColumns(command.Columns, "--columns"),
            Tokenizer = TokenizerOf(command),
            Context = command.Context,
        };
        DatasetSurvey survey = view.Watch(observer => DatasetSurveyor.Run(file, new SurveyRequest
        {
            Kind = command.Kind,
            Checks = checks,
            Against = command.Against.Length > 0 ? InputFiles.Resolve(command.Against) : "",
            Progress = observer.DatasetAdvanced,
        }));
        output.WriteSurvey(survey, checks, command.Against);
        return survey.Problems.Count == 0 ? ExitCodes.Done : throw new InputException(survey.Problems);
    }

    /// <summary>Converts a file and says what was written.</summary>
    /// <exception cref="InputException">A file cannot be used, or lines of the input cannot.</exception>
    public static int Convert(WorkerCommand.ConvertData command, RunView view, TextWriter output)
    {
        string input = InputFiles.Resolve(command.Input);
        OutputFiles.Write("OUT.csv", command.Output, file => Describe(command, output, view.Watch(observer => JsonlConverter.Convert(
            input, file, command.Kind, command.Force, (bytes, total) => observer.DatasetAdvanced(input, bytes, total)))));
        return ExitCodes.Done;
    }

    /// <summary>Has a judge label pairs, and says what was written.</summary>
    /// <exception cref="InputException">An option or a file cannot be used, or the judge gives no verdict.</exception>
    public static int Label(WorkerCommand.LabelData command, RunView view, TextWriter output, CancellationToken stop)
    {
        var request = new LabelRequest(InputFiles.Resolve(command.Input), command.Output, JudgeFlags.Build(command.Judge))
        {
            Columns = RecipeReader.ParseColumns(command.Columns, "--columns"),
            Overwrite = command.Force,
        };
        OutputFiles.Write("OUT.csv", command.Output, file => Describe(request, output, view.Watch(observer => PairLabeller.Run(
            request with { Output = file, Progress = (done, total) => observer.PairLabelled(request.Input, done, total) }, stop))));
        return ExitCodes.Done;
    }

    private static void Describe(LabelRequest request, TextWriter output, LabelOutcome done)
    {
        output.WriteLine(FormattableString.Invariant($"{request.Output}: {done.Labelled:#,0} of {done.Pairs:#,0} pairs as preferences (prompt,chosen,rejected,margin); {done.Ties:#,0} ties left out"));
        output.WriteLine($"replies kept in {request.Replies}");
        output.WriteLine($"try next: {CommandName.Current} data check {request.Output}");
    }

    private static void Describe(WorkerCommand.ConvertData command, TextWriter output, Conversion done)
    {
        output.WriteLine(FormattableString.Invariant($"{command.Output}: {done.Rows:#,0} row{(done.Rows == 1 ? "" : "s")} of {SurveyText.Name(done.Kind)} ({string.Join(',', done.Columns)}), from the layout {done.Layout}"));
        output.WriteLine($"try next: {CommandName.Current} data check {command.Output}");
    }

    private static void RequireOptions(WorkerCommand.CheckData command)
    {
        var problems = new List<InputProblem>();
        if (command.Tokenizer.Length > 0 && command.Characters.Length > 0)
        {
            problems.Add(new InputProblem("--tokenizer, --characters", 0, "", "both", "one of them"));
        }

        if (command.Context < 0 || (command.Context > 0 && command.Tokenizer.Length == 0 && command.Characters.Length == 0))
        {
            problems.Add(new InputProblem("--context", 0, "", $"{command.Context}", "a whole number of at least 1, with --tokenizer or --characters"));
        }

        if (command.Characters.Length > 0 && CharacterTokenizer.TryFindProblem(command.Characters, out string found))
        {
            problems.Add(new InputProblem("--characters", 0, "", found, "characters, each once"));
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static ITokenizer? TokenizerOf(WorkerCommand.CheckData command)
    {
        if (command.Characters.Length > 0)
        {
            return new CharacterTokenizer(command.Characters);
        }

        if (command.Tokenizer.Length == 0)
        {
            return null;
        }

        string path = InputFiles.Resolve(command.Tokenizer);
        string folder = Directory.Exists(path) && CheckpointStore.TryFindLatest(path, out string latest) ? latest : path;
        return TokenizerFile.Read(Directory.Exists(folder) ? Path.Combine(folder, TokenizerFile.FileName) : folder);
    }
}
