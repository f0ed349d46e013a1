using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RlCore.Trainers.Rewards;

/// <summary>The source code of a program that tests a completion.</summary>
internal static class ProgramSource
{
    // A line of a dataset that is longer is parsed where there is room for its depth.
    private const int ShortLine = 2000;
    private const int LargeStack = 256 << 20;

    /// <summary>The language of completions and tests.</summary>
    public static CSharpParseOptions Options { get; } = new(LanguageVersion.Latest);

    /// <summary>The namespaces that completions and tests need not import.</summary>
    public static IReadOnlyList<string> Imported { get; } = ["System", "System.Collections.Generic", "System.Linq", "System.Text"];

    /// <summary>The tree that imports them.</summary>
    public static SyntaxTree Usings { get; } = Parse(string.Concat(Imported.Select(space => $"global using {space};")));

    /// <summary>Parses a source.</summary>
    public static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, Options);

    /// <summary>Whether a line is one C# expression.</summary>
    /// <param name="line">The line.</param>
    /// <param name="problem">The problem; empty if there is none.</param>
    public static bool IsExpression(string line, out string problem)
    {
        string found = "";
        if (line.Length <= ShortLine)
        {
            found = ProblemOf(line);
        }
        else
        {
            var thread = new Thread(() => found = ProblemOf(line), LargeStack);
            thread.Start();
            thread.Join();
        }

        problem = found;
        return problem.Length == 0;
    }

    /// <summary>The tests as they are first compiled: a method each, to find what their names mean.</summary>
    /// <param name="tests">The tests: C# expressions.</param>
    public static SyntaxTree OfTests(IReadOnlyList<string> tests)
    {
        var source = new StringBuilder("internal static class TestsOfTheCompletion\n{\n");
        for (int i = 0; i < tests.Count; i++)
        {
            source.Append(CultureInfo.InvariantCulture, $"    private static bool Test{i}() => (\n{tests[i]}\n);\n");
        }

        return Parse(source.Append("}\n").ToString());
    }

    /// <summary>The tests of a program's tree.</summary>
    public static IEnumerable<ExpressionSyntax> TestsOf(SyntaxTree harness) => harness.GetCompilationUnitRoot().Members
        .OfType<ClassDeclarationSyntax>().Single().Members
        .OfType<MethodDeclarationSyntax>().Select(method => method.ExpressionBody?.Expression).OfType<ExpressionSyntax>();

    private static string ProblemOf(string line) => SyntaxFactory.ParseExpression(line, options: Options, consumeFullText: true)
        .GetDiagnostics()
        .FirstOrDefault(found => found.Severity == DiagnosticSeverity.Error)?.GetMessage(CultureInfo.InvariantCulture) ?? "";
}
