using RlCore.Algebra;

namespace RlCore.Studies.Formulas;

/// <summary>A quantity that a formula reads.</summary>
/// <param name="Name">Plain-text name, "ℓ_old".</param>
/// <param name="Meaning">What it is, with its unit.</param>
/// <param name="Low">Least value that a check draws.</param>
/// <param name="High">Greatest value that a check draws.</param>
/// <param name="Differentiable">Whether gradients flow to it; else it is data.</param>
public sealed record Variable(string Name, string Meaning, double Low, double High, bool Differentiable = false)
{
    /// <summary>The variable as an expression.</summary>
    public Expr Symbol => Expr.Symbol(Name);
}

/// <summary>A choice in which code bases differ.</summary>
/// <param name="Choice">What is chosen.</param>
/// <param name="RlCore">Here.</param>
/// <param name="Trl">Hugging Face TRL 1.9, or the version that is named.</param>
/// <param name="Verl">verl 0.7.</param>
/// <param name="OpenRlhf">OpenRLHF 0.11.</param>
public sealed record PeerDifference(string Choice, string RlCore, string Trl, string Verl, string OpenRlhf);

/// <summary>A loss or an estimator of the library: what it is called, where it comes from, and the code that runs.</summary>
/// <param name="Name">Its name on the command line, "ppo-clip".</param>
/// <param name="Title">Its name among people.</param>
/// <param name="Family">The chapter of the index.</param>
/// <param name="Source">Paper and equation.</param>
/// <param name="Code">The function that the page is made from.</param>
/// <param name="Formula">That function with its constants fixed.</param>
/// <param name="Variables">Its arguments, in order.</param>
public sealed record LossEntry(
    string Name, string Title, string Family, string Source, string Code, Formula Formula, IReadOnlyList<Variable> Variables)
{
    /// <summary>What it is called on the left of its formula.</summary>
    public string Quantity { get; init; } = "L";

    /// <summary>Its constants. The values are there to be recognised, and are no defaults.</summary>
    public IReadOnlyList<ExprConstant> Constants { get; init; } = [];

    /// <summary>Subexpressions that have names, a later one perhaps in terms of an earlier one.</summary>
    public IReadOnlyList<ExprDefinition> Definitions { get; init; } = [];

    /// <summary>What one should know to use it rightly.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How TRL, verl and OpenRLHF differ.</summary>
    public IReadOnlyList<PeerDifference> Peers { get; init; } = [];

    /// <summary>The formula as the code builds it.</summary>
    public Expr Value() => Formula.Evaluate<Expr>([.. Variables.Select(variable => variable.Symbol)]);

    /// <summary>The derivative with respect to one variable, as the code builds it.</summary>
    /// <param name="index">Index of the variable.</param>
    public Expr Derivative(int index) => Formula.Evaluate<Dual<Expr>>([.. Variables.Select((variable, i) =>
        i == index ? Dual<Expr>.Variable(variable.Symbol) : Dual<Expr>.Constant(variable.Symbol))]).Tangent.WithoutStops();
}
