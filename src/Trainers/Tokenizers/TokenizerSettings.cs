using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// A tokenizer of a program's own, as recipes and checkpoints name it. Its settings are all that tokenizer.json keeps of it: what a
/// tokenizer must know, such as a list of words, is one of them, and not the path of a file.
/// </summary>
public abstract record TokenizerSettings : INamedCase, ICheckedSettings
{
    /// <summary>The case as recipes name it.</summary>
    internal string TypeName { get; init; } = "";

    string INamedCase.TypeName => TypeName;

    /// <summary>The tokenizer; equal settings make equal ones.</summary>
    public abstract ITokenizer Create();

    /// <summary>The settings as JSON: what <see cref="ITokenizer.ToJson"/> of the tokenizer gives.</summary>
    public string Print() => SettingsWriter.Print(this);

    /// <summary>The rules between settings, given that each is in its own range.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    protected internal virtual void Check(Action<string, string, string> add)
    {
    }

    void ICheckedSettings.Check(Action<string, string, string> add) => Check(add);
}
