namespace RlCore.Seeded;

/// <summary>
/// An assembly with a bug in it. The compiler is called alone, with the command line that the build of the copy used: a few
/// seconds, where a build of a test project takes most of a minute. Disposing puts the right assembly back.
/// </summary>
internal sealed class BuggyAssembly : IDisposable
{
    private static readonly TimeSpan MostForACompilation = TimeSpan.FromMinutes(5);

    private readonly string _kept;
    private readonly string[] _places;

    private BuggyAssembly(string kept, string[] places) => (_kept, _places) = (kept, places);

    /// <summary>Compiles a project with a bug and puts the result wherever the copy has its assembly.</summary>
    /// <exception cref="SeededBugException">The bug does not compile.</exception>
    public static BuggyAssembly Install(SourceCopy copy, SeededBug bug)
    {
        string project = ProjectOf(copy, bug.File);
        string[] arguments = File.ReadAllLines(Path.Combine(project, "obj", "seeded.rsp"));
        string output = Path.Combine(project, arguments.Single(argument => argument.StartsWith("/out:", StringComparison.Ordinal))[5..]);
        string name = Path.GetFileName(output);
        string buggy = copy.In("obj", "buggy", name);
        Compile(copy, bug, project, arguments, buggy);
        string[] places =
        [
            .. Directory.EnumerateFiles(copy.Folder, name, SearchOption.AllDirectories)
                .Where(file => Path.GetRelativePath(copy.Folder, file).Split(Path.DirectorySeparatorChar).Contains("bin")),
        ];
        var installed = new BuggyAssembly(output, places);
        installed.Put(buggy);
        return installed;
    }

    /// <summary>Puts the right assembly back.</summary>
    public void Dispose() => Put(_kept);

    private static string ProjectOf(SourceCopy copy, string file)
    {
        for (string? folder = Path.GetDirectoryName(copy.In(file)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.EnumerateFiles(folder, "*.csproj").Any())
            {
                return folder;
            }
        }

        throw new SeededBugException($"{file} belongs to no project");
    }

    private static void Compile(SourceCopy copy, SeededBug bug, string project, string[] arguments, string output)
    {
        string file = copy.In(bug.File);
        byte[] source = File.ReadAllBytes(file);
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        string response = Path.ChangeExtension(output, ".rsp");
        File.WriteAllLines(response, arguments.Where(IsKept).Append($"/out:\"{output}\""));
        try
        {
            File.WriteAllText(file, bug.Apply(File.ReadAllText(file)));
            ToolResult result = Tool.Run(project, MostForACompilation, Compiler, ["/shared", "/noconfig", "@" + response]);
            if (result.Code != 0)
            {
                throw new SeededBugException($"{bug.Area}/{bug.Name} does not compile:\n{result.Output}");
            }
        }
        finally
        {
            // Before the tests run: laws that read the sources must not notice the bug by its text.
            File.WriteAllBytes(file, source);
        }
    }

    // A bug may leave a parameter unused, and needs neither documentation nor symbols.
    private static bool IsKept(string argument) =>
        argument is not "/noconfig"
        && !Dropped.Any(option => argument.StartsWith(option, StringComparison.Ordinal));

    private static readonly string[] Dropped =
        ["/out:", "/refout:", "/doc:", "/debug", "/pdb:", "/warnaserror", "/errorlog:", "/analyzerconfig:"];

    // The compiler of the SDK that runs this program, beside the runtime's folder.
    private static string Compiler { get; } = FindCompiler();

    private static string FindCompiler()
    {
        string text = Tool.Require(Environment.CurrentDirectory, TimeSpan.FromMinutes(1), "dotnet", "--info").Output;
        string basePath = text.Split('\n')
            .Select(line => line.Trim())
            .First(line => line.StartsWith("Base Path:", StringComparison.Ordinal));
        string name = OperatingSystem.IsWindows() ? "csc.exe" : "csc";
        return Path.Combine(basePath["Base Path:".Length..].Trim(), "Roslyn", "bincore", name);
    }

    private void Put(string assembly)
    {
        foreach (string place in _places)
        {
            File.Copy(assembly, place, overwrite: true);
        }
    }
}
