using System.Diagnostics;

namespace RlCore.Facade.Tests;

/// <summary>Runs programs as a person at a shell does.</summary>
internal static class Dotnet
{
    /// <summary>Runs <c>dotnet</c>; it must succeed.</summary>
    /// <returns>Its output.</returns>
    public static string Run(string folder, params string[] arguments) => Execute("dotnet", folder, arguments);

    /// <summary>Runs a program; it must succeed.</summary>
    /// <returns>Its output.</returns>
    public static string Execute(string program, string folder, params string[] arguments)
    {
        (int code, string output, string error) = TryExecute(program, folder, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} in {folder} ended with {code}:\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    public static (int ExitCode, string Output, string Error) TryExecute(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        string[] variables = [.. start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))];
        foreach (string variable in variables)
        {
            start.Environment.Remove(variable);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
