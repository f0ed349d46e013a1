using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>
/// The keys of a JSON object, each read by what knows its meaning. What nobody has read is a problem, so that no key is ignored by
/// mistake; a key that is null is absent. Problems are collected, and what is read in place of a wrong value is of no use.
/// </summary>
internal sealed class ConfigKeys
{
    private readonly JsonPart _root;
    private readonly List<InputProblem> _problems;
    private readonly HashSet<string> _left;

    /// <summary>The keys of an object.</summary>
    /// <param name="root">The object.</param>
    /// <param name="problems">Receives problems.</param>
    public ConfigKeys(JsonPart root, List<InputProblem> problems)
    {
        _root = root;
        _problems = problems;
        _left = root.Pairs().Where(pair => pair.Value.Exists).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a key has not been read and is not null.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => _left.Contains(key);

    /// <summary>A whole number of at least 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent; null if it must be there.</param>
    public int Count(string key, int? absent = null) => Read(key, absent is null, absent ?? 1, part => part.Count());

    /// <summary>A positive number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent; null if it must be there.</param>
    public double Number(string key, double? absent = null) => Read(key, absent is null, absent ?? 1, part => part.Positive());

    /// <summary>A number of at least 0 and below 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public double Fraction(string key, double absent) => Read(key, false, absent, part => part.Fraction());

    /// <summary>A truth value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public bool Flag(string key, bool absent) => Read(key, false, absent, part => part.Flag(absent));

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public string Text(string key, string absent) => Read(key, false, absent, part => part.Text());

    /// <summary>The texts of a list, or a text alone; empty where the key is absent.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string> Texts(string key) => Read(key, false, [], part => part.Texts());

    /// <summary>An object inside; null where the key is absent.</summary>
    /// <param name="key">The key.</param>
    public ConfigKeys? Object(string key) => Read<ConfigKeys?>(key, false, null, part => new ConfigKeys(part, _problems));

    /// <summary>A key that must have one of a few values, as others would change the model's mathematics.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    /// <param name="supported">The values, as JSON writes them.</param>
    public void Require(string key, string absent, params ReadOnlySpan<string> supported)
    {
        string found = _left.Remove(key) ? _root[key].Json : absent;
        if (!supported.Contains(found))
        {
            Report(_root[key].Refuse($"{string.Join(" or ", supported!)}, as nothing else is supported"));
        }
    }

    /// <summary>Keys that say nothing about the model's mathematics.</summary>
    /// <param name="keys">The keys.</param>
    public void Skip(IEnumerable<string> keys) => _left.ExceptWith(keys);

    /// <summary>
    /// Reports every key that nobody has read; those with a leading underscore are notes of the program that wrote the file.
    /// </summary>
    public void Finish()
    {
        foreach (string key in _left.Where(key => !key.StartsWith('_')).Order(StringComparer.Ordinal))
        {
            Report(_root[key].Refuse("no such key, as this program does not know whether it changes the mathematics"));
        }
    }

    /// <summary>Reports a problem of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public void Add(string key, string found, string expected) => _problems.Add(_root[key].Problem(found, expected));

    private void Report(InputException failure) => _problems.AddRange(failure.Problems);

    private T Read<T>(string key, bool isRequired, T absent, Func<JsonPart, T> read)
    {
        if (!_left.Remove(key) && !isRequired)
        {
            return absent;
        }

        try
        {
            return read(_root[key]);
        }
        catch (InputException failure)
        {
            Report(failure);
            return absent;
        }
    }
}
