using RlCore.Algebra;

namespace RlCore.Trainers.Models;

/// <summary>The plan of a parameter: its name, its shape and its initialization.</summary>
/// <param name="Name">Name in checkpoints.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Start">How it is initialized.</param>
/// <param name="Std">Standard deviation of a normal initialization.</param>
internal sealed record PlannedParameter(string Name, int Rows, int Columns, ParameterStart Start, double Std)
{
    /// <summary>Number of elements.</summary>
    public int Size => Rows * Columns;

    /// <summary>Whether it is a vector: a gain or a bias.</summary>
    public bool IsVector => Start != ParameterStart.Normal;

    /// <summary>Weight decay applies to matrices of linear layers and embeddings, not to gains and biases.</summary>
    public bool Decays => Start == ParameterStart.Normal;

    /// <summary>The initial values: a pure function of seed and index.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="index">Index of the parameter in the plan.</param>
    public float[] InitialValues(ulong seed, int index)
    {
        var values = new float[Size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Start switch
            {
                ParameterStart.One => 1,
                ParameterStart.Normal => (float)(Std * Philox.Normal(seed, RandomPurpose.Initialization, 0, (uint)index, (uint)i)),
                _ => 0,
            };
        }

        return values;
    }
}

/// <summary>How a parameter is initialized.</summary>
internal enum ParameterStart
{
    /// <summary>All zero (biases).</summary>
    Zero,

    /// <summary>All one (gains of norms).</summary>
    One,

    /// <summary>Normal with a given standard deviation.</summary>
    Normal,
}

/// <summary>The parameters of a decoder, in the model's order.</summary>
internal static class ParameterPlan
{
    /// <summary>Name of a scalar head's weight.</summary>
    public const string ScoreWeight = "score.weight";

    /// <summary>Name of a scalar head's bias.</summary>
    public const string ScoreBias = "score.bias";

    /// <summary>Name of the token embedding.</summary>
    public const string Embedding = "embedding.weight";

    /// <summary>Name of the learned positions.</summary>
    public const string Positions = "positions.weight";

    /// <summary>Name of an untied output head.</summary>
    public const string Head = "head.weight";

    /// <summary>Lists the parameters of a model.</summary>
    /// <param name="settings">Shape of the model.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    public static IReadOnlyList<PlannedParameter> Create(ModelSettings settings, int vocabularySize)
    {
        var plan = new List<PlannedParameter>();
        int width = settings.Width;
        double std = settings.InitStd;
        double residualStd = std / Math.Sqrt(2.0 * settings.Layers);
        bool allBiases = settings.Biases == BiasKind.All;
        bool attentionBiases = settings.Biases is BiasKind.All or BiasKind.Attention;
        bool gated = settings.Mlp == MlpKind.GatedSilu;
        int up = settings.ResolvedMlpWidth * (gated ? 2 : 1);
        plan.Add(new(Embedding, vocabularySize, width, ParameterStart.Normal, std));
        if (settings.Positions == PositionKind.Learned)
        {
            plan.Add(new(Positions, settings.Context, width, ParameterStart.Normal, std));
        }

        for (int layer = 0; layer < settings.Layers; layer++)
        {
            string block = $"blocks.{layer}";
            AddNorm(plan, $"{block}.attention_norm", settings);
            AddLinear(plan, $"{block}.attention.qkv", settings.HeadLayout.PackedWidth, width, std, settings.Biases != BiasKind.None);
            if (settings.HeadNorm)
            {
                plan.Add(new($"{block}.attention.query_norm.gain", 1, settings.HeadLayout.Size, ParameterStart.One, 0));
                plan.Add(new($"{block}.attention.key_norm.gain", 1, settings.HeadLayout.Size, ParameterStart.One, 0));
            }

            AddLinear(plan, $"{block}.attention.output", width, settings.HeadLayout.OutputWidth, residualStd, attentionBiases);
            AddNorm(plan, $"{block}.mlp_norm", settings);
            AddLinear(plan, $"{block}.mlp.up", up, width, std, allBiases);
            AddLinear(plan, $"{block}.mlp.down", width, settings.ResolvedMlpWidth, residualStd, allBiases);
        }

        AddNorm(plan, "final_norm", settings);
        if (!settings.TiedHead)
        {
            plan.Add(new(Head, vocabularySize, width, ParameterStart.Normal, std));
        }

        return plan;
    }

    /// <summary>
    /// Lists the parameters of a scalar model: the trunk of a language model, without an output head, and a scalar head of
    /// zeros.
    /// </summary>
    /// <param name="settings">Shape of the trunk.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    public static IReadOnlyList<PlannedParameter> CreateScalar(ModelSettings settings, int vocabularySize) =>
    [
        .. Create(settings with { TiedHead = true }, vocabularySize),
        .. CreateHead(settings),
    ];

    /// <summary>Lists the parameters of a scalar head.</summary>
    /// <param name="settings">Shape of the trunk.</param>
    public static IReadOnlyList<PlannedParameter> CreateHead(ModelSettings settings) =>
    [
        new(ScoreWeight, 1, settings.Width, ParameterStart.Zero, 0),
        new(ScoreBias, 1, 1, ParameterStart.Zero, 0),
    ];

    private static void AddNorm(List<PlannedParameter> plan, string name, ModelSettings settings)
    {
        plan.Add(new($"{name}.gain", 1, settings.Width, ParameterStart.One, 0));
        if (settings.Norm == NormKind.Layer)
        {
            plan.Add(new($"{name}.bias", 1, settings.Width, ParameterStart.Zero, 0));
        }
    }

    private static void AddLinear(List<PlannedParameter> plan, string name, int outputs, int inputs, double std, bool bias)
    {
        plan.Add(new($"{name}.weight", outputs, inputs, ParameterStart.Normal, std));
        if (bias)
        {
            plan.Add(new($"{name}.bias", 1, outputs, ParameterStart.Zero, 0));
        }
    }
}
