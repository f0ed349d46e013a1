namespace RlCore.Trainers.Tests;

/// <summary>
/// Trained models that tests use and that the repository does not hold: in the folder of the environment variable
/// <c>RLCORE_TEST_MODELS</c>, or in <c>../shared/models</c> beside the repository.
/// </summary>
internal static class TestModels
{
    /// <summary>The folder of a model; the test is skipped where there is none.</summary>
    /// <param name="name">Name of the model.</param>
    public static string Require(string name)
    {
        string root = Environment.GetEnvironmentVariable("RLCORE_TEST_MODELS") is { Length: > 0 } set
            ? set
            : Path.Combine(Repository.Root, "..", "shared", "models");
        string folder = Path.GetFullPath(Path.Combine(root, name));
        Assert.SkipUnless(
            Directory.Exists(folder),
            $"The model {name} is neither in the folder RLCORE_TEST_MODELS nor in {Path.GetFullPath(root)}.");
        return folder;
    }
}
