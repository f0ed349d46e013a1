using System.Text.Json;

namespace RlCore.Trainers.Tokenizers;

/// <summary>What a chat template is given besides the messages.</summary>
public sealed record ChatOptions
{
    /// <summary>Whether the text goes on to where the assistant begins to write.</summary>
    /// <value>false.</value>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>The functions that the model may call, as a JSON list of their schemas; null for none.</summary>
    /// <value>null.</value>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents to answer from, as a JSON list; null for none.</summary>
    /// <value>null.</value>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables that a template reads, such as <c>enable_thinking</c>. They go before the others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The time of templates that write the date.</summary>
    /// <value>The system's.</value>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
