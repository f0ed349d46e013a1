namespace RlCore.Trainers.Files;

/// <summary>Tensors of a file in the form that a model takes.</summary>
internal static class WeightsByName
{
    /// <summary>The values of each tensor, row-major, by its name.</summary>
    /// <param name="tensors">Tensors by name.</param>
    public static IReadOnlyDictionary<string, float[]> ToWeights(this IReadOnlyDictionary<string, SafetensorsTensor> tensors) =>
        tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Values);
}
