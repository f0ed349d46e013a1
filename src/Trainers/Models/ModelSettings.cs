namespace RlCore.Trainers.Models;

/// <summary>The shape of a decoder transformer. One model class reads it; GPT-2 and Llama are values of it.</summary>
public sealed record ModelSettings
{
    /// <summary>Transformer blocks.</summary>
    /// <value>2.</value>
    public int Layers { get; init; } = 2;

    /// <summary>Width of the residual stream.</summary>
    /// <value>128.</value>
    public int Width { get; init; } = 128;

    /// <summary>Query heads; divides the width.</summary>
    /// <value>4.</value>
    public int Heads { get; init; } = 4;

    /// <summary>Width inside the MLP; 0 means 4 · width.</summary>
    /// <value>0.</value>
    public int MlpWidth { get; init; }

    /// <summary>Most tokens of a sequence, prompt and completion together.</summary>
    /// <value>64.</value>
    public int Context { get; init; } = 64;

    /// <summary>Whether the output head is the token embedding.</summary>
    /// <value>true.</value>
    public bool TiedHead { get; init; } = true;

    /// <summary>Standard deviation of initial weights; residual projections are scaled by 1/√(2·layers) (GPT-2).</summary>
    /// <value>0.02.</value>
    public double InitStd { get; init; } = 0.02;

    /// <summary>ε of the norms.</summary>
    /// <value>1e-5.</value>
    public double NormEpsilon { get; init; } = 1e-5;
}
