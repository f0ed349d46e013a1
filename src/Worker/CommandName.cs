namespace RlCore.Worker;

/// <summary>How a person calls this program, for the commands that it tells them to try.</summary>
internal static class CommandName
{
    // A tool's package keeps its files in tools/net10.0/any.
    private static bool IsLocalTool => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)) == "any";

    /// <summary>
    /// "rlcore" where it was called so, "dotnet rlcore" for a tool of a folder; else the way from a clone of the repository.
    /// </summary>
    public static string Current { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "rlcore" ? "rlcore"
        : IsLocalTool ? "dotnet rlcore"
        : "dotnet run -c Release --project src/Worker --";
}
