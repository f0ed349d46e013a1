using System.Text.RegularExpressions;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>Splitters that are written by hand cut where their expressions do, as .NET's engine reads them in the basic plane.</summary>
public class SplitterLaws
{
    // The long s has the small s as its other case in Rust's and Oniguruma's tables, and not in those of .NET.
    private const string Contractions = "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Spaces = @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Apostrophes, letters of contractions in each case, letters and marks that are both halves of a word, digits, and space of each kind.
    private const string Alphabet = "''''sſSTtreREvmdlLabAǅʰ日\u0301\u0903123٣½ⅷ   \t\n\r\u00A0\u2028//.-_(";

    private static readonly Dictionary<string, (string Expression, Splitter Splitter)> All = new()
    {
        ["GPT-2"] = (@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", new Gpt2Splitter()),
        ["Llama 3"] = (
            Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Spaces, new Gpt4Splitter(3)),
        ["Qwen"] = (Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Spaces, new Gpt4Splitter(1)),
        ["GPT-4o"] = (
            $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+(?:{Contractions})?|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*(?:{Contractions})?"
                + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Spaces,
            new Gpt4oSplitter(3, contractions: true)),
        ["Tekken"] = (
            $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*"
                + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Spaces,
            new Gpt4oSplitter(1, contractions: false)),
        ["single digits"] = (@"\p{N}|\P{N}+", new DigitSplitter(individual: true)),
        ["runs of digits"] = (@"\p{N}+|\P{N}+", new DigitSplitter(individual: false)),
        ["text, isolated"] = ("aa|(?:(?!aa)[^\0])+", new LiteralSplitter("aa", SplitBehavior.Isolated)),
        ["text, with what is before"] = ("(?:(?!aa)[^\0])*aa|[^\0]+", new LiteralSplitter("aa", SplitBehavior.MergedWithPrevious)),
        ["text, with what is after"] = ("aa(?:(?!aa)[^\0])*|(?:(?!aa)[^\0])+", new LiteralSplitter("aa", SplitBehavior.MergedWithNext)),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_splitter_cuts_where_its_expression_does(string name)
    {
        var (expression, splitter) = All[name];
        var regex = new Regex(expression, RegexOptions.CultureInvariant);
        string alphabet = name.StartsWith("text", StringComparison.Ordinal) ? "aab" : Alphabet;
        Laws.Hold(
            Laws.TextOf(alphabet, 30),
            text => Pieces(text, splitter).SequenceEqual(regex.Matches(text).Select(match => match.Value)),
            2000);
    }

    private static IEnumerable<string> Pieces(string text, Splitter splitter)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = splitter.End(text, start);
            yield return text[start..end];
        }
    }
}
