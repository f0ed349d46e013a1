using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>What tokenizer.json says, ready to run. Immutable.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The model.</summary>
    public required BytePairModel Model { get; init; }

    /// <summary>The tokens that are looked for in the text.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    /// <summary>Finds added tokens in the original text; null for none.</summary>
    public AddedTokenFinder? InOriginal { get; init; }

    /// <summary>Finds added tokens in the normalized text; null for none.</summary>
    public AddedTokenFinder? InNormalized { get; init; }

    /// <summary>The normalizers, in their order.</summary>
    public required IReadOnlyList<Normalizer> Normalizers { get; init; }

    /// <summary>
    /// What pre-tokenizers write, such as a space before the first word; each text between added tokens goes through them.
    /// </summary>
    public required IReadOnlyList<Normalizer> Rewriters { get; init; }

    /// <summary>The splitters, the coarsest first.</summary>
    public required Splitter[] Splitters { get; init; }

    /// <summary>The tokens that the post-processor puts before a text.</summary>
    public required IReadOnlyList<int> Beginning { get; init; }

    /// <summary>How tokens become text again.</summary>
    public required DecoderRules Decoder { get; init; }

    /// <summary>Whether an id has a token.</summary>
    /// <param name="id">The id.</param>
    public bool Has(int id) => Model.Tokens.Has(id) || Added.Any(token => token.Id == id);

    /// <summary>Finds a token by its text, an added one first.</summary>
    /// <param name="content">The text.</param>
    /// <param name="id">Its id; −1 where there is none.</param>
    public bool TryFind(string content, out int id)
    {
        AddedToken? added = Added.FirstOrDefault(token => token.Content == content);
        id = added?.Id ?? -1;
        return added is not null || Model.Tokens.TryFind(Encoding.UTF8.GetBytes(content), out id);
    }
}

/// <summary>How tokens become text: a decoder of bytes, or steps in this order.</summary>
internal sealed record DecoderRules
{
    /// <summary>Whether tokens are written in the alphabet of bytes; the rest does not apply then.</summary>
    public bool OfBytes { get; init; }

    /// <summary>What is replaced in each token.</summary>
    public IReadOnlyList<(string Pattern, string Content)> Replacements { get; init; } = [];

    /// <summary>Whether <c>&lt;0x41&gt;</c> is a byte.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>How many of <see cref="Stripped"/> are left out at the start of the text.</summary>
    public int StripStart { get; init; }

    /// <summary>What is left out at the start.</summary>
    public char Stripped { get; init; } = ' ';

    /// <summary>Whether the first token loses what is replaced in others.</summary>
    public bool FirstLoses { get; init; }
}
