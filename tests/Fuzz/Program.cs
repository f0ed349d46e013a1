using System.Globalization;
using RlCore.Fuzz;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    FuzzOptions options = FuzzOptions.Parse(args);
    if (options.AsksForHelp || options.Lists)
    {
        Console.WriteLine(options.AsksForHelp ? FuzzOptions.Help : string.Join('\n', Parsers.All.Select(parser => parser.Name)));
        return 0;
    }

    string folder = options.Folder.Length > 0 ? options.Folder : Directory.CreateTempSubdirectory("rlcore-fuzz-").FullName;
    IReadOnlyList<Finding> findings = new FuzzSession(options with { Folder = folder }, Console.Out).Run(Parsers.All);
    Console.WriteLine(findings.Count == 0 ? "Nothing was found." : $"{findings.Count} inputs are kept in {folder}.");
    return findings.Count == 0 ? 0 : 1;
}
catch (ArgumentException problem)
{
    Console.Error.WriteLine($"error: {problem.Message}");
    return 2;
}
