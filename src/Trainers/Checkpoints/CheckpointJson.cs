using System.Text.Json;
using System.Text.Json.Serialization;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// How records are written as JSON in checkpoints and run folders: camelCase, indented, with line feeds, and read strictly.
/// </summary>
internal static class CheckpointJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static string Print<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";
}
