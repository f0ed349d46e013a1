using System.Globalization;
using Microsoft.Extensions.Configuration;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hosting;

/// <summary>Reads the values of a configuration; continues after a problem and collects them all.</summary>
/// <param name="configuration">The configuration, or a section of one.</param>
/// <param name="describe">The user's name for a key: "Training:Threads", "--threads (or RLCORE_THREADS)".</param>
public sealed class ConfigurationReader(IConfiguration configuration, Func<string, string> describe)
{
    private readonly List<InputProblem> _problems = [];

    /// <summary>A text.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="fallback">The value used without it.</param>
    public string Text(string key, string fallback) => configuration[key] is { Length: > 0 } text ? text : fallback;

    /// <summary>A list of texts; a single text stands for a list with one item.</summary>
    /// <param name="key">Its key.</param>
    public IReadOnlyList<string> Texts(string key)
    {
        string[] items = [.. configuration.GetSection(key).GetChildren().Select(child => child.Value).OfType<string>()];
        return items.Length == 0 && configuration[key] is { Length: > 0 } single ? [single] : items;
    }

    /// <summary>A true or false value; false without it.</summary>
    /// <param name="key">Its key.</param>
    public bool Flag(string key) => Parse(key, false, _ => true, "true or false");

    /// <summary>A value.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="fallback">The value used without it, or when it is rejected.</param>
    /// <param name="accepts">Whether a value is in range.</param>
    /// <param name="expected">What is expected, for the error message.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public T Parse<T>(string key, T fallback, Predicate<T> accepts, string expected)
        where T : IParsable<T>
    {
        ArgumentNullException.ThrowIfNull(accepts);
        string text = Text(key, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (T.TryParse(text, CultureInfo.InvariantCulture, out T? value) && accepts(value))
        {
            return value;
        }

        Refuse(key, text, expected);
        return fallback;
    }

    /// <summary>Records that a value cannot be used.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="found">What it is.</param>
    /// <param name="expected">What is expected.</param>
    public void Refuse(string key, string found, string expected) =>
        _problems.Add(new InputProblem(describe(key), 0, "", Characters.Quote(found), expected));

    /// <summary>Finishes reading.</summary>
    /// <exception cref="InputException">There were problems, which are all listed.</exception>
    public void Complete()
    {
        if (_problems.Count > 0)
        {
            throw new InputException(_problems);
        }
    }
}
