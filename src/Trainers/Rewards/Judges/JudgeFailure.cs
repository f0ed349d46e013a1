using System.ClientModel;
using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>Thrown when a judge gives no verdict.</summary>
internal sealed class JudgeException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cause">The original exception.</param>
    /// <param name="isFinal">Whether every other request of the same batch would fail in the same way: a rejected key, an unknown
    /// model, a redirection, no server at the address.</param>
    public JudgeException(string message, Exception? cause, bool isFinal)
        : base(message, cause) => IsFinal = isFinal;

    /// <summary>Whether every other request of the same batch would fail in the same way.</summary>
    public bool IsFinal { get; }
}

/// <summary>Thrown when a reply is not what the protocol promises: truncated, too large, or something else. Others may be good.</summary>
/// <param name="message">What the reply is.</param>
internal sealed class OddReplyException(string message) : Exception(message);

/// <summary>Says what a failed request means.</summary>
internal static class JudgeFailure
{
    /// <summary>The failure of a request.</summary>
    /// <param name="failure">What the client threw.</param>
    /// <param name="options">How the endpoint was asked.</param>
    public static JudgeException Describe(Exception failure, JudgeOptions options)
    {
        Exception inner = Last(failure);
        return inner switch
        {
            JudgeException told => told,
            ClientResultException { Status: 401 or 403 } refused => new JudgeException(
                $"{options.Endpoint} refuses the "
                    + $"key{(options.KeyVariable.Length > 0 ? $" of the environment variable {options.KeyVariable}" : "")} "
                    + $"(status {refused.Status}).", failure, isFinal: true),
            ClientResultException { Status: 404 } missing => new JudgeException(
                $"{options.Endpoint} knows no model {options.Model}, or no chat completions (status 404: "
                    + $"{missing.Message.ReplaceLineEndings(" ")}).", failure, isFinal: true),
            ClientResultException { Status: > 0 } error => new JudgeException(
                $"{options.Endpoint} replied with status {error.Status} ({error.Message.ReplaceLineEndings(" ")}), even after "
                    + $"{options.Retries} retries where applicable.", failure, isFinal: false),
            OperationCanceledException or TimeoutException => new JudgeException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.Endpoint} did not reply within {options.Timeout:g3} s, even after {options.Retries} retries."),
                failure,
                isFinal: false),
            _ when IsUnreachable(inner) => new JudgeException(
                $"{options.Endpoint} cannot be reached: {inner.Message}", failure, isFinal: true),
            _ => new JudgeException(
                $"{options.Endpoint} gave no whole reply ({inner.Message.ReplaceLineEndings(" ")}), even after {options.Retries} retries "
                    + "where applicable.", failure, isFinal: false),
        };
    }

    /// <summary>How the last try of a request failed.</summary>
    /// <param name="failure">What the client threw.</param>
    public static Exception Last(Exception failure) =>
        failure is AggregateException { InnerExceptions: [.., var last] } ? last : failure;

    // A connection that is cut says nothing of the next one; one that cannot be made does.
    private static bool IsUnreachable(Exception failure) =>
        (failure as HttpRequestException ?? failure.InnerException as HttpRequestException) is
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
}
