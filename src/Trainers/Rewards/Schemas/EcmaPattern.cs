using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A regular expression of ECMA-262 with the flag u, as JSON Schema has them. It is matched in linear time, unless it looks around or
/// back: then the time that it may take is a part of the work of a check.
/// </summary>
internal sealed class EcmaPattern
{
    // What matching costs: characters for one check, and checks for a millisecond of a match that may take exponential time.
    private const int CharactersPerCheck = 32;
    /// <summary>The longest pattern that is read, as what is made of one takes thousands of bytes for each character.</summary>
    public const int MostCharacters = 2000;

    private const long ChecksPerMillisecond = SchemaRun.Limit / 1000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly Regex _regex;
    private readonly bool _isLinear;

    private EcmaPattern(Regex regex, bool isLinear) => (_regex, _isLinear) = (regex, isLinear);

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="pattern">What it matches; null if it cannot be used.</param>
    /// <param name="problem">Why not; empty if it can.</param>
    public static bool TryRead(string text, out EcmaPattern? pattern, out string problem)
    {
        pattern = null;
        if (text.Length > MostCharacters)
        {
            problem = $"it has {text.Length} characters, and at most {MostCharacters} are read";
            return false;
        }

        if (!EcmaPatternReader.TryTranslate(text, out string translated, out bool isLinear, out problem))
        {
            return false;
        }

        try
        {
            RegexOptions options = RegexOptions.CultureInvariant | (isLinear ? RegexOptions.NonBacktracking : RegexOptions.None);
            pattern = new EcmaPattern(new Regex(translated, options, isLinear ? Regex.InfiniteMatchTimeout : Timeout), isLinear);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            // The second is thrown for a pattern whose repetitions make it too large.
            problem = error.Message.TrimEnd('.');
        }

        return pattern is not null;
    }

    /// <summary>Whether the pattern matches some part of a text.</summary>
    /// <param name="run">The check that asks.</param>
    /// <param name="text">The text.</param>
    public bool IsMatch(SchemaRun run, string text)
    {
        if (!run.Spend(1 + (text.Length / CharactersPerCheck)))
        {
            return false;
        }

        if (_isLinear)
        {
            return _regex.IsMatch(text);
        }

        long start = Stopwatch.GetTimestamp();
        bool matches = false;
        try
        {
            matches = _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // Its time is more than the whole check may take.
            run.Spend(SchemaRun.Limit);
        }

        return run.Spend((long)Stopwatch.GetElapsedTime(start).TotalMilliseconds * ChecksPerMillisecond) && matches;
    }
}
