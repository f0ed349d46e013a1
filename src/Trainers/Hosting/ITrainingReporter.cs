using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>Tells a person of a training: at a console, in a log.</summary>
public interface ITrainingReporter
{
    /// <summary>The training begins.</summary>
    /// <param name="request">What runs, and where it is kept.</param>
    void Begin(RunRequest request);

    /// <summary>Runs the training and shows its progress.</summary>
    /// <param name="body">Trains; takes who watches.</param>
    RunSummary Watch(Func<IRunObserver, RunSummary> body);

    /// <summary>The training is done.</summary>
    /// <param name="request">What ran.</param>
    /// <param name="summary">What came of it.</param>
    void Finished(RunRequest request, RunSummary summary);

    /// <summary>The training was stopped, after a checkpoint.</summary>
    /// <param name="request">What ran.</param>
    void Stopped(RunRequest request);

    /// <summary>The training failed.</summary>
    /// <param name="failure">Why; <see cref="RunFailure.TryRead"/> says what to tell.</param>
    void Failed(Exception failure);
}
