using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

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

    /// <summary>Too many requests wait.</summary>
    public static ApiException QueueFull() => new(
        StatusCodes.Status429TooManyRequests,
        "rate_limit_error",
        "The queue is full. Ask again in a moment; with --queue more requests wait.",
        code: "queue_full");

    /// <summary>A text that the model cannot read.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="parameter">The part of the request.</param>
    /// <param name="text">The text.</param>
    /// <param name="unknown">Index of the first character that has no token.</param>
    public static ApiException NoToken(ITokenizer tokenizer, string parameter, string text, int unknown) => BadRequest(
        parameter,
        $"Character {unknown + 1} of {parameter}, {Characters.At(text, unknown)}, has no token: the model has a {tokenizer.Describe()}.");

    /// <summary>The body of the answer.</summary>
    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject { ["message"] = Message, ["type"] = type, ["param"] = parameter, ["code"] = code },
    };
}
