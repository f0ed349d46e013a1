using System.Globalization;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Inputs;

namespace RlCore.SideBySide;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    private const string CasesOption = "--cases";
    private const string RoundsOption = "--rounds";
    private const string ThreadsOption = "--threads";
    private const string FolderOption = "--folder";
    private const string QuickOption = "--quick";
    private const string GrowthOption = "--growth";
    private const string SteadyOption = "--steady";
    private const string HelpOption = "--help";
    private const string Example = "B-decode-1-F32";

    /// <summary>Groups of cases, or single ones.</summary>
    public IReadOnlyList<string> Cases { get; init; } = BenchCases.Groups;

    /// <summary>Measured rounds of each case.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>Numbers of threads.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [1, 2];

    /// <summary>Where models are written; empty for a temporary folder.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Whether models are shallow and completions short.</summary>
    public bool IsQuick { get; init; }

    /// <summary>
    /// The SVG file of how the embedded engine's cost grows, which is then measured in place of the cases; empty for none.
    /// </summary>
    public string Growth { get; init; } = "";

    /// <summary>Training steps whose managed allocation and resident set are measured in place of the cases; 0 for none.</summary>
    public int Steady { get; init; }

    /// <summary>Whether help is asked for.</summary>
    public bool IsHelp { get; init; }

    /// <summary>What the options mean.</summary>
    public static string Help => $"""
        Compares the embedded engine with TorchSharp, with the Torch engine and with llama.cpp.
          {CasesOption} LIST    of {string.Join(",", BenchCases.Groups)}, separated by commas (default: all)
          {RoundsOption} N      measured rounds of each case, in which the sides take turns (default: 7)
          {ThreadsOption} LIST  numbers of threads, separated by commas (default: 1,2)
          {FolderOption} DIR    where random models are written and found again (default: a temporary folder, deleted at the end)
          {GrowthOption} FILE    in place of the cases: how the embedded engine's time and memory grow; the plot goes to FILE, an SVG
          {SteadyOption} STEPS  in place of the cases: managed allocation, collections and resident set over so many training steps
          {QuickOption}         shallow models, short completions: whether everything works, and no measurement
        B, C and D are training steps of three models. A single case has the name that its check is printed with, such as {Example}.
        A build without -p:Peers=true measures the embedded engine alone.
        The exit code is 1 if two sides compute different things.
        """;

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">Its words.</param>
    /// <exception cref="InputException">A word is no option, or its value is none.</exception>
    public static BenchOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string option = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw Problem(option, "nothing after it", "a value");
            options = option switch
            {
                CasesOption => options with { Cases = [.. Value().Split(',').Select(Case)] },
                RoundsOption => options with { Rounds = Number(option, Value()) },
                ThreadsOption => options with { Threads = [.. Value().Split(',').Select(typed => Number(option, typed))] },
                FolderOption => options with { Folder = Value() },
                GrowthOption => options with { Growth = Value() },
                SteadyOption => options with { Steady = Number(option, Value()) },
                QuickOption => options with { IsQuick = true },
                HelpOption => options with { IsHelp = true },
                _ => throw Problem(option, "no such option", $"one of those that {HelpOption} lists"),
            };
        }

        return options;
    }

    private static string Case(string typed) => BenchCases.All(isQuick: false).Any(one => one.IsNamed(typed))
        ? typed
        : throw Problem(CasesOption, $"\"{typed}\"", $"some of {string.Join(", ", BenchCases.Groups)}, or a single case such as {Example}");

    private static int Number(string option, string typed) =>
        int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw Problem(option, $"\"{typed}\"", "a whole number from 1");

    private static InputException Problem(string option, string found, string expected) =>
        new(new InputProblem(option, 0, "", found, expected));
}
