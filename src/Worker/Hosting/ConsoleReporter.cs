using System.Net;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Worker.Commands;
using RlCore.Worker.Views;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Hosting;

/// <summary>Reports on a training at the console.</summary>
internal sealed class ConsoleReporter(TrainingCommand command, CommandContext context) : ITrainingReporter, IAsyncDisposable
{
    private readonly RunView _view = context.NewView();
    private LocalServer? _page;

    /// <inheritdoc/>
    public void Begin(RunRequest request)
    {
        _view.Begin(request.Recipe);
        foreach (string note in request.Recipe.Notes)
        {
            _view.Warned(note);
        }

        if (command.Watch)
        {
            ShowPage(request);
        }
    }

    /// <inheritdoc/>
    public RunSummary Watch(Func<IRunObserver, RunSummary> body) => _view.Watch(body);

    /// <inheritdoc/>
    public void Finished(RunRequest request, RunSummary summary) => context.Output.WriteSummary(summary, request.Recipe);

    /// <inheritdoc/>
    public void Stopped(RunRequest request)
    {
        string typed = command.Typed(context.Options.Training);
        string folder = ShellText.Quote(request.OutputFolder);
        context.Outputs.Error.WriteLine($"Stopped. To continue: {CommandName.Current} train {typed} --resume --output {folder}");
    }

    /// <inheritdoc/>
    public void Failed(Exception failure) => ErrorReport.Write(failure, context.Outputs.LastWords);

    /// <summary>Ends the page of the run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync().ConfigureAwait(false);
        }
    }

    // With the runs beside it, unless the run has a folder of its own choice: what is around that one is none of the page's business.
    private void ShowPage(RunRequest request)
    {
        string folder = request.IsNumbered ? Path.GetDirectoryName(request.OutputFolder) ?? request.OutputFolder : request.OutputFolder;
        _page = WatchServer.StartAsync(new RunCatalogue([folder]), IPAddress.Loopback, port: null).GetAwaiter().GetResult();
        context.Outputs.Notice($"watch it at {_page.Address} until it ends; then: {CommandName.Current} watch {ShellText.Quote(folder)}");
    }
}

/// <summary>The training requested by the command line.</summary>
internal sealed class CommandPlan(TrainingCommand command, CommandContext context) : ITrainingPlan
{
    /// <inheritdoc/>
    public RunRequest Read(CancellationToken stop)
    {
        TrainingOptions options = context.Options.Training;
        Recipe recipe = command.Read(options);
        RunRequest request = RunRequest.Under(options.Runs, recipe, command.Output, command.Resume) with
        {
            SkipsDamaged = command.SkipDamaged,
            ShardsOptimizer = command.ShardOptimizer || options.ShardOptimizer,
        };
        return ModelName.IsMeant(recipe.Model.From)
            ? context.NewHubView().Watch(view => request.FindModel(ModelHub.OfSystem, view, stop))
            : request;
    }
}
