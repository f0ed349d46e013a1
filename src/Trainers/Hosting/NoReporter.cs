using RlCore.Engines;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>The reporter of a process that another one speaks for, until that one is lost.</summary>
/// <param name="reporter">Reports the loss, if this process is the one to tell it.</param>
internal sealed class NoReporter(ITrainingReporter reporter) : ITrainingReporter
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
        if (failure is ProcessFailedException { IsToldHere: true })
        {
            reporter.Failed(failure);
        }
    }
}
