using System.Diagnostics;
using System.Text;

namespace RlCore.Seeded;

/// <summary>How another program ended.</summary>
/// <param name="Code">Its exit code; null when it had not ended in time.</param>
/// <param name="Output">What it wrote, errors included.</param>
/// <param name="Time">How long it ran.</param>
internal sealed record ToolResult(int? Code, string Output, TimeSpan Time);

/// <summary>Runs other programs.</summary>
internal static class Tool
{
    /// <summary>Runs a program, and ends it with all its children when it takes longer than allowed.</summary>
    public static ToolResult Run(string folder, TimeSpan most, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["UseSharedCompilation"] = "true";
        // This program may itself have been started by a build, whose settings are not those of the builds of the copy.
        string[] inherited = [.. start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))];
        foreach (string variable in inherited)
        {
            start.Environment.Remove(variable);
        }

        var text = new StringBuilder();
        var watch = Stopwatch.StartNew();
        using var process = new Process { StartInfo = start };
        var ends = new CountdownEvent(2);
        process.OutputDataReceived += (_, line) => Append(text, line.Data, ends);
        process.ErrorDataReceived += (_, line) => Append(text, line.Data, ends);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(most);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
        }

        // Builds leave servers behind that keep the pipes open: the rest of the output is waited for only a little.
        ends.Wait(TimeSpan.FromSeconds(5));
        lock (text)
        {
            return new ToolResult(ended ? process.ExitCode : null, text.ToString(), watch.Elapsed);
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <exception cref="SeededBugException">It failed, or took too long; the message ends with what it wrote.</exception>
    public static ToolResult Require(string folder, TimeSpan most, string program, params string[] arguments)
    {
        ToolResult result = Run(folder, most, program, arguments);
        return result.Code == 0
            ? result
            : throw new SeededBugException(
                $"{program} {string.Join(' ', arguments)} in {folder} ended with {result.Code?.ToString() ?? "no result in time"}:\n"
                + result.Output);
    }

    private static void Append(StringBuilder text, string? line, CountdownEvent ends)
    {
        if (line is null)
        {
            ends.Signal();
            return;
        }

        lock (text)
        {
            text.AppendLine(line);
        }
    }
}
