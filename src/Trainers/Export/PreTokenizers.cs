using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>
/// How text is cut into words before merges are applied, by the name that llama.cpp has for it (<c>tokenizer.ggml.pre</c>). llama.cpp has
/// expressions of its own, so that those which it does not know cannot be exported.
/// </summary>
internal static class PreTokenizers
{
    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Digits = "digits";
    private const string Contractions = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Others = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string CasedWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Steps that cut, whether a whole word that is a token is taken before its merges, and the name.
    private static readonly (string[] Steps, bool WholeWords, string Name)[] Known =
    [
        ([Words], false, "gpt-2"),
        ([Digits, Words], false, "smollm"),
        ([Contractions + @"\p{N}{1,3}" + Others], true, "llama-bpe"),
        ([Contractions + @"\p{N}{1,3}" + Others], false, "smaug-bpe"),
        ([Contractions + @"\p{N}" + Others], false, "qwen2"),
        ([CasedWords], true, "tekken"),
    ];

    /// <summary>The name of a tokenizer's.</summary>
    /// <param name="source">The tokenizer.</param>
    /// <exception cref="InputException">llama.cpp has none like it.</exception>
    public static string NameOf(TokenizerSource source)
    {
        JsonPart part = source.Root["pre_tokenizer"];
        string[] steps = [.. Steps(part)];
        bool wholeWords = source.Model["ignore_merges"].Flag(false);
        int index = Array.FindIndex(Known, known => known.Steps.SequenceEqual(steps) && known.WholeWords == wholeWords);
        return index >= 0
            ? Known[index].Name
            : throw new InputException(new InputProblem(
                source.Root.File,
                0,
                "pre_tokenizer",
                $"{string.Join(", then ", steps)}{(wholeWords ? ", with ignore_merges" : "")}",
                $"one that llama.cpp has: {string.Join(", ", Known.Select(known => known.Name))}"));
    }

    private static IEnumerable<string> Steps(JsonPart part)
    {
        switch (part["type"].Text())
        {
            case "Sequence":
                return part["pretokenizers"].Items().SelectMany(Steps);
            case "ByteLevel":
                if (part["add_prefix_space"].Flag(true))
                {
                    throw part["add_prefix_space"].Refuse("false, as llama.cpp adds no space before text for byte-level tokenizers");
                }

                return part["use_regex"].Flag(true) ? [Words] : [];
            case "Digits":
                return part["individual_digits"].Flag(false) ? [Digits] : throw part["individual_digits"].Refuse("true");
            case "Split":
                return part["behavior"].Text() != "Isolated" ? throw part["behavior"].Refuse("\"Isolated\"")
                    : part["invert"].Flag(false) ? throw part["invert"].Refuse("false")
                    : [part["pattern"]["Regex"].Text()];
            default:
                throw part["type"].Refuse("Sequence, ByteLevel, Digits or Split");
        }
    }
}
