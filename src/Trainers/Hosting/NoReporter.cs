using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>The reporter of a process that another one speaks for.</summary>
internal sealed class NoReporter : ITrainingReporter
{
    /// <inheritdoc/>
    public void Begin(RunRequest request)
    {
    }

    /// <inheritdoc/>
    public RunSummary Watch(Func<IRunObserver, RunSummary> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return body(new NoObserver());
    }

    /// <inheritdoc/>
    public void Finished(RunRequest request, RunSummary summary)
    {
    }

    /// <inheritdoc/>
    public void Stopped(RunRequest request)
    {
    }

    /// <inheritdoc/>
    public void Failed(Exception failure)
    {
    }
}
