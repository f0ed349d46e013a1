using System.Diagnostics;
using System.Globalization;
using RlCore.Trainers.Tests;

namespace RlCore.Worker.Tests.Processes;

/// <summary>The program in several processes, which Open MPI's mpirun starts.</summary>
internal static class Mpirun
{
    private const string Name = "mpirun";

    /// <summary>Skips a test where there is no mpirun; where the tests install programs for themselves, it is a failure.</summary>
    public static void Require()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Open MPI does not run on Windows.");
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, Name)));
        Assert.False(!isThere && Environment.GetEnvironmentVariable("CI") == "true", "No mpirun: install openmpi-bin.");
        Assert.SkipUnless(isThere, "No mpirun: install openmpi-bin.");
    }

    /// <summary>Starts the program.</summary>
    /// <param name="processes">Number of processes.</param>
    /// <param name="args">Its arguments.</param>
    public static Process Start(int processes, params string[] args) => Start([Name, "--oversubscribe"], processes, args);

    /// <summary>Starts the program.</summary>
    /// <param name="launcher">mpirun, with its options.</param>
    /// <param name="processes">Number of processes.</param>
    /// <param name="args">The program's arguments.</param>
    public static Process Start(IReadOnlyList<string> launcher, int processes, params string[] args)
    {
        var start = new ProcessStartInfo(
            launcher[0],
            [
                .. launcher.Skip(1), "-n", processes.ToString(CultureInfo.InvariantCulture), "dotnet", "exec",
                Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), .. args,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        // On a busy machine a second is too short for those that are left to say what has happened.
        start.Environment["OMPI_MCA_odls_base_sigkill_timeout"] = "4";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        return Process.Start(start) ?? throw new InvalidOperationException("mpirun did not start.");
    }

    /// <summary>Runs the program to its end.</summary>
    /// <param name="processes">Number of processes.</param>
    /// <param name="args">Its arguments.</param>
    public static async Task<Ending> RunAsync(int processes, params string[] args)
    {
        using Process process = Start(processes, args);
        return await EndAsync(process);
    }

    /// <summary>Waits for the end of the program.</summary>
    /// <param name="process">Made by <see cref="Start(int, string[])"/>.</param>
    public static async Task<Ending> EndAsync(Process process)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(stop), error = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        return new Ending(process.ExitCode, await output, await error);
    }

    /// <summary>Lines that the program itself has written as errors, and not mpirun.</summary>
    /// <param name="ending">How it ended.</param>
    public static string[] Errors(Ending ending) =>
        [.. (ending.Error + ending.Output).Split('\n').Where(line => line.StartsWith("error: ", StringComparison.Ordinal))];

    /// <summary>The process of a rank.</summary>
    /// <param name="process">Made by <see cref="Start(int, string[])"/>.</param>
    /// <param name="rank">Its rank.</param>
    public static Process Rank(Process process, int rank)
    {
        string parent = string.Create(CultureInfo.InvariantCulture, $"PPid:\t{process.Id}\n");
        return Rank(
            Directory.EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
                .Where(id => id > 0 && Text(id, "status").Contains(parent, StringComparison.Ordinal)),
            rank);
    }

    /// <summary>The process of a rank among some.</summary>
    /// <param name="ids">Their PIDs.</param>
    /// <param name="rank">Its rank.</param>
    public static Process Rank(IEnumerable<int> ids, int rank)
    {
        string own = string.Create(CultureInfo.InvariantCulture, $"OMPI_COMM_WORLD_RANK={rank}\0");
        return Process.GetProcessById(ids.First(id => Text(id, "environ").Contains(own, StringComparison.Ordinal)));
    }

    private static string Text(int id, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/{file}"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
