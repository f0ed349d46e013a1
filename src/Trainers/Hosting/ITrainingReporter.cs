using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>Reports on a training to a person, at a console or in a log.</summary>
public interface ITrainingReporter
{
    /// <summary>The training begins.</summary>
    /// <param name="request">What runs, and where it is kept.</param>
    void Begin(RunRequest request);

    /// <summary>Runs the training and shows its progress.</summary>
    /// <param name="body">Trains; takes the observer.</param>
    RunSummary Watch(Func<IRunObserver, RunSummary> body);

    /// <summary>The training is done.</summary>
    /// <param name="request">What ran.</param>
    /// <param name="summary">The result.</param>
    void Finished(RunRequest request, RunSummary summary);

    /// <summary>The training was stopped after a checkpoint was written.</summary>
    /// <param name="request">What ran.</param>
    void Stopped(RunRequest request);

    /// <summary>The training failed.</summary>
    /// <param name="failure">The exception; <see cref="RunFailure.TryRead"/> turns it into messages.</param>
    void Failed(Exception failure);
}
