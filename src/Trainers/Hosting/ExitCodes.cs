namespace RlCore.Trainers.Hosting;

/// <summary>The exit codes of a training program.</summary>
public static class ExitCodes
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>An internal error, not caused by any input.</summary>
    public const int Failed = 1;

    /// <summary>A file, an option or a setting cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl+C (128 + SIGINT), after a checkpoint.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGTERM (128 + SIGTERM), after a checkpoint.</summary>
    public const int Terminated = 143;
}
