using RlCore.Trainers.Inputs;

namespace RlCore.Worker;

/// <summary>How problems of what a person gave are written.</summary>
internal static class ErrorReport
{
    /// <summary>Writes a line a problem.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(InputException problem, TextWriter error)
    {
        foreach (string line in problem.Message.Split('\n'))
        {
            error.WriteLine($"error: {line}");
        }

        return ExitCodes.BadInput;
    }
}
