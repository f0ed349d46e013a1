using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// One token per character (Unicode scalar value). Id 0 ends a sequence; the characters follow in the order given.
/// </summary>
public sealed class CharacterTokenizer : ITokenizer, IEquatable<CharacterTokenizer>
{
    /// <summary>Name of the end-of-sequence token in tokenizer.json.</summary>
    public const string EndOfSequenceName = "<eos>";

    private readonly Rune[] _runes;
    private readonly Dictionary<Rune, int> _ids;

    /// <summary>A tokenizer over some characters.</summary>
    /// <param name="characters">The characters, each once.</param>
    /// <exception cref="ArgumentException">There is none, one occurs twice, or one is half of a surrogate pair.</exception>
    public CharacterTokenizer(string characters)
    {
        if (TryFindProblem(characters, out string found))
        {
            throw new ArgumentException($"The characters of a tokenizer must each occur once; found {found}.", nameof(characters));
        }

        _runes = [.. characters.EnumerateRunes()];
        _ids = _runes.Select((rune, index) => (rune, index)).ToDictionary(pair => pair.rune, pair => pair.index + 1);
    }

    /// <inheritdoc/>
    public int VocabularySize => _runes.Length + 1;

    /// <inheritdoc/>
    public int EndOfSequence => 0;

    /// <summary>The characters in the order of their ids.</summary>
    public string Characters => string.Concat(_runes);

    /// <summary>Checks whether characters can make a tokenizer, and if not, why.</summary>
    /// <param name="characters">The characters.</param>
    /// <param name="found">The problem; empty if there is none.</param>
    public static bool TryFindProblem(string characters, out string found)
    {
        found = characters.Length == 0 ? "no characters" : "";
        var seen = new HashSet<Rune>();
        for (int i = 0; i < characters.Length && found.Length == 0;)
        {
            if (!Rune.TryGetRuneAt(characters, i, out Rune rune))
            {
                found = string.Create(CultureInfo.InvariantCulture, $"half of a surrogate pair at position {i + 1}");
                break;
            }

            found = seen.Add(rune) ? "" : $"{Inputs.Characters.Describe(rune)} twice";
            i += rune.Utf16SequenceLength;
        }

        return found.Length > 0;
    }

    /// <inheritdoc/>
    public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
    {
        ArgumentNullException.ThrowIfNull(text);
        var encoded = new List<int>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out Rune rune) || !_ids.TryGetValue(rune, out int id))
            {
                (tokens, firstUnknown) = ([], i);
                return false;
            }

            encoded.Add(id);
            i += rune.Utf16SequenceLength;
        }

        (tokens, firstUnknown) = ([.. encoded], -1);
        return true;
    }

    /// <inheritdoc/>
    public int[] Encode(string text) => TryEncode(text, out int[] tokens, out int firstUnknown)
        ? tokens
        : throw new ArgumentException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Character {firstUnknown + 1} of \"{text}\" has no token; known are \"{Characters}\"."),
            nameof(text));

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        foreach (int id in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(tokens));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(id, _runes.Length, nameof(tokens));
            if (id != EndOfSequence)
            {
                text.Append(_runes[id - 1]);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"character tokenizer, {VocabularySize} tokens: {EndOfSequenceName} {Characters}");

    /// <inheritdoc/>
    public string ToJson() => TokenizerFile.Write(writer =>
    {
        writer.WriteString("type", TokenizerFile.CharacterType);
        writer.WriteStartArray("tokens");
        writer.WriteStringValue(EndOfSequenceName);
        foreach (Rune rune in _runes)
        {
            writer.WriteStringValue(rune.ToString());
        }

        writer.WriteEndArray();
    });

    /// <inheritdoc/>
    public bool Equals(CharacterTokenizer? other) => other is not null && _runes.AsSpan().SequenceEqual(other._runes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CharacterTokenizer);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Characters, StringComparison.Ordinal);
}
