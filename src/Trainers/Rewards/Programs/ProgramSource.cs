using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RlCore.Trainers.Rewards;

/// <summary>The source code of a program that tests a completion.</summary>
internal static class ProgramSource
{
    /// <summary>The class whose Main runs the tests.</summary>
    public const string HarnessName = "TestsOfTheCompletion";

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
        ExpressionSyntax expression = SyntaxFactory.ParseExpression(line, options: Options, consumeFullText: true);
        problem = expression.GetDiagnostics()
            .FirstOrDefault(found => found.Severity == DiagnosticSeverity.Error)?.GetMessage(CultureInfo.InvariantCulture) ?? "";
        return problem.Length == 0;
    }

    /// <summary>
    /// The program's Main: it reads a secret word, runs the tests one by one, and writes a line "word:index" for each test that
    /// passes. A completion that prints, throws, ends the process or never ends cannot claim tests that it did not pass.
    /// </summary>
    /// <param name="tests">The tests: C# expressions.</param>
    public static SyntaxTree OfTests(IReadOnlyList<string> tests)
    {
        var source = new StringBuilder();
        source.Append(CultureInfo.InvariantCulture, $$"""
            internal static class {{HarnessName}}
            {
                private static void Main()
                {
                    string word = global::System.Console.In.ReadLine();
                    global::System.IO.Stream output = global::System.Console.OpenStandardOutput();
                    global::System.Func<bool>[] tests = [{{string.Join(
                        ", ",
                        Enumerable.Range(0, tests.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"Test{i}")))}}];
                    for (int i = 0; i < tests.Length; i++)
                    {
                        bool holds = false;
                        try { holds = tests[i](); } catch (global::System.Exception) { }
                        if (holds)
                        {
                            output.Write(global::System.Text.Encoding.UTF8.GetBytes("\n" + word + ":" + i + "\n"));
                            output.Flush();
                        }
                    }

                    global::System.Environment.Exit(0);
                }

            """);
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
}
