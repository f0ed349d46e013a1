using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>The value model of generalised advantages.</summary>
public sealed record ValueSettings : ICheckedSettings
{
    /// <summary>What it is built on.</summary>
    /// <value>Own.</value>
    public ValueTrunk Trunk { get; init; } = ValueTrunk.Own;

    /// <summary>A value may move by this from the one at the rollout before its loss is clipped; 0 does not clip.</summary>
    /// <value>0.2.</value>
    [Within(0)]
    public double ClipRange { get; init; } = 0.2;

    /// <summary>Weight of the value loss beside the policy's; read with a shared trunk alone.</summary>
    /// <value>0.1.</value>
    [Within(0, LowOpen = true)]
    public double Coefficient { get; init; } = 0.1;

    /// <summary>
    /// What a trunk of its own begins as: nothing for the policy as the stage begins, or the name of an earlier stage whose value
    /// model (or else reward model) goes on here.
    /// </summary>
    /// <value>"".</value>
    public string StartFrom { get; init; } = "";

    /// <summary>Optimizer and schedule of a trunk of its own.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>The value model as the stage begins.</summary>
    /// <param name="run">The run around the stage.</param>
    internal ScalarModel<T> Open<T>(StageContext<T> run)
        where T : struct, ITensor<T> => StartFrom.Length == 0 ? run.Scalar() : run.Scalar(StartFrom, Critic<T>.Name, TrainerState.Reward);

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        var plain = new ValueSettings();
        if (Trunk == ValueTrunk.Own && Coefficient != plain.Coefficient)
        {
            add(
                "coefficient",
                $"{Coefficient}, which a value model with a trunk of its own does not read",
                "no such setting, as it has an optimizer of its own; or the trunk shared");
        }

        if (Trunk == ValueTrunk.Shared && (StartFrom.Length > 0 || Optimizer != plain.Optimizer))
        {
            add("startFrom, optimizer", "settings that a value model on the policy's trunk does not read", "no such settings, or the trunk own");
        }
    }
}

/// <summary>What a value model is built on.</summary>
public enum ValueTrunk
{
    /// <summary>A transformer of its own, with an optimizer of its own; it begins as a copy of the policy.</summary>
    Own,

    /// <summary>The policy's hidden states: one scalar head beside the language model's, trained together with the policy.</summary>
    Shared,
}
