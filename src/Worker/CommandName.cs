namespace RlCore.Worker;

/// <summary>How a person calls this program, for the commands that it tells them to try.</summary>
internal static class CommandName
{
    /// <summary>"rlcore" where it was called so; else the way from a clone of the repository.</summary>
    public static string Current { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "rlcore"
        ? "rlcore"
        : "dotnet run -c Release --project src/Worker --";
}
