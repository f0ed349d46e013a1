namespace RlCore.Worker;

/// <summary>How the user runs this program, for suggested commands.</summary>
internal static class CommandName
{
    // A tool's package keeps its files in tools/net10.0/any.
    private static bool IsLocalTool => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)) == "any";

    /// <summary>
    /// "rlcore" for a global tool, "dotnet rlcore" for a local tool; otherwise the command from a clone of the repository.
    /// </summary>
    public static string Current { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "rlcore" ? "rlcore"
        : IsLocalTool ? "dotnet rlcore"
        : "dotnet run -c Release --project src/Worker --";
}
