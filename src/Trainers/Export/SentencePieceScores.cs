using System.Globalization;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>
/// llama.cpp's SentencePiece tokenizer joins two neighbours whenever their text together is a token, those with the highest score first.
/// With the score −(rank of the first merge into a token) it does what the merges of tokenizer.json do, as long as each token may be
/// joined from every two tokens that spell it, and the merges into one token follow each other.
/// </summary>
internal static class SentencePieceScores
{
    /// <summary>The score of each token.</summary>
    /// <param name="source">The tokenizer.</param>
    /// <param name="table">Its tokens.</param>
    /// <exception cref="InputException">llama.cpp would not tokenize as the merges do.</exception>
    public static float[] Create(TokenizerSource source, GgufTokens table)
    {
        RequireBytes(source);
        Dictionary<string, int> ranks = Ranks(source);
        RequireEverySplit(source, table, ranks);
        return [.. table.Texts.Select(text => -(float)ranks.GetValueOrDefault(text, source.Merges.Count))];
    }

    // The rank of the first merge into each text.
    private static Dictionary<string, int> Ranks(TokenizerSource source)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        string last = "";
        for (int i = 0; i < source.Merges.Count; i++)
        {
            string text = source.Merges[i].Left + source.Merges[i].Right;
            if (!ranks.TryAdd(text, i) && text != last)
            {
                throw Refuse(
                    source,
                    $"two merges into {Characters.Quote(text)}, at {ranks[text]} and {i}, with others between them",
                    "merges into one token one after the other, as llama.cpp has a single score for them");
            }

            last = text;
        }

        return ranks;
    }

    private static void RequireEverySplit(TokenizerSource source, GgufTokens table, Dictionary<string, int> ranks)
    {
        var merges = new HashSet<(string, string)>(source.Merges);
        foreach (var (text, id) in source.Ids.Where(token => table.KindOf(token.Value) == TokenKind.Normal))
        {
            foreach (var (left, right) in Splits(text))
            {
                if (Exists(left, ranks) && Exists(right, ranks) && !merges.Contains((left, right)))
                {
                    throw Refuse(
                        source,
                        $"no merge of {Characters.Quote(left)} and {Characters.Quote(right)}, which spell the token {id}",
                        "a merge of every two tokens that spell a third, as llama.cpp joins them all");
                }
            }
        }
    }

    // Only characters and what merges make of them are neighbours at any time.
    private static bool Exists(string text, Dictionary<string, int> ranks) =>
        ranks.ContainsKey(text) || (Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length);

    private static IEnumerable<(string Left, string Right)> Splits(string text)
    {
        int index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            index += rune.Utf16SequenceLength;
            if (index < text.Length)
            {
                yield return (text[..index], text[index..]);
            }
        }
    }

    private static void RequireBytes(TokenizerSource source)
    {
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            if (!source.Ids.ContainsKey(GgufTokens.ByteText(value)))
            {
                throw Refuse(source, $"no token {GgufTokens.ByteText(value)}", "a token for each of the 256 bytes");
            }
        }
    }

    private static InputException Refuse(TokenizerSource source, FormattableString found, string expected) =>
        new(new InputProblem(source.Root.File, 0, "model", found.ToString(CultureInfo.InvariantCulture), expected));
}
