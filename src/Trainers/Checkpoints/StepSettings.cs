using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Checkpoints;

/// <summary>What is stored beside a process reward model, in reward.json: where the steps end that it scores.</summary>
internal sealed record StepSettings
{
    /// <summary>Name of the file.</summary>
    public const string FileName = TrainerState.Reward + ".json";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where a step ends.</summary>
    /// <value>Whole.</value>
    [Inline]
    public StepEnd StepEnd { get; init; } = new StepEnd.Whole();

    /// <summary>An end of steps as recipes write it, on one line.</summary>
    /// <param name="end">The end of steps.</param>
    public static string Describe(StepEnd end) =>
        JsonNode.Parse(SettingsWriter.Print(new StepSettings { StepEnd = end }))!.ToJsonString(Relaxed);

    /// <summary>Reads the file of a checkpoint; null if there is none.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <exception cref="Inputs.InputException">It is damaged.</exception>
    public static StepEnd? ReadFrom(string checkpoint)
    {
        string file = Path.Combine(checkpoint, FileName);
        return File.Exists(file)
            ? SettingsJson.Read(File.ReadAllText(file), file, new StepSettings(), "the steps that a reward model scores").StepEnd
            : null;
    }
}
