using RlCore.Trainers.Hub;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Views;

/// <summary>Shows the download of a model. One view is for one model.</summary>
internal abstract class HubView : IHubObserver
{
    /// <summary>The suitable view: progress bars at a terminal, lines elsewhere, only warnings when quiet.</summary>
    public static HubView Create(Outputs outputs, bool quiet, TimeProvider clock) => outputs.IsTerminal && !quiet
        ? new HubBarView(outputs.NewConsole())
        : new HubLineView(outputs.Error, quiet, clock);

    /// <summary>Runs a function and shows its progress.</summary>
    /// <param name="body">Called with this view as its observer.</param>
    /// <typeparam name="TResult">The result.</typeparam>
    public virtual TResult Watch<TResult>(Func<IHubObserver, TResult> body) => body(this);

    /// <inheritdoc/>
    public abstract void FileAdvanced(string file, long done, long total);

    /// <inheritdoc/>
    public abstract void Noted(string message);
}
