using Microsoft.Extensions.Configuration;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker;

/// <summary>
/// Configuration of the worker: appsettings.json, then environment variables (<c>RLCORE_THREADS</c>), then the command line;
/// later ones win.
/// </summary>
public sealed record WorkerOptions
{
    /// <summary>Prefix of the environment variables.</summary>
    public const string EnvironmentPrefix = "RLCORE_";

    private const string Quickstart = "recipes/quickstart.json";

    /// <summary>The recipe that runs when no command is given, the folder of runs, the seed, and the engine.</summary>
    public TrainingOptions Training { get; init; } = new() { Recipe = Quickstart };

    /// <summary>Whether progress is suppressed.</summary>
    /// <value>false.</value>
    public bool Quiet { get; init; }

    /// <summary>Reads and checks the options.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="engines">Names of the engines to choose from.</param>
    /// <exception cref="InputException">Some options are out of range; all of them are listed.</exception>
    public static WorkerOptions Read(IConfiguration configuration, IReadOnlyList<string> engines)
    {
        var reader = new ConfigurationReader(
            configuration,
            key => $"--{Dashed(key)} (or {EnvironmentPrefix}{key.ToUpperInvariant()})");
        TrainingOptions training = TrainingOptions.Read(reader, engines);
        var options = new WorkerOptions
        {
            Training = training.Recipe.Length > 0 ? training : training with { Recipe = Quickstart },
            Quiet = reader.Flag(nameof(Quiet)),
        };
        reader.Complete();
        return options;
    }

    // FrozenWeights is --frozen-weights.
    private static string Dashed(string key) =>
        string.Concat(key.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"-{letter}" : $"{letter}")).ToLowerInvariant();
}
