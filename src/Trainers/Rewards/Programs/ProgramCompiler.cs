using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RlCore.Trainers.Rewards;

/// <summary>The result of compiling a program.</summary>
/// <param name="Assembly">The assembly; empty if it does not compile.</param>
/// <param name="Problem">Why it does not compile; empty if it does.</param>
internal sealed record CompiledProgram(byte[] Assembly, string Problem)
{
    /// <summary>Whether it compiles.</summary>
    public bool IsGood => Problem.Length == 0;

    /// <inheritdoc/>
    public bool Equals(CompiledProgram? other) =>
        other is not null && Problem == other.Problem && Assembly.AsSpan().SequenceEqual(other.Assembly);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Assembly.Length, Problem);
}

/// <summary>
/// Compiles C# in memory. Only a few assemblies of the runtime are available (collections, LINQ, numerics, text, JSON,
/// console), and <see cref="ApiRules"/> rejects those of their members that reach outside the program.
/// </summary>
internal static class ProgramCompiler
{
    private static readonly string[] Referable =
    [
        "System.Private.CoreLib", "System.Runtime", "System.Runtime.Extensions", "System.Collections",
        "System.Collections.Concurrent", "System.Collections.Immutable",
        "System.Linq", "System.Memory", "System.Console", "System.Numerics.Vectors", "System.Runtime.Numerics",
        "System.Text.RegularExpressions", "System.Text.Json", "System.ObjectModel", "System.Threading",
    ];

    private static readonly Lazy<ImmutableArray<MetadataReference>> Few = new(() => References(name => Referable.Contains(name)));
    private static readonly Lazy<ImmutableArray<MetadataReference>> All = new(() => References(_ => true));

    /// <summary>Compiles a completion with its tests into a program that reports which of them pass.</summary>
    /// <param name="completion">The completion: types, or plain functions.</param>
    /// <param name="tests">C# expressions that are true for a correct completion.</param>
    /// <param name="rules">The rules on what the completion may refer to.</param>
    public static CompiledProgram Compile(string completion, IReadOnlyList<string> tests, ApiRules rules)
    {
        SyntaxTree written = ProgramSource.Parse(completion);
        if (!CompletionSource.IsUsable(written, out string problem))
        {
            return new CompiledProgram([], problem);
        }

        SyntaxTree harness = ProgramSource.OfTests(tests);
        SyntaxTree tree = CompletionSource.Wrap(written, TestNames.WordsOf(harness));
        CSharpCompilation program = Create([tree, harness, ProgramSource.Usings], ProgramSource.HarnessName, rules);
        if (rules.Refuses(program.GetSemanticModel(tree), out string refused))
        {
            return new CompiledProgram([], refused);
        }

        program = TestNames.Resolve(program, ref harness);
        return TestMeaning.IsChanged(program, tree, harness, out string changed) ? new CompiledProgram([], changed) : Emit(program);
    }

    /// <summary>Compiles a whole program with top-level statements.</summary>
    /// <param name="source">The program.</param>
    /// <param name="rules">The rules on what it may refer to.</param>
    public static CompiledProgram CompileAlone(string source, ApiRules rules)
    {
        SyntaxTree tree = ProgramSource.Parse(source);
        CSharpCompilation program = Create([tree, ProgramSource.Usings], null, rules);
        return rules.Refuses(program.GetSemanticModel(tree), out string refused) ? new CompiledProgram([], refused) : Emit(program);
    }

    private static CSharpCompilation Create(SyntaxTree[] trees, string? main, ApiRules rules) => CSharpCompilation.Create(
        "program",
        trees,
        rules.IsNone ? All.Value : Few.Value,
        new CSharpCompilationOptions(
            OutputKind.ConsoleApplication,
            mainTypeName: main,
            optimizationLevel: OptimizationLevel.Release,
            concurrentBuild: false));

    private static CompiledProgram Emit(CSharpCompilation program)
    {
        using var stream = new MemoryStream();
        var result = program.Emit(stream);
        return result.Success
            ? new CompiledProgram(stream.ToArray(), "")
            : new CompiledProgram([], result.Diagnostics.First(problem => problem.Severity == DiagnosticSeverity.Error).ToString());
    }

    private static ImmutableArray<MetadataReference> References(Func<string, bool> wanted)
    {
        string folder = RuntimeEnvironment.GetRuntimeDirectory();
        string platform = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        return
        [
            .. platform.Split(Path.PathSeparator)
                .Where(file => file.StartsWith(folder, StringComparison.Ordinal) && wanted(Path.GetFileNameWithoutExtension(file)))
                .Select(file => MetadataReference.CreateFromFile(file)),
        ];
    }
}
