using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

/// <summary>The steps of a completion are the same whether it is being drawn or is there as a whole.</summary>
public class StepReaderLaws
{
    private static readonly PieceTokenizer Pieces = new(
        ["a", ";", "x;y", ";z", " ", "\n", "\n\n", "b\nc", ";;", "</", "step", ">"],
        [[0xE2], [0x98], [0x83], [0xC3], [0x9F, (byte)';']]);

    private static readonly StepEnd[] Ends =
    [
        new StepEnd.Whole(),
        new StepEnd.Separator(),
        new StepEnd.Separator(";"),
        new StepEnd.Separator("\n\n"),
        new StepEnd.Separator("</step>"),
        new StepEnd.Separator("☃"),
        new StepEnd.Pattern(@"[;\n]+\s*"),
        new StepEnd.Pattern(".*\n"),
        new StepEnd.Tokens(1),
        new StepEnd.Tokens(3),
    ];

    private static readonly Gen<(StepEnd End, TokenSequence Sequence)> Completions =
        from end in Gen.Elements(Ends)
        from length in Gen.Choose(0, 14)
        from completion in Gen.ArrayOf(Gen.Choose(1, Pieces.VocabularySize - 1), length)
        from ended in Gen.Elements(true, false)
        select (end, new TokenSequence([1, 2, .. completion, .. ended ? new[] { 0 } : []], 2));

    [Fact]
    public void Steps_found_while_drawing_are_those_of_the_whole_completion() => Laws.Hold(Completions, drawn =>
    {
        var reader = new StepReader(drawn.End);
        int[] ends = reader.Ends(Pieces, drawn.Sequence);
        var characters = new WholeCharacters(Pieces, drawn.Sequence.Tokens[..2]);
        string text = "", last = "";
        int tokens = 0;
        var expected = new List<int>();
        for (int i = 0; i < drawn.Sequence.CompletionLength; i++)
        {
            text += characters.Append(drawn.Sequence.Completion[i]);
            tokens++;
            if (reader.IsComplete(text, tokens))
            {
                expected.Add(i + 1);
                (last, text, tokens) = (text, "", 0);
            }
        }

        if (tokens > 0)
        {
            expected.Add(drawn.Sequence.CompletionLength);
            last = text + characters.Finish();
        }

        // White space at the end, as the end of sequence, belongs to the step before it.
        bool isBlank = expected.Count > 1 && string.IsNullOrWhiteSpace(last);
        return ends.SequenceEqual(isBlank ? expected.SkipLast(2).Append(expected[^1]) : expected);
    });

    [Fact]
    public void Steps_cover_a_completion_in_order() => Laws.Hold(Completions, drawn =>
    {
        int[] ends = new StepReader(drawn.End).Ends(Pieces, drawn.Sequence);
        return ends.Zip(ends.Skip(1)).All(pair => pair.First < pair.Second)
            && (ends.Length > 0 ? ends[0] > 0 && ends[^1] == drawn.Sequence.CompletionLength : drawn.Sequence.CompletionLength == 0);
    });

    // Read off the bytes of the tokens, without decoding anything.
    [Fact]
    public void A_step_ends_with_the_token_that_completes_its_separator() => Laws.Hold(
        Completions.Where(drawn => drawn.End is StepEnd.Separator),
        drawn =>
        {
            byte[] separator = Encoding.UTF8.GetBytes(((StepEnd.Separator)drawn.End).StepSeparator);
            int[] ends = new StepReader(drawn.End).Ends(Pieces, drawn.Sequence);
            int start = 0;
            foreach (int end in ends.SkipLast(1))
            {
                if (!Contains(start, end) || Enumerable.Range(start + 1, end - start - 1).Any(early => Contains(start, early)))
                {
                    return false;
                }

                start = end;
            }

            return true;

            // Whether a separator ends after something that is not white space.
            bool Contains(int first, int last)
            {
                byte[] step = Pieces.Bytes(drawn.Sequence.Completion[first..last]);
                int blanks = step.TakeWhile(value => value is (byte)' ' or (byte)'\n').Count();
                return Enumerable.Range(0, Math.Max(0, step.Length - separator.Length + 1)).Any(at =>
                    step.AsSpan(at, separator.Length).SequenceEqual(separator) && at + separator.Length > blanks);
            }
        });

