using Microsoft.Extensions.Logging;

namespace RlCore.Trainers.Hosting;

/// <summary>A log for reading at a console: progress goes to one output, warnings and errors to the other.</summary>
/// <param name="output">Where progress is written.</param>
/// <param name="error">Where warnings and errors are written.</param>
internal sealed class ConsoleLog(TextWriter output, TextWriter error) : ILogger<LogReporter>
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
        {
            string kind = logLevel switch { LogLevel.Information => "", LogLevel.Warning => "warning: ", _ => "error: " };
            string cause = exception is null ? "" : $"\n{exception}";
            (logLevel == LogLevel.Information ? output : error).WriteLine($"{kind}{formatter(state, exception)}{cause}");
        }
    }
}
