using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>The values of a model's parameters.</summary>
public static class NamedParameters
{
    /// <summary>A copy of their values, row-major, by name.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="engine">The engine that owns them.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static IReadOnlyDictionary<string, float[]> Read<T>(this IEnumerable<NamedParameter<T>> parameters, IEngine<T> engine)
        where T : struct, ITensor<T> => parameters.ToDictionary(p => p.Name, p => engine.Read(p.Value));

    /// <summary>A copy of them in checkpoint form.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="engine">The engine that owns them.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static IReadOnlyDictionary<string, TensorData> Export<T>(
        this IEnumerable<NamedParameter<T>> parameters,
        IEngine<T> engine)
        where T : struct, ITensor<T> =>
            parameters.ToDictionary(
                p => p.Name,
                TensorData (p) => new SafetensorsTensor([p.Value.Rows, p.Value.Columns], engine.Read(p.Value)));

    /// <summary>Overwrites their values.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="engine">The engine that owns them.</param>
    /// <param name="values">Values by name.</param>
    /// <exception cref="ArgumentException">A value is missing or has the wrong size.</exception>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static void Write<T>(
        this IEnumerable<NamedParameter<T>> parameters,
        IEngine<T> engine,
        IReadOnlyDictionary<string, float[]> values)
        where T : struct, ITensor<T>
    {
        foreach (var parameter in parameters)
        {
            engine.Write(parameter.Value, Take(values, parameter.Name, parameter.Value.Rows, parameter.Value.Columns));
        }
    }

    internal static WeightTensor Take(IReadOnlyDictionary<string, TensorData> weights, string name, int rows, int columns)
    {
        if (!weights.TryGetValue(name, out TensorData? found))
        {
            throw new ArgumentException($"The weights lack '{name}' [{rows}, {columns}].", nameof(weights));
        }

        return found.Count == (long)rows * columns
            ? new WeightTensor(found, rows, columns, name)
            : throw new ArgumentException(
                $"'{name}' has {found.Count} values; [{rows}, {columns}] needs {(long)rows * columns}.",
                nameof(weights));
    }

    internal static float[] Take(IReadOnlyDictionary<string, float[]> values, string name, int rows, int columns)
    {
        if (!values.TryGetValue(name, out var found))
        {
            throw new ArgumentException($"The weights lack '{name}' [{rows}, {columns}].", nameof(values));
        }

        return found.Length == rows * columns
            ? found
            : throw new ArgumentException(
                $"'{name}' has {found.Length} values; [{rows}, {columns}] needs {rows * columns}.",
                nameof(values));
    }
}
