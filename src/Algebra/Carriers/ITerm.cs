namespace RlCore.Algebra;

/// <summary>
/// An elementwise formula as a value: one differentiable variable and up to four data arguments. It is how a
/// loss travels to an engine that runs it in one fused pass, without a second copy of the formula.
/// </summary>
/// <remarks>Implementations are <c>readonly struct</c>s that hold their constants (clip range, β) and call the
/// named static formula; what each of the arguments means is stated by the implementation.</remarks>
public interface ITerm
{
    /// <summary>The formula at one element.</summary>
    /// <param name="x">The variable: gradients flow to it.</param>
    /// <param name="a">First data argument.</param>
    /// <param name="b">Second data argument.</param>
    /// <param name="c">Third data argument.</param>
    /// <param name="d">Fourth data argument.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T>;
}
