using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary>Does what the command line asks.</summary>
internal sealed class CommandRunner(WorkerCommand command, WorkerOptions options, IRunExecutor executor, Outputs outputs, TimeProvider clock)
{
    /// <summary>What is asked.</summary>
    public WorkerCommand Command => command;

    /// <summary>Does it.</summary>
    /// <exception cref="InputException">A file, an option or a setting cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <returns>The exit code.</returns>
    public int Run(CancellationToken stop) => command switch
    {
        WorkerCommand.Train train => RunTraining(train, View(), stop),
        WorkerCommand.Evaluate evaluate => RunEvaluation(evaluate.Request, View(), stop),
        WorkerCommand.Generate generate => RunGeneration(generate.Request),
        WorkerCommand.Explain explain => LibraryRunner.Explain(explain, outputs.Output),
        WorkerCommand.Vectors vectors => LibraryRunner.Vectors(vectors, outputs.Output),
        WorkerCommand.Verify verify => LibraryRunner.Verify(verify, options, outputs.Output, stop),
        WorkerCommand.ClosedForm closedForm => LibraryRunner.ClosedForm(closedForm, options, outputs.Output, stop),
        WorkerCommand.Memory memory => WriteMemory(memory),
        _ => throw new InvalidOperationException("The cases of a command are closed."),
    };

    private int WriteMemory(WorkerCommand.Memory memory)
    {
        MemoryCommand.Write(outputs.Output, memory);
        return ExitCodes.Done;
    }

    private RunView View() => RunView.Create(outputs, options.Quiet, clock);

    private int RunTraining(WorkerCommand.Train train, RunView view, CancellationToken stop)
    {
        string file = train.Recipe.Length > 0 ? train.Recipe : options.Recipe;
        IEnumerable<string> seed = options.Seed is { } number ? [string.Create(CultureInfo.InvariantCulture, $"seed={number}")] : [];
        Recipe recipe = RecipeReader.Read(file, [.. train.Settings, .. seed]);
        string wanted = Path.Combine(options.Runs, recipe.Name);
        string folder = Path.GetFullPath(
            train.Output.Length > 0 ? train.Output
            : train.Resume ? RunFolder.ChooseLatest(wanted)
            : RunFolder.ChooseFresh(wanted));
        try
        {
            view.Begin(recipe, folder, train.Resume);
            RunSummary summary = view.Watch(observer => executor.Execute(new RunRequest(recipe, folder, train.Resume, options.Engine), observer, stop));
            outputs.Output.WriteSummary(summary, recipe);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            outputs.Error.WriteLine($"Stopped. Go on with: {CommandName.Current} train {file} --resume{string.Concat(train.Settings.Concat(seed).Select(setting => $" --set {setting}"))} --out {folder}");
            throw;
        }
    }

    private int RunEvaluation(EvaluationRequest request, RunView view, CancellationToken stop)
    {
        Require(
        [
            ("--samples", request.Samples, request.Samples >= 0, "a whole number of at least 0"),
            ("--max-tokens", request.MaxTokens, request.MaxTokens >= 0, "a whole number of at least 0"),
        ]);
        EvaluationRequest located = request with
        {
            Data = InputFiles.Resolve(request.Data),
            Seed = options.Seed ?? request.Seed,
            Engine = options.Engine,
        };
        outputs.Output.WriteEvaluation(view.Watch(observer => Models.Evaluate(located, observer, stop)));
        return ExitCodes.Done;
    }

    private int RunGeneration(GenerationRequest request)
    {
        var sampling = request.Sampling;
        Require(
        [
            ("--samples", request.Samples, request.Samples >= 1, "a whole number of at least 1"),
            ("--max-tokens", request.MaxTokens, request.MaxTokens >= 0, "a whole number of at least 0"),
            ("--temperature", sampling.Temperature, sampling.Temperature >= 0 && double.IsFinite(sampling.Temperature), "a number of at least 0"),
            ("--top-k", sampling.TopK, sampling.TopK >= 0, "a whole number of at least 0"),
            ("--top-p", sampling.TopP, sampling.TopP is > 0 and <= 1, "a number above 0 and at most 1"),
            ("--min-p", sampling.MinP, sampling.MinP is >= 0 and < 1, "a number from 0 to below 1"),
            ("--samples", request.Samples, request.Samples == 1 || sampling.Temperature > 0, "1 at temperature 0, where all completions are alike; or --temperature 1"),
        ]);
        foreach (Completion completion in Models.Generate(request with { Seed = options.Seed ?? request.Seed, Engine = options.Engine }))
        {
            outputs.Output.WriteLine(completion.Ended ? completion.Text : $"{completion.Text}…");
        }

        return ExitCodes.Done;
    }

    private static void Require((string Option, IFormattable Found, bool Accepted, string Expected)[] checks)
    {
        InputProblem[] problems = [.. checks.Where(check => !check.Accepted)
            .Select(check => new InputProblem(check.Option, 0, "", check.Found.ToString(null, CultureInfo.InvariantCulture), check.Expected))];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }
}
