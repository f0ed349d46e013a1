namespace RlCore.Algebra;

/// <summary>A surrogate with one ratio per sequence: a function of the ratio and the advantage, on any carrier.</summary>
internal interface ISequenceSurrogate
{
    /// <summary>The loss of a sequence.</summary>
    T OfRatio<T>(T ratio, T advantage)
        where T : struct, IAlgebra<T>;
}
