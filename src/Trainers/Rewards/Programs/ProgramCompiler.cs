using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>The result of compiling a completion with its tests.</summary>
/// <param name="Assembly">The assembly of the completion and the parts of the tests that it computes; empty if it does not compile.</param>
/// <param name="Verdicts">The source of the verdicts on the values of these parts.</param>
/// <param name="Problem">Why it does not compile; empty if it does.</param>
internal sealed record CompiledProgram(byte[] Assembly, string Verdicts, string Problem)
{
    /// <summary>One that does not compile.</summary>
    public CompiledProgram(string problem)
        : this([], "", problem)
    {
    }

    /// <summary>Whether it compiles.</summary>
    public bool IsGood => Problem.Length == 0;

    /// <inheritdoc/>
    public bool Equals(CompiledProgram? other) => other is not null && Problem == other.Problem && Verdicts == other.Verdicts
        && Assembly.AsSpan().SequenceEqual(other.Assembly);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Assembly.Length, Problem);
}

/// <summary>
/// Compiles C# in memory. Only a few assemblies of the runtime are available (collections, LINQ, numerics, text, JSON,
/// console), and <see cref="ApiRules"/> rejects those of their members that reach outside the program. A hostile source can make it run
/// without end, or end its process: it runs in the sandbox (<see cref="CompilerServer"/>).
/// </summary>
internal sealed class ProgramCompiler
{
    private const int MostCharacters = 200_000;

    private static readonly string[] Referable =
    [
        "System.Private.CoreLib", "System.Runtime", "System.Runtime.Extensions", "System.Collections",
        "System.Collections.Concurrent", "System.Collections.Immutable",
        "System.Linq", "System.Memory", "System.Console", "System.Numerics.Vectors", "System.Runtime.Numerics",
        "System.Text.RegularExpressions", "System.Text.Json", "System.ObjectModel", "System.Threading",
    ];

    private static readonly Lazy<ImmutableArray<MetadataReference>> Few = new(References);

    /// <summary>The verdicts that were compiled before.</summary>
    public Verdicts Verdicts { get; } = new();

    /// <summary>Compiles a completion with its tests.</summary>
    /// <param name="completion">The completion: types, or plain functions.</param>
    /// <param name="tests">C# expressions that are true for a correct completion.</param>
    /// <param name="rules">The rules on what the completion may refer to.</param>
    public CompiledProgram Compile(string completion, IReadOnlyList<string> tests, ApiRules rules)
    {
        if (completion.Length > MostCharacters)
        {
            return new CompiledProgram($"a program of {completion.Length} characters; at most {MostCharacters} are compiled");
        }

        if (SourceDepth.HasTooManyBrackets(completion, out string problem))
        {
            return new CompiledProgram(problem);
        }

        SyntaxTree written = ProgramSource.Parse(completion);
        if (SourceDepth.IsTooDeep(written, out problem) || !CompletionSource.IsUsable(written, out problem))
        {
            return new CompiledProgram(problem);
        }

        SyntaxTree harness = ProgramSource.OfTests(tests);
        SyntaxTree tree = CompletionSource.Wrap(written, TestNames.WordsOf(harness));
        CSharpCompilation program = Create("program", [tree, harness, ProgramSource.Usings]);
        if (rules.Refuses(program.GetSemanticModel(tree), out string refused))
        {
            return new CompiledProgram(refused);
        }

        program = TestNames.Resolve(program, ref harness);
        CutTests cut = TestCutter.Cut(program, harness, out IReadOnlyList<TextSpan> computed);
        CompiledProgram compiled = Emit(program, tree, harness, cut, computed, out bool isFinal);
        return isFinal ? compiled : Emit(program, tree, harness, TestCutter.Whole(harness, out computed), computed, out _);
    }

    /// <summary>A library of some sources.</summary>
    internal static CSharpCompilation Create(string name, SyntaxTree[] trees) => CSharpCompilation.Create(
        name,
        trees,
        Few.Value,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, concurrentBuild: false));

    // A completion that is wrong by itself is wrong however the tests are cut.
    private CompiledProgram Emit(
        CSharpCompilation program,
        SyntaxTree completion,
        SyntaxTree harness,
        CutTests cut,
        IReadOnlyList<TextSpan> computed,
        out bool isFinal)
    {
        isFinal = TestMeaning.IsChanged(program, completion, harness, computed, out string changed);
        if (isFinal)
        {
            return new CompiledProgram(changed);
        }

        using var stream = new MemoryStream();
        EmitResult result = program.ReplaceSyntaxTree(harness, ProgramSource.Parse(cut.Parts)).Emit(stream);
        Diagnostic[] errors = [.. result.Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error)];
        isFinal = result.Success || Array.Exists(errors, error => error.Location.SourceTree == completion);
        if (result.Success && !Verdicts.IsGood(cut.Verdicts))
        {
            isFinal = false;
            return new CompiledProgram("the verdicts do not compile");
        }

        return result.Success ? new CompiledProgram(stream.ToArray(), cut.Verdicts, "") : new CompiledProgram(errors[0].ToString());
    }

    private static ImmutableArray<MetadataReference> References()
    {
        string folder = RuntimeEnvironment.GetRuntimeDirectory();
        return
        [
            .. Directory.EnumerateFiles(folder, "*.dll")
                .Where(file => Referable.Contains(Path.GetFileNameWithoutExtension(file)))
                .Select(file => MetadataReference.CreateFromFile(file)),
        ];
    }
}
