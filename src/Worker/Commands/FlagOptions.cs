using System.CommandLine;
using RlCore.Trainers.Recipes;

namespace RlCore.Worker.Commands;

/// <summary>Settings as options of the command line.</summary>
internal static class FlagOptions
{
    private const int WidestValues = 24;

    /// <summary>The option of a setting.</summary>
    public static Option<string> Of(StageFlag flag) => new(flag.Name)
    {
        Description = Describe(flag),
        HelpName = IsLong(flag) ? "NAME" : flag.Values,
        Required = flag.IsRequired,
        Arity = flag.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    /// <summary>The options with their values.</summary>
    public static IReadOnlyList<KeyValuePair<StageFlag, string>> Given(
        (StageFlag Flag, Option<string> Option)[] options,
        ParseResult parsed) =>
    [
        .. options.Where(pair => parsed.GetResult(pair.Option) is { Implicit: false })
            .Select(pair => KeyValuePair.Create(pair.Flag, parsed.GetValue(pair.Option) ?? "true")),
    ];

    // A long list of values goes into the description, so that the column of options stays narrow.
    private static bool IsLong(StageFlag flag) => flag.Values.Length > WidestValues;

    private static string Describe(StageFlag flag)
    {
        string values = IsLong(flag) ? $" One of {flag.Values.Replace("|", ", ", StringComparison.Ordinal)}." : "";
        return $"{flag.Description}{values}{(flag.Default.Length > 0 ? $" [default: {flag.Default}]" : "")}";
    }
}
