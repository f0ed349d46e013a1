using System.Globalization;

namespace RlCore.Fuzz;

/// <summary>What the command line asks for.</summary>
/// <param name="Count">Inputs in all, shared by the parsers.</param>
/// <param name="Seed">The seed of the mutations.</param>
/// <param name="Only">Names of parsers; none: all.</param>
/// <param name="Folder">Where inputs lie while they are read, and where those that failed are kept; empty: a temporary folder.</param>
internal sealed record FuzzOptions(long Count, ulong Seed, IReadOnlyList<string> Only, string Folder)
{
    public const string Help = """
        Mutates inputs of every parser. Reports each input that is answered with an exception that is no typed error, that takes more
        than two seconds, or that allocates more than 50 times its size and a constant. Such inputs are kept.

          --count N        inputs in all, shared by the parsers; 100000 by default
          --seed N         the seed of the mutations; 1 by default
          --only PARSER    only this parser; may be repeated
          --folder FOLDER  where inputs lie while they are read, and where those that failed are kept; without it, a temporary folder
          --list           show the parsers

        The exit code is 0 if nothing was found, and 1 otherwise. While an input is read it lies in FOLDER/PARSER, so that it is still
        there if the process dies of it.
        """;

    /// <summary>Whether the parsers are only shown.</summary>
    public bool Lists { get; init; }

    /// <summary>Whether the help is asked for.</summary>
    public bool AsksForHelp { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown, or its value is no number.</exception>
    public static FuzzOptions Parse(string[] args)
    {
        var options = new FuzzOptions(100_000, 1, [], "");
        for (int i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--list" => options with { Lists = true },
                "--help" => options with { AsksForHelp = true },
                "--count" when i + 1 < args.Length && TryNumber(args[i + 1], out ulong count) => options with { Count = (long)count },
                "--seed" when i + 1 < args.Length && TryNumber(args[i + 1], out ulong seed) => options with { Seed = seed },
                "--only" when i + 1 < args.Length => options with { Only = [.. options.Only, args[i + 1]] },
                "--folder" when i + 1 < args.Length => options with { Folder = Path.GetFullPath(args[i + 1]) },
                _ => throw new ArgumentException($"found {args[i]}; expected one of these:\n\n{Help}", nameof(args)),
            };
            i += args[i] is "--list" or "--help" ? 0 : 1;
        }

        return options;
    }

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= long.MaxValue;
}
