namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Rewrites a text before it is cut into pieces.</summary>
internal abstract class Normalizer
{
    /// <summary>Rewrites the text.</summary>
    /// <param name="text">The text between two added tokens.</param>
    /// <param name="prefixes">Whether what goes before the first word is put there.</param>
    /// <param name="first">Whether nothing is before the text.</param>
    public abstract void Apply(AlignedText text, bool prefixes, bool first);
}

/// <summary>Puts a text before every text that is not empty.</summary>
/// <param name="prefix">What to put there.</param>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text, bool prefixes, bool first)
    {
        if (prefixes && text.Chars.Length > 0)
        {
            text.Prepend(prefix);
        }
    }
}

/// <summary>Puts a text before every text that does not begin with it already.</summary>
/// <param name="prefix">What to put there.</param>
/// <param name="firstOnly">Whether only before the first of the texts between added tokens.</param>
internal sealed class LeadNormalizer(string prefix, bool firstOnly) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text, bool prefixes, bool first)
    {
        if (prefixes && (first || !firstOnly) && text.Chars.Length > 0 && !text.Chars.StartsWith(prefix))
        {
            text.Prepend(prefix);
        }
    }
}

/// <summary>Replaces each occurrence of a text.</summary>
/// <param name="pattern">The text; not empty.</param>
/// <param name="content">What stands in its place.</param>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text, bool prefixes, bool first)
    {
        if (pattern.Length == 1 && content.Length == 1)
        {
            text.Editable.Replace(pattern[0], content[0]);
        }
        else if (text.Chars.IndexOf(pattern, StringComparison.Ordinal) >= 0)
        {
            ReplaceEach(text);
        }
    }

    private void ReplaceEach(AlignedText text)
    {
        ReadOnlySpan<char> old = text.Rewrite();
        for (int i = 0; i < old.Length;)
        {
            if (!old[i..].StartsWith(pattern, StringComparison.Ordinal))
            {
                text.Emit(old[i], i, i + 1);
                i++;
                continue;
            }

            foreach (char character in content)
            {
                text.Emit(character, i, i + pattern.Length);
            }

            i += pattern.Length;
        }
    }
}
