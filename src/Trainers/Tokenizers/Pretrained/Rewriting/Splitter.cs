namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Cuts text into the pieces that are encoded one by one.</summary>
internal abstract class Splitter
{
    /// <summary>Where the piece that begins at a position ends; the complement of it for a piece that is left out.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="start">The position, before the end.</param>
    public abstract int End(ReadOnlySpan<char> text, int start);

    /// <summary>
    /// <c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: white space up to its last line break, or else all of it but the space before a word.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the white space begins.</param>
    /// <param name="lines">Whether the first alternative is there.</param>
    protected static int SpaceEnd(ReadOnlySpan<char> text, int start, bool lines)
    {
        int end = UnicodeClasses.RunEnd(text, start, UnicodeClass.Space);
        int line = lines ? text[start..end].LastIndexOfAny('\r', '\n') : -1;
        return line >= 0 ? start + line + 1
            : end < text.Length && end - start > 1 ? end - 1
            : end;
    }

    /// <summary>The length of a contraction's ending (s, t, re, ve, m, ll, d) after an apostrophe; 0 where there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The place of the apostrophe, or the end.</param>
    /// <param name="anyCase">Whether capitals, and the long s, count too.</param>
    protected static int Contraction(ReadOnlySpan<char> text, int start, bool anyCase)
    {
        if (start + 1 >= text.Length || text[start] != '\'')
        {
            return 0;
        }

        char first = Fold(text[start + 1], anyCase);
        char second = start + 2 < text.Length ? Fold(text[start + 2], anyCase) : '\0';
        return first is 's' or 't' or 'm' or 'd' ? 2
            : (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3
            : 0;
    }

    private static char Fold(char letter, bool anyCase) => !anyCase ? letter
        : letter is >= 'A' and <= 'Z' ? (char)(letter | 0x20)
        : letter == '\u017F' ? 's'
        : letter;
}

/// <summary>GPT-2: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</summary>
internal sealed class Gpt2Splitter : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start)
    {
        int contraction = Contraction(text, start, anyCase: false);
        if (contraction > 0)
        {
            return start + contraction;
        }

        int word = text[start] == ' ' ? start + 1 : start;
        UnicodeClass first = UnicodeClasses.At(text, word);
        return word == text.Length || (first & UnicodeClass.Space) != 0 ? SpaceEnd(text, start, lines: false)
            : (first & (UnicodeClass.Letter | UnicodeClass.Number)) is var kind && kind != 0 ? UnicodeClasses.RunEnd(text, word, kind)
            : UnicodeClasses.RunEndWithout(text, word, UnicodeClass.Letter | UnicodeClass.Number | UnicodeClass.Space);
    }
}

/// <summary>
/// GPT-4, Llama 3 and Qwen:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">n: the most digits of a piece.</param>
internal sealed class Gpt4Splitter(int digits) : Splitter
{
    private const UnicodeClass LetterOrNumber = UnicodeClass.Letter | UnicodeClass.Number;

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start)
    {
        UnicodeClass first = UnicodeClasses.At(text, start, out int length);
        if ((first & UnicodeClass.Letter) != 0)
        {
            return UnicodeClasses.RunEnd(text, start, UnicodeClass.Letter);
        }

        int contraction = Contraction(text, start, anyCase: true);
        return contraction > 0 ? start + contraction
            : (first & UnicodeClass.Number) != 0 ? DigitsEnd(text, start, digits)
            : (first & UnicodeClass.NewLine) == 0 && (UnicodeClasses.At(text, start + length) & UnicodeClass.Letter) != 0
                ? UnicodeClasses.RunEnd(text, start + length, UnicodeClass.Letter)
            : TrySymbols(text, start, slashes: false, out int end) ? end
            : SpaceEnd(text, start, lines: true);
    }

    /// <summary><c>\p{N}{1,n}</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the digits begin.</param>
    /// <param name="most">n.</param>
    public static int DigitsEnd(ReadOnlySpan<char> text, int start, int most)
    {
        for (int i = 0; i < most && start < text.Length && (UnicodeClasses.At(text, start, out int length) & UnicodeClass.Number) != 0; i++)
        {
            start += length;
        }

        return start;
    }

    /// <summary><c> ?[^\s\p{L}\p{N}]+[\r\n]*</c>, or with slashes after it too.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="slashes">Whether slashes may follow among the line breaks.</param>
    /// <param name="end">Where it ends.</param>
    public static bool TrySymbols(ReadOnlySpan<char> text, int start, bool slashes, out int end)
    {
        int symbols = text[start] == ' ' ? start + 1 : start;
        end = UnicodeClasses.RunEndWithout(text, symbols, LetterOrNumber | UnicodeClass.Space);
        if (end == symbols)
        {
            return false;
        }

        while (end < text.Length && (text[end] is '\r' or '\n' || (slashes && text[end] == '/')))
        {
            end++;
        }

        return true;
    }
}

