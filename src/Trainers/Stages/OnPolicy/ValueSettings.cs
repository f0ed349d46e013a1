using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>The value model of generalised advantages.</summary>
public sealed record ValueSettings : ICheckedSettings
{
    /// <summary>The trunk of the value model.</summary>
    /// <value>Own.</value>
    public ValueTrunk Trunk { get; init; } = ValueTrunk.Own;

    /// <summary>Maximum change of a value from that of the rollout before its loss is clipped; 0 for no clipping.</summary>
    /// <value>0.2.</value>
    [Within(0)]
    public double ClipRange { get; init; } = 0.2;

    /// <summary>Weight of the value loss relative to the policy's; used only with a shared trunk.</summary>
    /// <value>0.1.</value>
    [Within(0, LowOpen = true)]
    public double Coefficient { get; init; } = 0.1;

    /// <summary>
    /// Initial weights of a separate trunk: empty for the policy at the start of the stage, or the name of an earlier stage whose value
    /// model (or otherwise reward model) is used.
    /// </summary>
    /// <value>"".</value>
    public string StartFrom { get; init; } = "";

    /// <summary>Optimizer and schedule of a separate trunk.</summary>
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
                $"{Coefficient}, which a value model with its own trunk ignores",
                "no such setting, as the value model has its own optimizer; or the trunk shared");
        }

        if (Trunk == ValueTrunk.Shared && (StartFrom.Length > 0 || Optimizer != plain.Optimizer))
        {
            add("startFrom, optimizer", "settings that a value model on the policy's trunk ignores", "no such settings, or the trunk own");
        }
    }
}

/// <summary>The trunk of a value model.</summary>
public enum ValueTrunk
{
    /// <summary>A separate transformer with its own optimizer, initialized as a copy of the policy.</summary>
    Own,

    /// <summary>The policy's trunk, with a scalar head besides the language model's head; trained together with the policy.</summary>
    Shared,
}
