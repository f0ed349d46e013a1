using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Tokenizers;

/// <summary>The kinds of tokenizers that tokenizer.json may hold: characters, and those of a program's own. Immutable.</summary>
public sealed class TokenizerKinds
{
    private readonly IReadOnlyDictionary<string, Func<TokenizerSettings>> _own;

    internal TokenizerKinds(IReadOnlyDictionary<string, Func<TokenizerSettings>> own) => _own = own;

    /// <summary>What is shipped.</summary>
    public static TokenizerKinds Shipped { get; } = new(new Dictionary<string, Func<TokenizerSettings>>());

    /// <summary>Names of the kinds, as tokenizer.json writes them.</summary>
    public IEnumerable<string> Names => _own.Keys.Prepend(TokenizerFile.CharacterType);

    /// <summary>The kinds of a program's own, with their defaults.</summary>
    internal IReadOnlyDictionary<string, Func<TokenizerSettings>> Own => _own;

    /// <summary>Reads a tokenizer of a program's own.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="json">Made by <see cref="TokenizerSettings.Print"/>.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="tokenizer">The tokenizer; null where there is no such kind.</param>
    /// <returns>Whether there is such a kind.</returns>
    /// <exception cref="InputException">A setting is missing or out of its range.</exception>
    internal bool TryRead(string kind, string json, string source, out ITokenizer? tokenizer)
    {
        tokenizer = _own.TryGetValue(kind, out Func<TokenizerSettings>? template)
            ? SettingsJson.Read(json, source, template(), "a tokenizer").Create()
            : null;
        return tokenizer is not null;
    }
}
