using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Studies.Conformance;

/// <summary>The batch shared by the policy losses, and the output of a loss over it.</summary>
internal sealed class PolicyBatch
{
    public PolicyBatch(VectorInputs inputs, string variable = "log_probs")
    {
        Inputs = inputs;
        Mask = inputs.Mask("mask");
        Variable = inputs.Array(variable);
        Old = Grid("old_log_probs");
        Advantages = inputs.Has("advantages") ? Tokens("advantages") : default;
    }

    public VectorInputs Inputs { get; }

    public SequenceMask Mask { get; }

    /// <summary>The variable of the gradient.</summary>
    public double[] Variable { get; }

    public TokenGrid Old { get; }

    /// <summary>A of every token, [B, T], also where the file gives one a sequence.</summary>
    public TokenGrid Advantages { get; }

    /// <summary>A of every token.</summary>
    public double[] AdvantageValues => Values(Advantages);

    /// <summary>ρ of every token.</summary>
    public double[] Ratios => Values(TokenGrid.Exp(Data(Variable) - Old));

    /// <summary>verl's weights for a mode of aggregation.</summary>
    public static double[] VerlWeights(string mode, SequenceMask mask, double? total = null)
    {
        Aggregation aggregation = mode switch
        {
            "token-mean" => new Aggregation.TokenMean(),
            "seq-mean-token-sum" => new Aggregation.SequenceSum(CountEmpty: false),
            "seq-mean-token-mean" => new Aggregation.SequenceMean(CountEmpty: false, CountEpsilon: 1e-8),
            "seq-mean-token-sum-norm" => new Aggregation.ConstantLength(mask.Columns),
            _ => throw new FormatException($"There is no aggregation '{mode}'."),
        };
        return aggregation.RowWeights(
            mask, total ?? (aggregation is Aggregation.ConstantLength ? mask.Columns : aggregation.TotalWeight(mask)));
    }

    public static double[] Values(TokenGrid grid) => [.. grid.Values.ToArray().Select(value => (double)value.Value)];

    public TokenGrid Data(double[] values) => Gradients.Data(Mask.Rows, values.Length / Math.Max(1, Mask.Rows), values);

    /// <summary>A grid of data by name.</summary>
    public TokenGrid Grid(string name) => Inputs.Has(name) && Inputs.OptionalArray(name) is { } values ? Data(values) : default;

    /// <summary>A grid of data by name, one a token: a value a sequence is repeated.</summary>
    public TokenGrid Tokens(string name)
    {
        TokenGrid grid = Grid(name);
        return grid.Columns == Mask.Columns ? grid : TokenGrid.ExpandOverTime(grid, Mask.Columns);
    }

    /// <summary>A token quantity repeated over the row.</summary>
    public TokenGrid Expand(TokenGrid perRow) => TokenGrid.ExpandOverTime(perRow, Mask.Columns);

    /// <summary>Writes the loss of a token loss under row weights, and its gradient.</summary>
    public void Write(VectorOutputs outputs, string name, Func<TokenGrid, TokenGrid> tokenLoss, double[] rowWeights) =>
        WriteScalar(outputs, name, logProbs => TokenLosses.Aggregate(tokenLoss(logProbs), Mask, rowWeights));

    /// <summary>Writes a loss that is a scalar already, and its gradient.</summary>
    public void WriteScalar(VectorOutputs outputs, string name, Func<TokenGrid, TokenGrid> loss)
    {
        (double value, double[] gradient) = Gradients.Run(Variable, Mask.Rows, Mask.Columns, loss);
        outputs[name, "loss"] = value;
        outputs.Set(gradient, name, "grad_log_probs");
    }
}
