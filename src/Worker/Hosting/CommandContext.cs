using Microsoft.Extensions.Options;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Hub;
using RlCore.Worker.Views;

namespace RlCore.Worker.Hosting;

/// <summary>The context of a command.</summary>
internal sealed class CommandContext(
    IOptions<WorkerOptions> options,
    ChosenEngine engine,
    Outputs outputs,
    Interrupts interrupts,
    TimeProvider clock)
{
    /// <summary>The configuration.</summary>
    public WorkerOptions Options => options.Value;

    /// <summary>The engine chosen by the configuration.</summary>
    public ChosenEngine Engine => engine;

    /// <summary>Where results and problems are written.</summary>
    public Outputs Outputs => outputs;

    /// <summary>Ctrl+C, for a command that takes it.</summary>
    public Interrupts Interrupts => interrupts;

    /// <summary>Where results are written.</summary>
    public TextWriter Output => outputs.Output;

    /// <summary>A view that shows progress.</summary>
    public RunView NewView() => RunView.Create(outputs, Options.Quiet, clock);

    /// <summary>The folder of a model, which is downloaded while its progress is shown; see <see cref="ModelHub.Resolve"/>.</summary>
    /// <param name="from">A folder, or <c>org/name[@revision]</c>.</param>
    /// <param name="stop">Stops the download.</param>
    public string FindModel(string from, CancellationToken stop) => ModelName.IsMeant(from)
        ? NewHubView().Watch(view => ModelHub.OfSystem.Resolve(from, view, stop))
        : from;

    /// <summary>A view that shows the download of a model.</summary>
    public HubView NewHubView() => HubView.Create(Outputs, Options.Quiet, clock);
}
