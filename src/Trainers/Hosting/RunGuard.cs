using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Hosting;

/// <summary>A failure that a person can do something about, as they are told of it.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Messages">What is wrong: one message per problem.</param>
public sealed record RunFailure(int ExitCode, IReadOnlyList<string> Messages)
{
    /// <summary>The failure that an exception stands for.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="known">What to tell.</param>
    /// <returns>Whether it is one; otherwise it is a fault of the program.</returns>
    public static bool TryRead(Exception failure, out RunFailure known)
    {
        known = failure switch
        {
            InputException problems => new RunFailure(ExitCodes.BadInput, problems.Message.Split('\n')),
            RewardFailedException or IOException or UnauthorizedAccessException => new RunFailure(ExitCodes.BadInput, [failure.Message]),
            TrainingDivergedException => new RunFailure(ExitCodes.Failed, [failure.Message]),
            _ => new RunFailure(ExitCodes.Failed, []),
        };
        return known.Messages.Count > 0;
    }
}

/// <summary>Turns whatever ends a piece of work into a report and an exit code.</summary>
public static class RunGuard
{
    /// <summary>Does the work.</summary>
    /// <param name="work">Returns the exit code.</param>
    /// <param name="report">Told of the exception that ended it, unless that is the stop that was asked for.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>The exit code; <see cref="ExitCodes.Interrupted"/> when it was stopped.</returns>
    public static int Run(Func<int> work, Action<Exception> report, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(report);
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
#pragma warning disable CA1031 // The last stop before the process ends: whatever it is becomes a message and an exit code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            report(failure);
            RunFailure.TryRead(failure, out RunFailure known);
            return known.ExitCode;
        }
    }
}
