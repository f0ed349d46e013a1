namespace RlCore.Algebra;

/// <summary>
/// An elementwise formula as an engine runs it: one differentiable variable and four data arguments, by position. A loss is
/// written as a term with named inputs instead (<see cref="IPolicyTerm"/> and its relatives); the inputs put it in this form.
/// </summary>
public interface IElementFormula
{
    /// <summary>The formula at one element.</summary>
    /// <param name="variable">Gradients flow to it.</param>
    /// <param name="first">First data argument.</param>
    /// <param name="second">Second data argument.</param>
    /// <param name="third">Third data argument.</param>
    /// <param name="fourth">Fourth data argument.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(T variable, T first, T second, T third, T fourth)
        where T : struct, IAlgebra<T>;
}
