namespace RlCore.Algebra;

/// <summary>
/// The loss of a pair as a value: the formula of a chosen and a rejected completion's scores. Implementations are
/// <c>readonly struct</c>s that hold their constants and call the named static formula.
/// </summary>
public interface IPairTerm
{
    /// <summary>Whether the loss depends on s_w − s_l alone, so that its two derivatives are opposite.</summary>
    bool OfDifference { get; }

    /// <summary>The loss of one pair.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T>;
}
