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

    // Ids of the characters that are one char, 0 for those that have none; then ids of the others.
    private readonly int[] _ids;
    private readonly Dictionary<Rune, int> _pairs;

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
        _ids = new int[_runes.Where(rune => rune.IsBmp).Select(rune => rune.Value + 1).DefaultIfEmpty().Max()];
        _pairs = [];
        foreach (var (index, rune) in _runes.Index())
        {
            if (rune.IsBmp)
            {
                _ids[rune.Value] = index + 1;
            }
            else
            {
                _pairs.Add(rune, index + 1);
            }
        }
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
        tokens = new int[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int id = text[i] < _ids.Length ? _ids[text[i]] : 0;
            if (id == 0 && !TryFindPair(text, i, out id))
            {
                (tokens, firstUnknown) = ([], i);
                return false;
            }

            tokens[count++] = id;
            i += char.IsHighSurrogate(text[i]) ? 1 : 0;
        }

        Array.Resize(ref tokens, count);
        firstUnknown = -1;
        return true;
    }

    bool ITokenizer.TryEncodeContinuation(string text, out int[] tokens, out int firstUnknown) =>
        TryEncode(text, out tokens, out firstUnknown);

    private bool TryFindPair(string text, int place, out int id)
    {
        id = 0;
        return _pairs.Count > 0 && Rune.TryGetRuneAt(text, place, out Rune rune) && _pairs.TryGetValue(rune, out id);
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
