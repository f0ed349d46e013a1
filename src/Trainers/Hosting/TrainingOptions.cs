using RlCore.Engines;

namespace RlCore.Trainers.Hosting;

/// <summary>What a program trains, on which engine, and where the run is stored.</summary>
public sealed record TrainingOptions
{
    /// <summary>The recipe's file.</summary>
    /// <value>"".</value>
    public string Recipe { get; init; } = "";

    /// <summary>Settings that override the recipe's, as <c>key=value</c>; later ones win.</summary>
    /// <value>None.</value>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The folder that contains the runs.</summary>
    /// <value>"runs".</value>
    public string Runs { get; init; } = "runs";

    /// <summary>The run's own folder; empty for one under <see cref="Runs"/>, named after the recipe.</summary>
    /// <value>"".</value>
    public string Output { get; init; } = "";

    /// <summary>Whether to resume from the run's latest checkpoint.</summary>
    /// <value>false.</value>
    public bool Resume { get; init; }

    /// <summary>Whether a resumed run sets damaged checkpoints aside and goes on from the latest that is whole.</summary>
    /// <value>false.</value>
    public bool SkipDamaged { get; init; }

    /// <summary>Whether the processes that mpirun has started share the optimizer's state too.</summary>
    /// <value>false.</value>
    public bool ShardOptimizer { get; init; }

    /// <summary>Seed that overrides the recipe's; null keeps the recipe's.</summary>
    /// <value>null.</value>
    public ulong? Seed { get; init; }

    /// <summary>The engine that models run on.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Reads the options from a configuration whose keys are the names of these properties and of <see cref="EngineOptions"/>
    /// (<c>Bf16</c> for <see cref="EngineOptions.BFloat16"/>), all on one level.</summary>
    /// <param name="reader">The configuration; collects the problems.</param>
    /// <param name="engines">Names of the engines to choose from.</param>
    public static TrainingOptions Read(ConfigurationReader reader, IReadOnlyList<string> engines)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var defaults = new TrainingOptions();
        return new TrainingOptions
        {
            Recipe = reader.Text(nameof(Recipe), defaults.Recipe),
            Set = reader.Texts(nameof(Set)),
            Runs = reader.Text(nameof(Runs), defaults.Runs),
            Output = reader.Text(nameof(Output), defaults.Output),
            Resume = reader.Flag(nameof(Resume)),
            SkipDamaged = reader.Flag(nameof(SkipDamaged)),
            ShardOptimizer = reader.Flag(nameof(ShardOptimizer)),
            Engine = ReadEngine(reader, engines),
            Seed = reader.Text(nameof(Seed), "").Length > 0
                ? reader.Parse<ulong>(nameof(Seed), 0, _ => true, $"a whole number from 0 to {ulong.MaxValue}")
                : null,
        };
    }

    private static EngineOptions ReadEngine(ConfigurationReader reader, IReadOnlyList<string> engines)
    {
        const int MostThreads = 4096;
        string engine = reader.Text(nameof(EngineOptions.Engine), EngineOptions.Auto);
        string[] names = [EngineOptions.Auto, .. engines];
        if (!names.Contains(engine, StringComparer.OrdinalIgnoreCase))
        {
            reader.Refuse(nameof(EngineOptions.Engine), engine, string.Join(" or ", [string.Join(", ", names[..^1]), names[^1]]));
        }

        return new EngineOptions
        {
            Engine = engine,
            Threads = reader.Parse(
                nameof(EngineOptions.Threads),
                0,
                threads => threads is >= 0 and <= MostThreads,
                $"a whole number from 0 to {MostThreads}"),
            Device = reader.Text(nameof(EngineOptions.Device), ""),
            BFloat16 = reader.Flag("Bf16"),
            Tf32 = reader.Flag(nameof(EngineOptions.Tf32)),
            GradientCheckpointing = reader.Flag(nameof(EngineOptions.GradientCheckpointing)),
            FrozenWeights = ReadType(reader, nameof(EngineOptions.FrozenWeights)),
            LibTorch = reader.Text(nameof(EngineOptions.LibTorch), ""),
        };
    }

    private static WeightType? ReadType(ConfigurationReader reader, string key)
    {
        string name = reader.Text(key, "");
        if (name.Length > 0 && !WeightTypes.ByName.ContainsKey(name))
        {
            reader.Refuse(key, name, string.Join(", ", WeightTypes.ByName.Keys));
        }

        return WeightTypes.ByName.TryGetValue(name, out WeightType type) ? type : null;
    }
}
