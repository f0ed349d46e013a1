using System.Diagnostics;

namespace RlCore.Campaigns;

/// <summary>The worker in a process of its own, as a user starts it.</summary>
internal static class WorkerProcess
{
    /// <summary>Starts a training.</summary>
    /// <param name="recipe">The recipe's file.</param>
    /// <param name="output">The run's folder.</param>
    /// <param name="resumes">Whether it goes on.</param>
    public static Process Train(string recipe, string output, bool resumes)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), "train", recipe, "--output", output,
                "--threads", "1", "--quiet",
                .. resumes ? ["--resume"] : Array.Empty<string>(),
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new CampaignException("the worker did not start");
    }

    /// <summary>What went wrong, if the process has ended with anything but 0.</summary>
    /// <param name="process">A process that has ended.</param>
    /// <param name="error">What it wrote to standard error.</param>
    /// <exception cref="CampaignException">It has not ended well.</exception>
    public static void RequireDone(Process process, string error)
    {
        if (process.ExitCode != 0)
        {
            throw new CampaignException($"the worker ended with {process.ExitCode}: {error.Trim()}");
        }
    }
}
