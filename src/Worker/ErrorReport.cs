using RlCore.Trainers.Hosting;

namespace RlCore.Worker;

/// <summary>Writes failures.</summary>
internal static class ErrorReport
{
    /// <summary>Writes a line for each problem, or asks the user to report an internal error.</summary>
    public static void Write(Exception failure, TextWriter error)
    {
        if (!RunFailure.TryRead(failure, out RunFailure known))
        {
            error.WriteLine($"internal error: please report this:\n{failure}");
        }

        foreach (string message in known.Messages)
        {
            error.WriteLine($"error: {message}");
        }
    }
}
