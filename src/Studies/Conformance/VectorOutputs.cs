namespace RlCore.Studies.Conformance;

/// <summary>The results of the library for one case, by the path of the expected field.</summary>
internal sealed class VectorOutputs
{
    /// <summary>Stands between the names of a nested field.</summary>
    public const string Separator = " > ";

    private readonly Dictionary<string, double[]> _values = [];
    private readonly Dictionary<string, double> _rounding = [];

    /// <summary>Tolerance of this case.</summary>
    public Tolerance Tolerance { get; set; } = ConformanceRunner.Usual;

    /// <summary>Sets the value of a field.</summary>
    public double this[params string[] path]
    {
        set => _values[string.Join(Separator, path)] = [value];
    }

    /// <summary>Sets the values of a field.</summary>
    public void Set(IEnumerable<double> values, params string[] path) => _values[string.Join(Separator, path)] = [.. values];

    /// <summary>States how far rounding alone can move a field that divides a difference by a small number.</summary>
    public void Round(double bound, params string[] path) => _rounding[string.Join(Separator, path)] = bound;

    /// <summary>The tolerance of the case, or what rounding asks for if that is more.</summary>
    public Tolerance ToleranceOf(string path) => Tolerance.Or(new(0, _rounding.GetValueOrDefault(path)));

    /// <summary>The values of a field, if it was computed.</summary>
    public bool TryGet(string path, out double[] values)
    {
        bool found = _values.TryGetValue(path, out double[]? stored);
        values = stored ?? [];
        return found;
    }
}
