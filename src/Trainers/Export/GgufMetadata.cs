namespace RlCore.Trainers.Export;

/// <summary>The key–value pairs of a GGUF file, in the order in which they were added.</summary>
internal sealed class GgufMetadata
{
    private readonly List<KeyValuePair<string, object>> _pairs = [];

    /// <summary>The pairs: texts, whole and floating-point numbers, truth values and lists of them.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Pairs => _pairs;

    /// <summary>Adds a text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Add(string key, string value) => _pairs.Add(new(key, value));

    /// <summary>Adds a whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, at least 0.</param>
    public void Add(string key, int value) => _pairs.Add(new(key, checked((uint)value)));

    /// <summary>Adds a number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; the format has 32-bit floating point.</param>
    public void Add(string key, double value) => _pairs.Add(new(key, (float)value));

    /// <summary>Adds a truth value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Add(string key, bool value) => _pairs.Add(new(key, value));

    /// <summary>Adds a list of texts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">The values.</param>
    public void Add(string key, IReadOnlyList<string> values) => _pairs.Add(new(key, values));

    /// <summary>Adds a list of numbers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">The values.</param>
    public void Add(string key, IReadOnlyList<float> values) => _pairs.Add(new(key, values));

    /// <summary>Adds a list of whole numbers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">The values.</param>
    public void Add(string key, IReadOnlyList<int> values) => _pairs.Add(new(key, values));
}
