namespace RlCore.Worker.Commands;

/// <summary>Text for pasting into a shell.</summary>
internal static class ShellText
{
    /// <summary>A word quoted for a shell.</summary>
    public static string Quote(string text) =>
        text.Length > 0
            && text.All(character => char.IsAsciiLetterOrDigit(character) || "-_./=,:+@%".Contains(character, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
