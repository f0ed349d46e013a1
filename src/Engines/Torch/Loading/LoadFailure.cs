using System.Text.RegularExpressions;

namespace RlCore.Engines.Torch;

/// <summary>Why a native library could not be loaded, read from the words of the system's loader.</summary>
/// <param name="Found">What is wrong.</param>
/// <param name="Expected">What to do about it.</param>
internal sealed partial record LoadFailure(string Found, string Expected)
{
    /// <summary>Reads a message.</summary>
    /// <param name="message">The message of the runtime, which contains the loader's.</param>
    public static LoadFailure Read(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (MissingVersion().Match(message) is { Success: true } version)
        {
            string symbol = version.Groups["version"].Value;
            bool isCpp = symbol.StartsWith("GLIBCXX", StringComparison.Ordinal) || symbol.StartsWith("CXXABI", StringComparison.Ordinal);
            return new LoadFailure(
                $"{Path.GetFileName(version.Groups["by"].Value)}, which needs {symbol}: {version.Groups["library"].Value} does not have it",
                $"a system that has it (Debian 13, Ubuntu 24.04 or later){(isCpp ? ", or a newer libstdc++ in LD_LIBRARY_PATH" : "")}");
        }

        if (MissingFile().Match(message) is { Success: true } file)
        {
            string name = Path.GetFileName(file.Groups["library"].Value);
            return name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("libc10", StringComparison.Ordinal)
                ? new LoadFailure(
                    $"no {name}: this build brings no libtorch, and the system has none where it searches",
                    "--libtorch DIR, the folder of an installed one, such as PyTorch's site-packages/torch/lib")
                : new LoadFailure($"no {name}, which libtorch needs", "a system that has it, or its folder in LD_LIBRARY_PATH");
        }

        return new LoadFailure(LastLine(message), "a libtorch and a binding of TorchSharp that this system can load");
    }

    /// <summary>The failure as a problem of an option.</summary>
    /// <param name="option">The option.</param>
    public EngineProblem Problem(string option) => new(option, Found, Expected);

    private static string LastLine(string message) =>
        message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";

    [GeneratedRegex(@"^(?<library>[^\n]*?): version `(?<version>[^']+)' not found \(required by (?<by>[^)\n]+)\)", RegexOptions.Multiline)]
    private static partial Regex MissingVersion();

    [GeneratedRegex(@"^(?<library>[^\n:]+): cannot open shared object file: No such file", RegexOptions.Multiline)]
    private static partial Regex MissingFile();
}
