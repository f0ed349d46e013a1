using RlCore.Trainers.Hosting;

namespace RlCore.Worker;

/// <summary>How failures are written.</summary>
internal static class ErrorReport
{
    /// <summary>Writes a line for each problem, or asks for a report of a failure that no input explains.</summary>
    public static void Write(Exception failure, TextWriter error)
    {
        if (!RunFailure.TryRead(failure, out RunFailure known))
        {
            error.WriteLine($"error: rlcore failed, and that is its own mistake, not yours. Please report this:\n{failure}");
        }

        foreach (string message in known.Messages)
        {
            error.WriteLine($"error: {message}");
        }
    }
}
