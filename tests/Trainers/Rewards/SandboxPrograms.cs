using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Programs for the sandbox that no rule of the compiler has seen: every assembly of the runtime may be used.</summary>
internal static class SandboxPrograms
{
    public static SandboxResult Run(string source, string input, SandboxLimits limits, bool hasOwnChannel = false)
    {
        using var folder = new TemporaryFolder();
        string app = Path.Combine(folder.Path, "app");
        Directory.CreateDirectory(app);
        string file = Path.Combine(app, "program.dll");
        File.WriteAllBytes(file, Compile(source));
        SandboxLauncher.WriteConfiguration(file);
        foreach (string path in new[] { folder.Path, app, file })
        {
            SandboxFolders.Share(path);
        }

        return ProgramSandbox.Default.Run(
            new SandboxProgram(app, "program.dll") { HasOwnChannel = hasOwnChannel },
            System.Text.Encoding.UTF8.GetBytes(input),
            limits,
            CancellationToken.None);
    }

    private static byte[] Compile(string source)
    {
        string[] imported = ["System", "System.Collections.Generic", "System.Linq"];
        string usings = string.Concat(imported.Select(space => $"global using {space};"));
        CSharpCompilation program = CSharpCompilation.Create(
            "program",
            [CSharpSyntaxTree.ParseText(source), CSharpSyntaxTree.ParseText(usings)],
            Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll")
                .Where(file => Path.GetFileName(file) is var name && !name.EndsWith(".Native.dll", StringComparison.Ordinal)
                    && (name.StartsWith("System.", StringComparison.Ordinal)
                        || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal)))
                .Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        using var stream = new MemoryStream();
        Assert.Empty(program.Emit(stream).Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error));
        return stream.ToArray();
    }
}
