using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;

namespace RlCore.Facade.Tests;

/// <summary>The packages of the solution in a folder, with a copy of the samples beside them.</summary>
public sealed class PackageFeed : IDisposable
{
    private static readonly string Configuration = typeof(PackageFeed).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Configuration").Value!;

    public PackageFeed()
    {
        Root = Directory.CreateTempSubdirectory("rlcore-packages-").FullName;
        Packages = Path.Combine(Root, "artifacts");
        Dotnet.Run(Repository.Root, "pack", "RlCore.sln", "--no-build", "-c", Configuration, "-o", Packages, "-nodeReuse:false");
        Copy(Path.Combine(Repository.Root, "samples"), Samples);
    }

    /// <summary>The folder of it all.</summary>
    public string Root { get; }

    /// <summary>The folder of the packages.</summary>
    public string Packages { get; }

    /// <summary>The folder of the samples.</summary>
    public string Samples => Path.Combine(Root, "samples");

    /// <summary>The packages of the machine serve as they lie; the ones under test go to a folder of their own.</summary>
    public string[] RestoreProperties =>
    [
        $"RestorePackagesPath={Path.Combine(Root, "packages")}",
        $"RestoreFallbackFolders={Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages")}",
    ];

    /// <summary>A package's file.</summary>
    public string FileOf(string id) =>
        Directory.GetFiles(Packages, $"{id}.*.nupkg").Single(file => char.IsDigit(Path.GetFileName(file)[id.Length + 1]));

    /// <summary>Names of the files in a package.</summary>
    public string[] Entries(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(id));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    /// <summary>A package's specification.</summary>
    public XElement Specification(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(id));
        using Stream stream = archive.GetEntry($"{id}.nuspec")!.Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    /// <summary>What a package names as its dependencies.</summary>
    public string[] Dependencies(string id) =>
    [
        .. Specification(id).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => element.Attribute("id")!.Value).Order(StringComparer.Ordinal),
    ];

    /// <summary>Builds a sample against the packages, without a warning, and runs it.</summary>
    /// <returns>Its output.</returns>
    public string BuildAndRun(string sample, params string[] arguments)
    {
        string folder = Path.Combine(Samples, sample);
        string output = Path.Combine(folder, "out");
        Dotnet.Run(
            folder,
            [
                "build", "-c", "Release", "-o", output, "-warnaserror", "-nodeReuse:false",
                .. RestoreProperties.Select(property => $"-p:{property}"),
            ]);
        Assert.False(Directory.Exists(Path.Combine(output, "cs")), "A program called cs has no place for its file.");
        return Dotnet.Run(output, [Path.Combine(output, $"{sample}.dll"), .. arguments]).Trim();
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.GetDirectories(from).Where(
            folder => Path.GetFileName(folder) is not ("bin" or "obj" or "out" or "runs")))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
