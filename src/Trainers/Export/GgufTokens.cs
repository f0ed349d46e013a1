using System.Globalization;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>What llama.cpp does with a token. Values are those of the format.</summary>
internal enum TokenKind
{
    /// <summary>A token of text.</summary>
    Normal = 1,

    /// <summary>Stands for text that has no tokens.</summary>
    Unknown = 2,

    /// <summary>Has no text, such as the end of a sequence.</summary>
    Control = 3,

    /// <summary>A text that is found before all others.</summary>
    UserDefined = 4,

    /// <summary>A row of the embedding that no text has.</summary>
    Unused = 5,

    /// <summary>A byte of text that has no other tokens.</summary>
    Byte = 6,
}

/// <summary>The tokens of a GGUF file by id: as many as the embedding has rows.</summary>
internal sealed class GgufTokens
{
    private readonly string?[] _texts;
    private readonly TokenKind[] _kinds;

    private GgufTokens(int size)
    {
        _texts = new string[size];
        _kinds = new TokenKind[size];
    }

    /// <summary>The tokens' texts.</summary>
    public IReadOnlyList<string> Texts => _texts!;

    /// <summary>The tokens' kinds, as the format numbers them.</summary>
    public IReadOnlyList<int> Kinds => [.. _kinds.Select(kind => (int)kind)];

    /// <summary>Collects the tokens of a tokenizer; ids that it does not use become unused tokens.</summary>
    /// <param name="source">The tokenizer.</param>
    /// <param name="size">Rows of the embedding.</param>
    /// <exception cref="InputException">An id has no row, or two tokens have one id.</exception>
    public static GgufTokens Create(TokenizerSource source, int size)
    {
        var table = new GgufTokens(size);
        foreach (var (text, id) in source.Ids)
        {
            bool isByte = source.FallsBackToBytes && IsByte(text);
            table.Set(source, id, text, isByte ? TokenKind.Byte : TokenKind.Normal);
        }

        foreach (AddedToken added in source.Added)
        {
            table.Set(source, added.Id, added.Text, added.IsSpecial ? TokenKind.Control : TokenKind.UserDefined);
        }

        if (source.Model["unk_token"] is { Exists: true } unknown && source.TryFind(unknown.Text(), out int unknownId))
        {
            table._kinds[unknownId] = TokenKind.Unknown;
        }

        table.Fill();
        return table;
    }

    /// <summary>The text of the token of a byte.</summary>
    /// <param name="value">The byte.</param>
    public static string ByteText(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>The kind of a token.</summary>
    /// <param name="id">The token.</param>
    public TokenKind KindOf(int id) => _kinds[id];

    private static bool IsByte(string text) =>
        text.Length == 6
        && text.StartsWith("<0x", StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
        && text == ByteText(value);

    private void Set(TokenizerSource source, int id, string text, TokenKind kind)
    {
        if (id >= _texts.Length)
        {
            throw new InputException(new InputProblem(
                source.Root.File,
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"the token {Characters.Quote(text)} with the id {id}"),
                string.Create(CultureInfo.InvariantCulture, $"ids below {_texts.Length}, the rows of the embedding")));
        }

        if (_texts[id] is { } other && other != text)
        {
            throw new InputException(new InputProblem(
                source.Root.File,
                0,
                "",
                string.Create(
                    CultureInfo.InvariantCulture, $"the tokens {Characters.Quote(other)} and {Characters.Quote(text)} with the id {id}"),
                "a token for each id"));
        }

        _texts[id] = text;
        _kinds[id] = kind;
    }

    // llama.cpp needs a text for every row, and each text once.
    private void Fill()
    {
        var taken = new HashSet<string>(_texts.OfType<string>(), StringComparer.Ordinal);
        for (int id = 0; id < _texts.Length; id++)
        {
            if (_texts[id] is null)
            {
                string text = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
                while (!taken.Add(text))
                {
                    text += "_";
                }

                _texts[id] = text;
                _kinds[id] = TokenKind.Unused;
            }
        }
    }
}
