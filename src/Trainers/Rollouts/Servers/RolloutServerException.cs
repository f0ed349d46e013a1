namespace RlCore.Trainers.Rollouts;

/// <summary>The servers that draw completions cannot be used; the step has updated nothing.</summary>
public sealed class RolloutServerException : Exception
{
    /// <summary>An exception without a message.</summary>
    public RolloutServerException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">Which server, what it said, and what would help.</param>
    public RolloutServerException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and its cause.</summary>
    /// <param name="message">Which server, what it said, and what would help.</param>
    /// <param name="innerException">The cause.</param>
    public RolloutServerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
