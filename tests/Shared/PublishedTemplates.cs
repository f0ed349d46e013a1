namespace RlCore.Tests;

/// <summary>
/// Where the settings of real tokenizers lie, with their chat templates: in the folder that RLCORE_TEST_TOKENIZERS names
/// (NAME/models/tokenizer_config.json), else in the cache that the tests of tests/Interop fill.
/// </summary>
internal static class PublishedTemplates
{
    private const string Version = "3.7.2";

    /// <summary>The text of a model's tokenizer_config.json; the test is skipped where there is none.</summary>
    public static string Settings(string name)
    {
        string folder = Environment.GetEnvironmentVariable("RLCORE_TEST_TOKENIZERS") is { Length: > 0 } root
            ? Path.Combine(root, name)
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ".cache",
                "rlcore",
                "tokenizers",
                $"tokenizer-{name}-{Version}",
                "package");
        string file = Path.Combine(folder, "models", "tokenizer_config.json");
        Assert.SkipUnless(File.Exists(file), $"The tokenizer {name} is neither in RLCORE_TEST_TOKENIZERS nor in the cache of the tests.");
        return File.ReadAllText(file);
    }
}
