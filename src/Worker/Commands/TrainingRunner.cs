using System.Globalization;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary>Trains.</summary>
internal sealed class TrainingRunner(WorkerOptions options, IRunExecutor executor, Outputs outputs, RunView view)
{
    /// <summary>Runs a recipe's file.</summary>
    /// <returns>The exit code.</returns>
    public int Run(WorkerCommand.Train train, CancellationToken stop)
    {
        string file = train.Recipe.Length > 0 ? train.Recipe : options.Recipe;
        RequireRecipe(file);
        Recipe recipe = RecipeReader.Read(file, [.. train.Settings, .. Seed]);
        return Execute(recipe, train.Output, train.Resume, string.Concat([file, .. train.Settings.Concat(Seed).Select(setting => $" --set {Quote(setting)}")]), stop);
    }

    /// <summary>Runs one stage, or prints its recipe.</summary>
    /// <returns>The exit code.</returns>
    public int Run(WorkerCommand.TrainStage train, CancellationToken stop)
    {
        Recipe recipe = StageRecipe.Build(train.Stage, train.Given, [.. Seed]);
        if (train.PrintsRecipe)
        {
            outputs.Output.Write(RecipeWriter.Print(recipe));
            return ExitCodes.Done;
        }

        IEnumerable<string> given = train.Given.Select(option => $" {option.Key.Name} {Quote(option.Value)}");
        return Execute(recipe, train.Output, train.Resume, string.Concat([train.Stage, .. given, .. options.Seed is { } seed ? [$" --seed {seed}"] : Array.Empty<string>()]), stop);
    }

    private IEnumerable<string> Seed => options.Seed is { } number ? [string.Create(CultureInfo.InvariantCulture, $"seed={number}")] : [];

    private int Execute(Recipe recipe, string output, bool resume, string typed, CancellationToken stop)
    {
        string wanted = Path.Combine(options.Runs, recipe.Name);
        string folder = Path.GetFullPath(
            output.Length > 0 ? output
            : resume ? RunFolder.ChooseLatest(wanted)
            : RunFolder.ChooseFresh(wanted));
        try
        {
            view.Begin(recipe, folder, resume);
            RunSummary summary = view.Watch(observer => executor.Execute(new RunRequest(recipe, folder, resume), observer, stop));
            outputs.Output.WriteSummary(summary, recipe);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            outputs.Error.WriteLine($"Stopped. Go on with: {CommandName.Current} train {typed} --resume --output {Quote(folder)}");
            throw;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string left = CheckpointStore.TryFindLatest(folder, out string checkpoint) ? $"; {checkpoint} is whole, and --resume goes on from it" : "";
            throw new InputException(new InputProblem(folder, 0, "", $"a run that cannot be written ({failure.Message.TrimEnd('.')})", $"a folder to write, on a disk with room{left}"));
        }
    }

    // What looks like no file may be a stage.
    private static void RequireRecipe(string file)
    {
        if (!File.Exists(InputFiles.Resolve(file)) && !Path.HasExtension(file) && Names.TryNearest(file, StageRecipe.Stages.Keys, out string nearest))
        {
            throw new InputException(new InputProblem("train", 0, "", Characters.Quote(file), $"a recipe's file, or one of the stages {string.Join(", ", StageRecipe.Stages.Keys)}; \"{nearest}\", perhaps"));
        }
    }

    // As a shell reads it back.
    private static string Quote(string text) => text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || "-_./=,:+@%".Contains(character, StringComparison.Ordinal))
        ? text
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
