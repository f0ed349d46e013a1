using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Models;

/// <summary>
/// Low-rank adapters: y = W·x + scale·B·A·x, where only A [rank, inputs] and B [outputs, rank] are trained. Source: Hu et al. 2021,
/// "LoRA", arXiv:2106.09685.
/// </summary>
public sealed record LoraSettings : ICheckedSettings
{
    /// <summary>All linear layers of the blocks.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Rank of the adapters.</summary>
    /// <value>16.</value>
    [Within(1)]
    public int Rank { get; init; } = 16;

    /// <summary>The scale is alpha / rank, or alpha / √rank if it is rank-stabilized.</summary>
    /// <value>32.</value>
    [Within(0, LowOpen = true)]
    public double Alpha { get; init; } = 32;

    /// <summary>Whether the scale is alpha / √rank. Source: Kalajdzievski 2023, arXiv:2312.03732.</summary>
    /// <value>false.</value>
    public bool RankStabilized { get; init; }

    /// <summary>
    /// Probability with which an input of an adapter is dropped in training; stages that draw completions drop nothing, as their ratios
    /// compare a policy with itself.
    /// </summary>
    /// <value>0.</value>
    [Within(0, 1, HighOpen = true)]
    public double Dropout { get; init; }

    /// <summary>
    /// The linear layers that are adapted, by their names in checkpoints such as q_proj and v_proj, separated by commas; or all-linear.
    /// </summary>
    /// <value>"all-linear".</value>
    public string Targets { get; init; } = AllLinear;

    /// <summary>Whether the biases of the adapted layers are trained too.</summary>
    /// <value>false.</value>
    public bool Biases { get; init; }

    /// <summary>Whether the token embedding, and an untied output head, are trained too.</summary>
    /// <value>false.</value>
    public bool Embeddings { get; init; }

    /// <summary>What B·A·x is multiplied by.</summary>
    public double Scale => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <summary>The names of the targets.</summary>
    public IReadOnlyList<string> TargetNames =>
        Targets.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        if (TargetNames.Count == 0)
        {
            add("targets", "none", $"names of linear layers, separated by commas, or {AllLinear}");
        }
    }
}
