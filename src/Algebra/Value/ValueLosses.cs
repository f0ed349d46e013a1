using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>Losses of a value function at one token. Every form carries the factor ½.</summary>
public static class ValueLosses
{
    /// <summary>½(V − R)².</summary>
    /// <param name="value">V.</param>
    /// <param name="target">R, data.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Squared<T>(T value, T target)
        where T : struct, IAlgebra<T> => T.Scale((value - target) * (value - target), 0.5);

    /// <summary>½·max((V − R)², (V_old + clip(V − V_old, ±c) − R)²). Source: the OpenAI baselines of Schulman et al. 2017.</summary>
    /// <param name="value">V.</param>
    /// <param name="oldValue">V_old, data.</param>
    /// <param name="target">R, data.</param>
    /// <param name="clipRange">c.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Clipped<T>(T value, T oldValue, T target, double clipRange)
        where T : struct, IAlgebra<T> =>
        T.Max(Squared(value, target), Squared(ClippedValue(value, oldValue, clipRange), target));

    /// <summary>V limited to V_old ± c; exactly V inside.</summary>
    /// <param name="value">V.</param>
    /// <param name="oldValue">V_old, data.</param>
    /// <param name="clipRange">c.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ClippedValue<T>(T value, T oldValue, double clipRange)
        where T : struct, IAlgebra<T> =>
        T.Max(T.Shift(oldValue, -clipRange), T.Min(T.Shift(oldValue, clipRange), value));
}
