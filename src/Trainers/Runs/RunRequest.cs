using RlCore.Engines;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>The request for a run.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="OutputFolder">The run's own folder.</param>
/// <param name="Resume">Whether to resume from the folder's latest checkpoint, rather than start a new run.</param>
public sealed record RunRequest(Recipe Recipe, string OutputFolder, bool Resume)
{
    /// <summary>Kinds of tokenizers that the run's checkpoints may have.</summary>
    /// <value>What is shipped.</value>
    public TokenizerKinds Tokenizers { get; init; } = TokenizerKinds.Shipped;

    /// <summary>The recipe with the tokens of a pass and of a shard of each stage.</summary>
    internal Recipe SizedRecipe => Recipe with
    {
        Stages =
        [
            .. Recipe.Stages.Zip(TokensPerPass, TokensPerShard)
                .Select(of => of.First with { TokensPerPass = of.Second, TokensPerShard = of.Third }),
        ],
    };

    /// <summary>
    /// Whether a run that is resumed sets checkpoints aside that are damaged, and goes on from the latest that is whole, rather than be
    /// refused.
    /// </summary>
    /// <value>false.</value>
    public bool SkipsDamaged { get; init; }

    /// <summary>Whether the run goes to <c>NAME-2</c>, <c>NAME-3</c>, … where the folder is taken when the run begins.</summary>
    internal bool IsNumbered { get; init; }

    /// <summary>Most tokens of a pass of each stage, in order; empty before the machine's memory is known.</summary>
    internal IReadOnlyList<int> TokensPerPass { get; init; } = [];

    /// <summary>Least tokens of a shard of each stage, in order; empty before the models are known.</summary>
    internal IReadOnlyList<int> TokensPerShard { get; init; } = [];

    /// <summary>The processes that share the run.</summary>
    /// <value>One.</value>
    public IProcessGroup Processes { get; init; } = SingleProcess.Instance;

    /// <summary>Whether the processes share the optimizer's state too, rather than have all of it each.</summary>
    /// <value>false.</value>
    public bool ShardsOptimizer { get; init; }

    /// <summary>Their agreement on when to stop, where it has been made before the run; null to make one.</summary>
    internal AgreedStop? Agreed { get; init; }

    /// <summary>How weights that are not trained are stored, where the engine was told; null for as their files have them.</summary>
    internal WeightType? FrozenWeights { get; init; }

    /// <summary>The folder that the name of a model on a hub has led to; empty before it is looked up, and where there is none.</summary>
    internal string ModelFolder { get; init; } = "";

    /// <summary>
    /// The request with the folder of the model that the recipe names on a hub, which is downloaded if it is missing. A run that is resumed
    /// goes on with the commit that it began with, wherever its branch may be by now.
    /// </summary>
    /// <param name="hub">Where it is found.</param>
    /// <param name="observer">Told of the progress of a download; null if nobody is.</param>
    /// <param name="stop">Stops a download.</param>
    /// <exception cref="InputException">There is no such model, or it cannot be had.</exception>
    internal RunRequest FindModel(ModelHub hub, IHubObserver? observer, CancellationToken stop)
    {
        string from = Recipe.Model.From;
        return ModelFolder.Length == 0 && ModelName.IsMeant(from)
            ? this with
            {
                ModelFolder = hub.Resolve(Resume && RunFile.TryReadModel(OutputFolder, out string began) ? began : from, observer, stop),
            }
            : this;
    }

    /// <summary>
    /// The request with the tokens of a pass, for which the machine has memory; those that it began with for a run that is resumed, since
    /// the last bits of its numbers depend on them.
    /// </summary>
    /// <param name="memory">The memory of the run.</param>
    /// <exception cref="InputException">It is not enough for the run.</exception>
    internal RunRequest Size(RunMemory memory)
    {
        memory.Require();
        return this with
        {
            TokensPerPass = Resume && RunFile.TryReadTokensPerPass(OutputFolder, out IReadOnlyList<int> began)
                ? began
                : memory.TokensPerPass(),
        };
    }

    /// <summary>
    /// A run stored under a folder of runs: <c>RUNS/NAME</c>, or <c>NAME-2</c> and so on if that already contains a run; to resume, the
    /// last of these that contains one.
    /// </summary>
    /// <param name="runs">The folder of runs.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="output">The run's own folder instead; empty for none.</param>
    /// <param name="resume">Whether to resume from the latest checkpoint.</param>
    public static RunRequest Under(string runs, Recipe recipe, string output, bool resume)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(output);
        string wanted = Path.GetFullPath(Path.Combine(runs, recipe.Name));
        string folder = output.Length > 0 ? Path.GetFullPath(output) : resume ? FolderClaim.ChooseLatest(wanted) : wanted;
        return new RunRequest(recipe, folder, resume) { IsNumbered = output.Length == 0 && !resume };
    }
}

/// <summary>Executes a recipe: the interface between the command line and the trainers.</summary>
public interface IRunExecutor
{
    /// <summary>Runs all stages and evaluations.</summary>
    /// <param name="request">The run.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="stop">Requests a stop; a checkpoint is written first.</param>
    /// <returns>The result.</returns>
    /// <exception cref="Inputs.InputException">A dataset, the recipe or a checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped; the checkpoint is on disk.</exception>
    RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop);
}

/// <summary>The summary of a run: summary.json.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Engine">A description of the engine.</param>
/// <param name="Evaluations">In the order of the run: before, then after each stage.</param>
/// <param name="Stages">The summary of each stage.</param>
/// <param name="Seconds">Wall-clock seconds of stages and evaluations.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Checkpoint">The last checkpoint's folder.</param>
public sealed record RunSummary(
    string Name,
    string Folder,
    ulong Seed,
    string Engine,
    IReadOnlyList<EvaluationResult> Evaluations,
    IReadOnlyList<StageSummary> Stages,
    double Seconds,
    long Tokens,
    string Checkpoint);

/// <summary>The summary of a stage.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Seconds">Wall-clock seconds of its steps.</param>
/// <param name="Tokens">Tokens trained on.</param>
public sealed record StageSummary(string Name, int Steps, double Seconds, long Tokens)
{
    /// <summary>
    /// Accuracy on held-out pairs, before the first step and at each later measurement; empty for stages without held-out
    /// pairs.
    /// </summary>
    public IReadOnlyList<double> HeldOutAccuracies { get; init => field = new ValueList<double>(value); } = new ValueList<double>([]);

    /// <summary>Tokens trained on per second; 0 for a stage that took no time.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;
}
