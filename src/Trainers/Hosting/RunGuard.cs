using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Hosting;

/// <summary>A failure that the user can fix, as it is reported.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Messages">One message per problem.</param>
internal sealed record RunFailure(int ExitCode, IReadOnlyList<string> Messages)
{
    /// <summary>The failure that an exception represents.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="known">The failure to report.</param>
    /// <returns>Whether it is such a failure; otherwise it is an internal error.</returns>
    public static bool TryRead(Exception failure, out RunFailure known)
    {
        known = failure switch
        {
            InputException problems => new RunFailure(ExitCodes.BadInput, problems.Message.Split('\n')),
            RewardFailedException or RolloutServerException or IOException or UnauthorizedAccessException =>
                new RunFailure(ExitCodes.BadInput, [failure.Message]),
            ProcessFailedException failed => new RunFailure(ExitCodeOf(failed), failed.Message.Split('\n')),
            TrainingDivergedException => new RunFailure(ExitCodes.Failed, [failure.Message]),
            _ => new RunFailure(ExitCodes.Failed, []),
        };
        return known.Messages.Count > 0;
    }

    // A process that cannot join the others, and one that cannot use its input, are the user's to mend.
    private static int ExitCodeOf(ProcessFailedException failed) => failed.Kind switch
    {
        nameof(InputException) or nameof(RewardFailedException) or nameof(IOException) or nameof(UnauthorizedAccessException) =>
            ExitCodes.BadInput,
        "" when failed.Rank < 0 => ExitCodes.BadInput,
        _ => ExitCodes.Failed,
    };
}

/// <summary>Turns any exception that ends a task into a report and an exit code.</summary>
internal static class RunGuard
{
    /// <summary>Does the work.</summary>
    /// <param name="work">Returns the exit code.</param>
    /// <param name="report">Called with the exception that ended it, unless that is the requested cancellation.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>The exit code; <see cref="ExitCodes.Interrupted"/> if it was stopped.</returns>
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
#pragma warning disable CA1031 // The last handler before the process ends: every exception becomes a message and an exit code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            report(failure);
            RunFailure.TryRead(failure, out RunFailure known);
            return known.ExitCode;
        }
    }
}
