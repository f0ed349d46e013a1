using System.Text.Json;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.SideBySide.Cases;

/// <summary>The quickstart's model after its first stage, and the second stage, which is measured.</summary>
/// <param name="root">The folder that files are in.</param>
internal sealed class Quickstart(string root)
{
    private const int StageIndex = 1;

    private readonly string _run = Path.Combine(root, "quickstart");
    private readonly string _rollout = Path.Combine(root, "rollout.json");

    /// <summary>The recipe.</summary>
    public Recipe Recipe { get; } = RecipeReader.Read(Path.Combine(AppContext.BaseDirectory, "recipes", "quickstart.json"), []);

    /// <summary>The second stage, at one learning rate.</summary>
    public OnPolicySettings Stage
    {
        get
        {
            var stage = (OnPolicySettings)Recipe.Stages[StageIndex];
            return stage with { Optimizer = stage.Optimizer with { Schedule = new Schedule.Constant() } };
        }
    }

    /// <summary>Trains the first stage, if that has not been done.</summary>
    public void Train()
    {
        if (!Directory.Exists(_run))
        {
            using var engine = new ManagedEngine();
            Recipe first = Recipe with { Stages = [.. Recipe.Stages.Take(StageIndex)], Evaluation = null };
            Trainers.Runs.Train.Run(engine, new RunRequest(first, _run, Resume: false), new Unobserved(), CancellationToken.None);
        }
    }

    /// <summary>The model that the second stage begins with.</summary>
    public ModelFolder Model() => ModelFolder.Load(_run);

    /// <summary>Prompts, rewards and random numbers of the second stage.</summary>
    /// <param name="reward">What scores completions, from the recipe's own rewards.</param>
    public OnPolicyTask Task(Func<RewardSum, IReward> reward)
    {
        RunInputs inputs = RunInputs.Read(Recipe);
        var data = (OnPolicyData)inputs.Stages[StageIndex];
        RewardSum own = RewardSum.Create(Stage.Rewards, ((IRewardedStage)Stage).Errors, new RewardContext());
        return new OnPolicyTask(data.Questions, reward(own), inputs.Tokenizer, Recipe.Seed, StageIndex);
    }

    /// <summary>Keeps the completions of a step, for the sides that cannot draw the same; those of the first side stay.</summary>
    /// <param name="rows">The completions.</param>
    public void Keep(IEnumerable<RolloutRow> rows)
    {
        if (!File.Exists(_rollout))
        {
            File.WriteAllText(_rollout, JsonSerializer.Serialize(rows));
        }
    }

    /// <summary>The completions that were kept.</summary>
    public RolloutRow[] Kept() => JsonSerializer.Deserialize<RolloutRow[]>(File.ReadAllText(_rollout))!;

    private sealed class Unobserved : IRunObserver;
}

/// <summary>A completion with its reward.</summary>
/// <param name="Tokens">Prompt and completion.</param>
/// <param name="PromptLength">Tokens of the prompt.</param>
/// <param name="Reward">The reward.</param>
internal sealed record RolloutRow(int[] Tokens, int PromptLength, double Reward);
