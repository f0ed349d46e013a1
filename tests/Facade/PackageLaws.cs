using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;

namespace RlCore.Facade.Tests;

/// <summary>The packages work from a folder: the samples are built against them and run.</summary>
public sealed class PackageLaws
{
    private static readonly string Configuration = typeof(PackageLaws).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Configuration").Value!;

    private static readonly string[] Samples = ["CSharp", "FSharp"];

    private static readonly string[] Programs = ["CSharp/Program.cs", "FSharp/Program.fs"];

    [Fact]
    public void The_samples_compute_a_DPO_loss_with_its_gradient_from_the_packages()
    {
        using var folder = new TemporaryFolder();
        string feed = Path.Combine(folder.Path, "artifacts");
        Run(Repository.Root, "pack", "RlCore.sln", "--no-build", "-c", Configuration, "-o", feed, "-nodeReuse:false");
        CheckPackage(feed, "RlCore", "RlCore.dll", "RlCore.xml");
        CheckPackage(feed, "RlCore.Algebra", "RlCore.Algebra.dll", "RlCore.Algebra.xml");
        CheckPackage(feed, "RlCore.FSharp", "RlCore.FSharp.dll", "RlCore.FSharp.xml");

        string samples = Path.Combine(folder.Path, "samples");
        Copy(Path.Combine(Repository.Root, "samples"), samples);
        string[] outputs = [.. Samples.Select(name => BuildAndRun(Path.Combine(samples, name), folder.Path))];
        Assert.All(outputs, output => Assert.Contains("loss 0.666403, gradient [-0.0", output, StringComparison.Ordinal));
        Assert.Equal(outputs[0], outputs[1]);
    }

    [Fact]
    public void The_samples_are_under_ten_lines() => Assert.All(
        Programs,
        file => Assert.InRange(File.ReadAllLines(Path.Combine(Repository.Root, "samples", file)).Length, 1, 9));

    [Fact]
    public void The_readme_shows_the_samples()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.All(Programs, file => Assert.Contains(File.ReadAllText(Path.Combine(Repository.Root, "samples", file)), readme, StringComparison.Ordinal));
    }

    private static void CheckPackage(string feed, string name, params string[] libraryFiles)
    {
        string package = Directory.GetFiles(feed, $"{name}.*.nupkg").Single(file => char.IsDigit(Path.GetFileName(file)[name.Length + 1]));
        using ZipArchive archive = ZipFile.OpenRead(package);
        string[] entries = [.. archive.Entries.Select(entry => entry.FullName)];
        Assert.Contains("README.md", entries);
        Assert.All(libraryFiles, file => Assert.Contains($"lib/net10.0/{file}", entries));
        using var reader = new StreamReader(archive.GetEntry($"{name}.nuspec")!.Open());
        string specification = reader.ReadToEnd();
        Assert.Contains("<license type=\"expression\">MIT</license>", specification, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", specification, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.ChangeExtension(package, ".snupkg")), $"{name} has no symbols.");
    }

    // The packages of the machine serve as they lie; the ones under test go to a folder of their own.
    private static string BuildAndRun(string sample, string folder)
    {
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Run(
            sample,
            "build",
            "-c",
            "Release",
            "-o",
            Path.Combine(sample, "out"),
            "-nodeReuse:false",
            $"-p:RestorePackagesPath={Path.Combine(folder, "packages")}",
            $"-p:RestoreFallbackFolders={cache}");
        return Run(sample, Path.Combine(sample, "out", $"{Path.GetFileName(sample)}.dll")).Trim();
    }

    private static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} in {folder} ended with {process.ExitCode}:\n{output}\n{error.Result}");
        return output;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.GetDirectories(from).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj" or "out")))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("rlcore-packages-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