/// <summary>
/// GPT-4o and gpt-oss: words end where lower case turns to upper case. With U = <c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c>,
/// L = <c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c> and C = <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)?</c>:
/// <c>[^\r\n\p{L}\p{N}]?U*L+C|[^\r\n\p{L}\p{N}]?U+L*C|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">n: the most digits of a piece.</param>
/// <param name="contractions">Whether C is there.</param>
internal sealed class Gpt4oSplitter(int digits, bool contractions) : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start)
    {
        UnicodeClass first = UnicodeClasses.At(text, start, out int length);
        bool leads = (first & (UnicodeClass.Letter | UnicodeClass.Number | UnicodeClass.NewLine)) == 0;
        int end = -1;
        bool word = (leads && TryLower(text, start + length, out end)) || TryLower(text, start, out end)
            || (leads && TryUpper(text, start + length, out end)) || TryUpper(text, start, out end);
        return word ? end + (contractions ? Contraction(text, end, anyCase: true) : 0)
            : (first & UnicodeClass.Number) != 0 ? Gpt4Splitter.DigitsEnd(text, start, digits)
            : Gpt4Splitter.TrySymbols(text, start, slashes: true, out end) ? end
            : SpaceEnd(text, start, lines: true);
    }

    // U*L+: the run of U gives back characters until one of L follows, which is the last one that is both, or the one after the run.
    private static bool TryLower(ReadOnlySpan<char> text, int start, out int end)
    {
        int both = -1;
        int at = start;
        while (at < text.Length)
        {
            UnicodeClass here = UnicodeClasses.At(text, at, out int length);
            if ((here & UnicodeClass.UpperPart) == 0)
            {
                break;
            }

            at += length;
            both = (here & UnicodeClass.LowerPart) != 0 ? at : both;
        }

        end = UnicodeClasses.RunEnd(text, at, UnicodeClass.LowerPart);
        end = end > at ? end : both;
        return end > start;
    }

    private static bool TryUpper(ReadOnlySpan<char> text, int start, out int end)
    {
        int upper = UnicodeClasses.RunEnd(text, start, UnicodeClass.UpperPart);
        end = upper > start ? UnicodeClasses.RunEnd(text, upper, UnicodeClass.LowerPart) : upper;
        return upper > start;
    }
}

/// <summary>Cuts at each number, or at the ends of runs of them.</summary>
/// <param name="individual">Whether each stands alone.</param>
internal sealed class DigitSplitter(bool individual) : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start) =>
        (UnicodeClasses.At(text, start, out int length) & UnicodeClass.Number) == 0
            ? UnicodeClasses.RunEndWithout(text, start, UnicodeClass.Number)
            : individual ? start + length : UnicodeClasses.RunEnd(text, start, UnicodeClass.Number);
}

/// <summary>What becomes of the text that a splitter looks for.</summary>
internal enum SplitBehavior
{
    /// <summary>It is a piece of its own.</summary>
    Isolated,

    /// <summary>It is left out.</summary>
    Removed,

    /// <summary>It ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It begins the piece after it.</summary>
    MergedWithNext,
}

/// <summary>Cuts at each occurrence of a text.</summary>
/// <param name="pattern">The text; not empty.</param>
/// <param name="behavior">What becomes of it.</param>
internal sealed class LiteralSplitter(string pattern, SplitBehavior behavior) : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start)
    {
        ReadOnlySpan<char> rest = text[start..];
        bool here = rest.StartsWith(pattern, StringComparison.Ordinal);
        int skip = here && behavior == SplitBehavior.MergedWithNext ? pattern.Length : 0;
        int next = rest[skip..].IndexOf(pattern, StringComparison.Ordinal);
        int end = next < 0 ? text.Length : start + skip + next;
        return behavior switch
        {
            SplitBehavior.Isolated => here ? start + pattern.Length : end,
            SplitBehavior.Removed => here ? ~(start + pattern.Length) : end,
            SplitBehavior.MergedWithPrevious => next < 0 ? end : end + pattern.Length,
            _ => end,
        };
    }
}
