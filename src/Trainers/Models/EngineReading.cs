using RlCore.Engines;

namespace RlCore.Trainers.Models;

/// <summary>Reads tensors into new arrays.</summary>
internal static class EngineReading
{
    /// <summary>A copy of a tensor's values, row-major.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="x">The tensor.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static float[] Read<T>(this IEngine<T> engine, T x)
        where T : struct, ITensor<T>
    {
        var values = new float[x.Rows * x.Columns];
        engine.Read(x, values);
        return values;
    }
}
