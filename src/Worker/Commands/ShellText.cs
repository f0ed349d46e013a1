namespace RlCore.Worker.Commands;

/// <summary>Text for a person to paste into a shell.</summary>
internal static class ShellText
{
    /// <summary>A word as a shell reads it back.</summary>
    public static string Quote(string text) =>
        text.Length > 0
            && text.All(character => char.IsAsciiLetterOrDigit(character) || "-_./=,:+@%".Contains(character, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
