using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// This library as a program of the sandbox: a folder with the few assemblies that are needed there, and one whose entry point calls
/// <see cref="SandboxEntry.Main"/>.
/// </summary>
internal static class SandboxLauncher
{
    private const string Name = "RlCore.Sandbox";

    private const string RuntimeConfiguration = """
        {
          "runtimeOptions": {
            "framework": { "name": "Microsoft.NETCore.App", "version": "VERSION" },
            "configProperties": { "System.Globalization.Invariant": true }
          }
        }
        """;

    private static readonly Lazy<string> Folder = new(Create);

    /// <summary>The program for a task.</summary>
    /// <param name="task">One of the tasks of <see cref="SandboxEntry"/>.</param>
    /// <param name="isolation">How it is isolated.</param>
    public static SandboxProgram Program(string task, Isolation isolation) =>
        new(Folder.Value, $"{Name}.dll", task, isolation.HasOwnChannel ? SandboxEntry.OwnChannel : SandboxEntry.Printed)
        {
            HasOwnChannel = isolation.HasOwnChannel,
        };

    /// <summary>Writes what <c>dotnet exec</c> needs beside an assembly.</summary>
    /// <param name="file">The assembly.</param>
    internal static void WriteConfiguration(string file)
    {
        string configuration = Path.ChangeExtension(file, ".runtimeconfig.json");
        File.WriteAllText(
            configuration, RuntimeConfiguration.Replace("VERSION", Environment.Version.ToString(), StringComparison.Ordinal));
        SandboxFolders.Share(configuration);
    }

    private static string Create()
    {
        string folder = SandboxFolders.CreateNew();
        foreach (Assembly assembly in new[]
            { typeof(SandboxLauncher).Assembly, typeof(SyntaxNode).Assembly, typeof(CSharpSyntaxNode).Assembly })
        {
            string copy = Path.Combine(folder, Path.GetFileName(assembly.Location));
            File.Copy(assembly.Location, copy);
            SandboxFolders.Share(copy);
        }

        string file = Path.Combine(folder, $"{Name}.dll");
        File.WriteAllBytes(file, Emit());
        SandboxFolders.Share(file);
        WriteConfiguration(file);
        return folder;
    }

    // static int Main(string[] arguments) => SandboxEntry.Main(arguments);
    private static byte[] Emit()
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(Name), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule(Name).DefineType("Launcher");
        MethodBuilder main = type.DefineMethod("Main", MethodAttributes.Static, typeof(int), [typeof(string[])]);
        ILGenerator code = main.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, ((Func<string[], int>)SandboxEntry.Main).Method);
        code.Emit(OpCodes.Ret);
        type.CreateType();
        MetadataBuilder metadata = assembly.GenerateMetadata(out BlobBuilder stream, out BlobBuilder data);
        var file = new ManagedPEBuilder(
            PEHeaderBuilder.CreateExecutableHeader(),
            new MetadataRootBuilder(metadata),
            stream,
            data,
            entryPoint: MetadataTokens.MethodDefinitionHandle(main.MetadataToken));
        var bytes = new BlobBuilder();
        file.Serialize(bytes);
        return bytes.ToArray();
    }
}
