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

    private const string FunctionsName = "FunctionsOfTheCompletion";

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Latest);

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

    /// <summary>A completion whose functions have been made members of a class, and the classes whose members tests may use.</summary>
    public static (SyntaxTree Tree, string[] Classes) OfCompletion(string completion)
    {
        SyntaxTree tree = Parse(completion);
        CompilationUnitSyntax unit = tree.GetCompilationUnitRoot();
        string[] classes = [.. unit.Members.OfType<TypeDeclarationSyntax>()
            .Where(type => type.TypeParameterList is null && type is ClassDeclarationSyntax)
            .Select(type => type.Identifier.Text)];
        GlobalStatementSyntax[] statements = [.. unit.Members.OfType<GlobalStatementSyntax>()];
        if (statements.Length == 0)
        {
            return (tree, classes);
        }

        var source = new StringBuilder();
        source.Append(unit.Externs.ToFullString()).Append(unit.Usings.ToFullString()).Append(unit.AttributeLists.ToFullString());
        source.Append(CultureInfo.InvariantCulture, $"\npublic static class {FunctionsName}\n{{\n");
        foreach (GlobalStatementSyntax statement in statements)
        {
            // A function may already be static; anything else is left unchanged, and does not compile there.
            bool isFunction = statement.Statement is LocalFunctionStatementSyntax function
                && !function.Modifiers.Any(SyntaxKind.StaticKeyword);
            source.Append(isFunction ? "public static " : "public ")
                .Append(statement.Statement.WithoutLeadingTrivia().ToFullString())
                .Append('\n');
        }

        source.Append("}\n")
            .Append(string.Concat(unit.Members.Where(member => member is not GlobalStatementSyntax)
                .Select(member => member.ToFullString())));
        return (Parse(source.ToString()), [.. classes, FunctionsName]);
    }

    /// <summary>
    /// The program's Main: it reads a secret word, runs the tests one by one, and writes a line "word:index" for each test that
    /// passes. A completion that prints, throws, ends the process or never ends cannot claim tests that it did not pass.
    /// </summary>
    public static SyntaxTree OfTests(IReadOnlyList<string> tests, IReadOnlyList<string> classes)
    {
        var source = new StringBuilder();
        foreach (string name in classes)
        {
            source.Append(CultureInfo.InvariantCulture, $"using static {name};\n");
        }

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
            source.Append(CultureInfo.InvariantCulture, $"    private static bool Test{i}() => ({tests[i]});\n");
        }

        return Parse(source.Append("}\n").ToString());
    }
}