    [Fact]
    public void Steps_of_a_number_of_tokens_have_that_number_but_the_last() => Laws.Hold(
        Completions.Where(drawn => drawn.End is StepEnd.Tokens { StepTokens: 3 } && drawn.Sequence.CompletionLength > 0),
        drawn =>
        {
            int[] ends = new StepReader(drawn.End).Ends(Pieces, drawn.Sequence);
            return ends.SkipLast(1).Index().All(step => step.Item == 3 * (step.Index + 1));
        });

    [Theory]
    [InlineData("abc", 1, "1 2 4")]      // The end of sequence is no step of its own.
    [InlineData("abcd", 2, "2 5")]
    [InlineData("abc", 2, "2 4")]
    public void Steps_of_numbers_of_tokens(string completion, int tokens, string ends)
    {
        ITokenizer tokenizer = new CharacterTokenizer("abcd");
        int[] all = [1, .. tokenizer.Encode(completion), tokenizer.EndOfSequence];
        Assert.Equal(ends, string.Join(' ', new StepReader(new StepEnd.Tokens(tokens)).Ends(tokenizer, new TokenSequence(all, 1))));
    }

    [Theory]
    [InlineData("3+4=7;7+5=12;=12", ";", true, "6 13 17")]
    [InlineData("3+4=7;7+5=12;", ";", true, "6 14")]       // The end of sequence is no step of its own.
    [InlineData("3+4=7;7+5=12;", ";", false, "6 13")]
    [InlineData("3+4", ";", true, "4")]
    [InlineData("", ";", true, "1")]
    [InlineData("ab;c\nde", "\n", true, "5 8")]
    [InlineData("a\n\nb\n\n", "\n", true, "2 7")]           // White space alone is no step.
    [InlineData("\n\na\nb", "\n", false, "4 5")]
    [InlineData("a\n\nb", "\n\n", false, "3 4")]
    [InlineData("aé=☃;b", "☃;", false, "5 6")]
    public void Steps_of_known_completions(string completion, string separator, bool ended, string ends)
    {
        ITokenizer tokenizer = new CharacterTokenizer("0123456789+=;abcde\né☃");
        int[] tokens = [.. tokenizer.Encode("1="), .. tokenizer.Encode(completion), .. ended ? new[] { tokenizer.EndOfSequence } : []];
        var reader = new StepReader(new StepEnd.Separator(separator));
        Assert.Equal(ends, string.Join(' ', reader.Ends(tokenizer, new TokenSequence(tokens, 2))));
    }

    [Theory]
    [InlineData(@"\n", "\n\na\nb", "4 5")]         // White space alone is no step.
    [InlineData(@";\s*", ";a; b", "1 3 5")]
    [InlineData(@"[0-9]\n?", "a1\nb2c", "2 5 6")]   // A step ends as soon as the pattern matches; the line feed is the next one's.
    public void Steps_that_end_with_a_pattern(string pattern, string completion, string ends)
    {
        ITokenizer tokenizer = new CharacterTokenizer("0123456789;abc \n");
        int[] tokens = [.. tokenizer.Encode("1"), .. tokenizer.Encode(completion)];
        var reader = new StepReader(new StepEnd.Pattern(pattern));
        Assert.Equal(ends, string.Join(' ', reader.Ends(tokenizer, new TokenSequence(tokens, 1))));
    }

    [Theory]
    [InlineData(";", true)]
    [InlineData(@"Step \d+:.*\n", true)]
    [InlineData("(", false)]          // no regular expression
    [InlineData("(?<=a)b", false)]    // look-around
    [InlineData("x*", false)]         // matches the empty text
    [InlineData("", false)]
    public void A_pattern_that_ends_steps_matches_something_in_linear_time(string pattern, bool usable)
    {
        Assert.Equal(usable, new StepPatternAttribute().Accepts(pattern));
        Assert.Equal(usable, Record.Exception(() => new StepReader(new StepEnd.Pattern(pattern))) is null);
    }

    /// <summary>A vocabulary of given byte strings; a token may end within a character.</summary>
    private sealed class PieceTokenizer(string[] texts, byte[][] parts) : ITokenizer
    {
        private readonly byte[][] _pieces = [[], .. texts.Select(Encoding.UTF8.GetBytes), .. parts];

        public int VocabularySize => _pieces.Length;

        public int EndOfSequence => 0;

        public byte[] Bytes(ReadOnlySpan<int> tokens) => [.. tokens.ToArray().SelectMany(token => _pieces[token])];

        public string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(Bytes(tokens));

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown) => throw new NotSupportedException();

        public string Describe() => "tokenizer of pieces";

        public string ToJson() => "{}";
    }
}
