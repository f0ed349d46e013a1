using System.Security.Cryptography;
using System.Text;

namespace RlCore.Seeded;

/// <summary>A copy of the repository's sources, in which bugs are put: the repository itself is never changed.</summary>
internal sealed class SourceCopy(string repository, string folder)
{
    private static readonly TimeSpan MostForABuild = TimeSpan.FromMinutes(20);

    private readonly Dictionary<string, string> _hashes = [];

    /// <summary>Where the copy lies.</summary>
    public string Folder => folder;

    /// <summary>A path in the copy.</summary>
    public string In(params string[] parts) => Path.Combine([folder, .. parts]);

    /// <summary>Brings the copy up to date: what git tracks, and what it does not ignore.</summary>
    public void Update()
    {
        Directory.CreateDirectory(folder);
        string listing = Tool.Require(
            repository, TimeSpan.FromMinutes(1), "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").Output;
        HashSet<string> wanted =
        [
            .. listing.Split('\0')
                .Select(file => file.Trim())
                .Where(file => file.Length > 0 && File.Exists(Path.Combine(repository, file))),
        ];
        foreach (string file in wanted)
        {
            Copy(file);
        }

        string[] gone = [.. Sources(folder).Where(file => !wanted.Contains(file))];
        foreach (string file in gone)
        {
            File.Delete(In(file));
        }
    }

    /// <summary>Builds test projects, and keeps the compiler's command line of every project that they need.</summary>
    public void Build(IEnumerable<string> projects)
    {
        string targets = In("seeded.targets");
        File.WriteAllText(targets, KeepCommandLine);
        foreach (string project in projects)
        {
            Tool.Require(
                folder,
                MostForABuild,
                "dotnet",
                "build",
                In("tests", project),
                "-c",
                "Release",
                "-nodeReuse:false",
                "-p:RunAnalyzers=false",
                "-p:ProvideCommandLineArgs=true",
                $"-p:CustomAfterMicrosoftCommonTargets={targets}");
        }
    }

    /// <summary>A hash of all files under some of the repository's folders, but for what is built; taken once.</summary>
    public string HashOf(params IEnumerable<string> parts)
    {
        string name = string.Join(' ', parts);
        return _hashes.TryGetValue(name, out string? known) ? known : _hashes[name] = Hash(parts);
    }

    private string Hash(IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            foreach (string file in Sources(In(part)).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(file));
                hash.AppendData(File.ReadAllBytes(In(part, file)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private const string KeepCommandLine = """
        <Project>
          <Target Name="KeepCommandLine" AfterTargets="CoreCompile" Condition="'@(CscCommandLineArgs)' != ''">
            <WriteLinesToFile File="$(MSBuildProjectDirectory)/obj/seeded.rsp" Lines="@(CscCommandLineArgs)" Overwrite="true" />
          </Target>
        </Project>
        """;

    private static IEnumerable<string> Sources(string root) =>
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Where(file => file != "seeded.targets" && !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private void Copy(string file)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(repository, file));
        if (File.Exists(In(file)) && File.ReadAllBytes(In(file)).AsSpan().SequenceEqual(content))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(In(file))!);
        File.WriteAllBytes(In(file), content);
    }
}
