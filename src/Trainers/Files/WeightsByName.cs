namespace RlCore.Trainers.Files;

/// <summary>Tensors of a file in the form that a model takes.</summary>
internal static class WeightsByName
{
    /// <summary>Values by name as tensors.</summary>
    /// <param name="weights">Row-major values by name.</param>
    public static IReadOnlyDictionary<string, TensorData> ToTensors(this IReadOnlyDictionary<string, float[]> weights) =>
        weights.ToDictionary(weight => weight.Key, TensorData (weight) => new SafetensorsTensor([weight.Value.Length], weight.Value));

    /// <summary>The values of each tensor, row-major, by its name.</summary>
    /// <param name="tensors">Tensors by name.</param>
    public static IReadOnlyDictionary<string, float[]> ToWeights(this IReadOnlyDictionary<string, TensorData> tensors) =>
        tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.ToArray());
}
