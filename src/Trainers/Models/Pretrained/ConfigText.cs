using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RlCore.Trainers.Models;

/// <summary>Writes the JSON of config.json and adapter_config.json as transformers and PEFT do.</summary>
internal static class ConfigText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text of a file.</summary>
    /// <param name="root">What it says.</param>
    public static string Print(JsonObject root) => root.ToJsonString(Options) + "\n";
}
