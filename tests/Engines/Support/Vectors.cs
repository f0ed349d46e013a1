using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RlCore.Engines.Tests;

/// <summary>Reads conformance vectors: tensors are {"shape", "data"}, and "-Infinity" is a string.</summary>
public static class Vectors
{
    public static IEnumerable<JsonElement> Cases(string name)
    {
        string path = Path.Combine(Folder(), name + ".json");
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("cases").EnumerateArray();
    }

    public static double[] Data(this JsonElement element, string name) =>
        [.. Elements(element.GetProperty(name)).Select(Number)];

    public static double[][] Rows(this JsonElement element, string name)
    {
        int columns = element.GetProperty(name).GetProperty("shape").EnumerateArray().Last().GetInt32();
        return [.. element.Data(name).Chunk(columns)];
    }

    public static double Number(this JsonElement element, string name) => Number(element.GetProperty(name));

    private static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
            ? double.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture)
            : value.GetDouble();

    private static JsonElement.ArrayEnumerator Elements(JsonElement value) =>
        (value.ValueKind == JsonValueKind.Array ? value : value.GetProperty("data")).EnumerateArray();

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "vectors");
}

/// <summary>torch.optim.AdamW and clip_grad_norm_ of PyTorch 1.13.1, run in float64.</summary>
public static class AdamWVectors
{
    public static IEnumerable<Case> Cases => Vectors.Cases("adamw_torch")
        .Where(test => !test.GetProperty("inputs").GetProperty("amsgrad").GetBoolean())
        .Select((test, index) =>
        {
            var (inputs, expected) = (test.GetProperty("inputs"), test.GetProperty("expected"));
            var clipped = expected.GetProperty("adamw_clipped");
            return new Case(
                $"{index}",
                inputs.Data("initial_parameters"),
                inputs.Rows("gradients"),
                inputs.Number("lr"),
                inputs.Number("beta1"),
                inputs.Number("beta2"),
                inputs.Number("eps"),
                inputs.Number("weight_decay"),
                inputs.Number("max_norm"),
                expected.GetProperty("adamw").Rows("parameters_after_each_step"),
                clipped.Rows("parameters_after_each_step"),
                clipped.Data("norm_before_clipping"));
        });

    public sealed record Case(
        string Name,
        double[] Start,
        double[][] Gradients,
        double LearningRate,
        double Beta1,
        double Beta2,
        double Epsilon,
        double WeightDecay,
        double MaxNorm,
        double[][] Plain,
        double[][] Clipped,
        double[] Norms);
}
