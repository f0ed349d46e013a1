namespace RlCore.Algebra;

/// <summary>
/// The arguments of an <see cref="IElementFormula"/> over arrays. One that is left out is the variable, which is not read.
/// </summary>
internal readonly ref struct ElementSpans<T>(
    ReadOnlySpan<T> variable,
    ReadOnlySpan<T> first = default,
    ReadOnlySpan<T> second = default,
    ReadOnlySpan<T> third = default,
    ReadOnlySpan<T> fourth = default)
{
    public ReadOnlySpan<T> Variable { get; } = variable;

    public ReadOnlySpan<T> First { get; } = first.IsEmpty ? variable : first;

    public ReadOnlySpan<T> Second { get; } = second.IsEmpty ? variable : second;

    public ReadOnlySpan<T> Third { get; } = third.IsEmpty ? variable : third;

    public ReadOnlySpan<T> Fourth { get; } = fourth.IsEmpty ? variable : fourth;
}
