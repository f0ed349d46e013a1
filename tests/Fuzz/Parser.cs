namespace RlCore.Fuzz;

/// <summary>A parser, or what else reads what is not to be believed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FileName">The name of the file from which it reads.</param>
/// <param name="Seeds">Good inputs; at least one.</param>
/// <param name="Read">Reads an input, which lies in a file too.</param>
internal sealed record Parser(string Name, string FileName, IReadOnlyList<byte[]> Seeds, Action<FuzzInput> Read);

/// <summary>An input.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="File">The file in which they lie.</param>
internal sealed record FuzzInput(byte[] Bytes, string File)
{
    /// <summary>The bytes as UTF-8; what is none becomes U+FFFD, as in every text that is read from a file.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes);
}

/// <summary>What an input was answered with that no parser may answer with.</summary>
/// <param name="Parser">The parser.</param>
/// <param name="Kind">An exception's type, or the limit.</param>
/// <param name="Message">What happened.</param>
/// <param name="Kept">The file in which the input is kept.</param>
internal sealed record Finding(string Parser, string Kind, string Message, string Kept);
