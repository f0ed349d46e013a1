namespace RlCore.Studies.Conformance;

/// <summary>The results of the library for one case, by the path of the expected field.</summary>
internal sealed class VectorOutputs
{
    /// <summary>Stands between the names of a nested field.</summary>
    public const string Separator = " > ";

    private readonly Dictionary<string, double[]> _values = [];

    /// <summary>Relative tolerance of this case.</summary>
    public double RelativeTolerance { get; set; } = 1e-9;

    /// <summary>Absolute tolerance of this case.</summary>
    public double AbsoluteTolerance { get; set; } = 1e-9;

    /// <summary>Sets the value of a field.</summary>
    public double this[params string[] path]
    {
        set => _values[string.Join(Separator, path)] = [value];
    }

    /// <summary>Sets the values of a field.</summary>
    public void Set(IEnumerable<double> values, params string[] path) => _values[string.Join(Separator, path)] = [.. values];

    /// <summary>The values of a field, if it was computed.</summary>
    public bool TryGet(string path, out double[] values)
    {
        bool found = _values.TryGetValue(path, out double[]? stored);
        values = stored ?? [];
        return found;
    }
}
