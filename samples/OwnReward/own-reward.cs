#:package RlCore.Engines.Managed@0.1.0
#:package RlCore.Trainers@0.1.0
using System.ComponentModel;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

return new TrainingProgram { Registry = Registry.Default.AddReward<Brevity>("brevity") }.AddManagedEngine().Run(args);

[Description("1 for a short completion, else 0.")]
public sealed record Brevity : RewardSettings
{
    [Within(1), Description("Completions of up to this many characters earn 1.")]
    public int MaxCharacters { get; init; } = 20;

    public override IReward Create(RewardContext context) =>
        SampleReward.Of(Name, sample => sample.Completion.Length <= MaxCharacters ? 1 : 0);
}
