using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>A mathematical expression, or a part of one, as it was written.</summary>
internal abstract class ExpressionNode
{
    /// <summary>The node as a text in which the order of sums, products and sets does not show. Equal keys are equal expressions.</summary>
    public string Key => field ??= Write();

    /// <summary>The parts of the node.</summary>
    public virtual IReadOnlyList<ExpressionNode> Parts => [];

    /// <summary>Writes the key.</summary>
    protected abstract string Write();
}

/// <summary>A number.</summary>
/// <param name="value">Its value.</param>
/// <param name="isDecimal">Whether it was written with a decimal point, so that it may be rounded.</param>
internal sealed class NumberNode(Rational value, bool isDecimal) : ExpressionNode
{
    private const int MostWritten = 1024;

    /// <summary>Its value.</summary>
    public Rational Value { get; } = value;

    /// <summary>Whether it may be rounded.</summary>
    public bool IsDecimal { get; } = isDecimal;

    // Writing thousands of decimal digits takes longer than computing with them.
    /// <inheritdoc/>
    protected override string Write() => Value.Bits <= MostWritten
        ? Value.ToString()
        : string.Create(CultureInfo.InvariantCulture, $"#{Value.Numerator:x}/{Value.Denominator:x}");
}

/// <summary>A variable or a constant (π, e, i, ∞, ∅, ℝ), with its index: <c>x_{1}</c>.</summary>
/// <param name="name">Its name.</param>
internal sealed class SymbolNode(string name) : ExpressionNode
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    protected override string Write() => Name;
}

/// <summary>Words: an answer in prose, or a unit.</summary>
/// <param name="text">The words.</param>
internal sealed class WordsNode(string text) : ExpressionNode
{
    /// <summary>The words.</summary>
    public string Text { get; } = text;

    /// <inheritdoc/>
    protected override string Write() => $"\"{Text.Trim()}\"";
}

/// <summary>An operation or a function with its arguments; + and * in any order.</summary>
/// <param name="function">Its name.</param>
/// <param name="arguments">Its arguments.</param>
internal sealed class ApplyNode(string function, params IReadOnlyList<ExpressionNode> arguments) : ExpressionNode
{
    /// <summary>Its name.</summary>
    public string Function { get; } = function;

    /// <inheritdoc/>
    public override IReadOnlyList<ExpressionNode> Parts { get; } = arguments;

    /// <inheritdoc/>
    protected override string Write()
    {
        IEnumerable<string> keys = Parts.Select(part => part.Key);
        return $"{Function}[{string.Join(' ', Function is "+" or "*" or "∪" or "∩" ? keys.Order(StringComparer.Ordinal) : keys)}]";
    }
}

/// <summary>Items between brackets: a tuple, an interval, a set.</summary>
/// <param name="open">The opening bracket: ( [ { or ⟨.</param>
/// <param name="close">The closing one.</param>
/// <param name="items">The items.</param>
internal sealed class BracketsNode(char open, char close, IReadOnlyList<ExpressionNode> items) : ExpressionNode
{
    /// <summary>The opening bracket.</summary>
    public char Open { get; } = open;

    /// <summary>The closing bracket.</summary>
    public char Close { get; } = close;

    /// <inheritdoc/>
    public override IReadOnlyList<ExpressionNode> Parts { get; } = items;

    /// <summary>Whether it is a set of its items.</summary>
    public bool IsSet => Open == '{';

    /// <summary>Whether it can be an interval.</summary>
    public bool IsInterval => Parts.Count == 2 && Open is '(' or '[' or ']' && Close is ')' or ']' or '[';

    /// <inheritdoc/>
    protected override string Write()
    {
        IEnumerable<string> keys = Parts.Select(part => part.Key);
        return $"{Open}{string.Join(' ', IsSet ? keys.Distinct().Order(StringComparer.Ordinal) : keys)}{Close}";
    }
}

/// <summary>Several answers: "1, 2 and 3".</summary>
/// <param name="items">The answers.</param>
/// <param name="isEither">Whether "or" joins them.</param>
internal sealed class SeriesNode(IReadOnlyList<ExpressionNode> items, bool isEither) : ExpressionNode
{
    /// <summary>Whether "or" joins them.</summary>
    public bool IsEither { get; } = isEither;

    /// <inheritdoc/>
    public override IReadOnlyList<ExpressionNode> Parts { get; } = items;

    /// <inheritdoc/>
    protected override string Write() => string.Join(',', Parts.Select(part => part.Key));
}

/// <summary>Sides with relations between them: <c>0 &lt; x ≤ 1</c>.</summary>
/// <param name="sides">The sides, one more than relations.</param>
/// <param name="relations">The relations: = ≠ &lt; &gt; ≤ ≥ ≈ ∈ and others.</param>
internal sealed class ChainNode(IReadOnlyList<ExpressionNode> sides, IReadOnlyList<char> relations) : ExpressionNode
{
    /// <inheritdoc/>
    public override IReadOnlyList<ExpressionNode> Parts { get; } = sides;

    /// <summary>The relations.</summary>
    public IReadOnlyList<char> Relations { get; } = relations;

    /// <inheritdoc/>
    protected override string Write() =>
        string.Concat(Parts.Select((side, i) => i == 0 ? side.Key : $"{Relations[i - 1]}{side.Key}"));
}

/// <summary>A matrix.</summary>
/// <param name="rows">Its rows, of equal lengths.</param>
internal sealed class MatrixNode(IReadOnlyList<IReadOnlyList<ExpressionNode>> rows) : ExpressionNode
{
    /// <summary>Its rows.</summary>
    public IReadOnlyList<IReadOnlyList<ExpressionNode>> Rows { get; } = rows;

    /// <summary>Its number of columns.</summary>
    public int Columns => Rows[0].Count;

    /// <inheritdoc/>
    public override IReadOnlyList<ExpressionNode> Parts { get; } = [.. rows.SelectMany(row => row)];

    /// <inheritdoc/>
    protected override string Write() => string.Create(
        CultureInfo.InvariantCulture, $"matrix{Rows.Count}x{Columns}[{string.Join(' ', Parts.Select(part => part.Key))}]");
}
