using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace RlCore.Worker.Serving;

/// <summary>A request that is not answered, in OpenAI's form.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="type">OpenAI's type of the error.</param>
/// <param name="message">What was found, and what was expected.</param>
/// <param name="parameter">The part of the request; null for none.</param>
/// <param name="code">OpenAI's code; null for none.</param>
internal sealed class ApiException(int status, string type, string message, string? parameter = null, string? code = null)
    : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>A request that says what it may not.</summary>
    /// <param name="parameter">The part of the request; null for all of it.</param>
    /// <param name="message">What was found, and what was expected.</param>
    /// <param name="code">OpenAI's code; null for none.</param>
    public static ApiException BadRequest(string? parameter, string message, string? code = null) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", message, parameter, code);

    /// <summary>The body of the answer.</summary>
    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject { ["message"] = Message, ["type"] = type, ["param"] = parameter, ["code"] = code },
    };
}
