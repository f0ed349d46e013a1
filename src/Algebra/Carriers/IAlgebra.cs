namespace RlCore.Algebra;

/// <summary>
/// The number that a formula runs on. A formula is written once, as a static generic method over
/// <c>IAlgebra&lt;T&gt;</c>; the carrier <typeparamref name="T"/> decides what it means: a double
/// (<c>Real</c>), a value with its derivative (<c>Dual&lt;S&gt;</c>), a SIMD register, a grid of
/// tokens, a tensor on a device.
/// </summary>
/// <remarks>
/// The laws of every carrier (checked by the law suite):
/// <list type="bullet">
/// <item>Elementwise. Carriers with a shape require equal shapes: there is no implicit broadcasting.</item>
/// <item>Ties. <see cref="Min"/> and <see cref="Max"/> of equal operands give each side half the gradient.
/// <see cref="Clamp"/> passes gradient 1 on its closed boundary and 0 outside. <see cref="Abs"/> has gradient
/// 0 at 0. This is libtorch's convention.</item>
/// <item>NaN. Arithmetic propagates NaN. A comparison with NaN is neither less nor greater, and selects
/// the <c>equal</c> branch of <see cref="SelectByOrder"/> and the <c>outside</c> branch of <see cref="SelectInside"/>,
/// except that <see cref="Min"/>, <see cref="Max"/> and <see cref="Clamp"/> of NaN are NaN.</item>
/// <item>Selection selects. What is not selected contributes nothing, NaN and infinity included, forward and
/// backward.</item>
/// </list>
/// </remarks>
/// <typeparam name="T">The carrier itself, a <c>readonly struct</c>.</typeparam>
public interface IAlgebra<T>
    where T : struct, IAlgebra<T>
{
    /// <summary>left + right, elementwise.</summary>
    static abstract T operator +(T left, T right);

    /// <summary>left − right, elementwise.</summary>
    static abstract T operator -(T left, T right);

    /// <summary>left · right, elementwise.</summary>
    static abstract T operator *(T left, T right);

    /// <summary>left / right, elementwise.</summary>
    static abstract T operator /(T left, T right);

    /// <summary>−x, elementwise.</summary>
    static abstract T operator -(T x);

    /// <summary>factor · x.</summary>
    static abstract T Scale(T x, double factor);

    /// <summary>x + offset.</summary>
    static abstract T Shift(T x, double offset);

    /// <summary>The constant <paramref name="value"/>, shaped and placed like <paramref name="like"/>; its gradient is zero.</summary>
    static abstract T Constant(T like, double value);

    /// <summary>eˣ.</summary>
    static abstract T Exp(T x);

    /// <summary>Natural logarithm; −∞ at 0, NaN below.</summary>
    static abstract T Log(T x);

    /// <summary>√x; NaN below 0.</summary>
    static abstract T Sqrt(T x);

    /// <summary>|x|, gradient 0 at 0.</summary>
    static abstract T Abs(T x);

    /// <summary>eˣ − 1, accurate near 0.</summary>
    static abstract T ExpM1(T x);

    /// <summary>log(1 + x), accurate near 0.</summary>
    static abstract T LogP1(T x);

    /// <summary>eˣ − 1 − x, accurate near 0 and never negative.</summary>
    static abstract T ExpM1MinusX(T x);

    /// <summary>eˣ − 1 − x with its derivative eˣ − 1, for carriers that compute both from one exponential.</summary>
    static abstract (T Value, T Slope) ExpM1MinusXWithSlope(T x);

    /// <summary>log(1 − eˣ) for x &lt; 0, accurate at both ends; −∞ at 0, NaN above.</summary>
    static abstract T Log1MExp(T x);

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ), without overflow.</summary>
    static abstract T Sigmoid(T x);

    /// <summary>log σ(x) = −log(1 + e⁻ˣ), without overflow and accurate at both ends.</summary>
    static abstract T LogSigmoid(T x);

    /// <summary>log σ(x) with its derivative σ(−x), for carriers that compute both from one exponential.</summary>
    static abstract (T Value, T Slope) LogSigmoidWithSlope(T x);

    /// <summary>The smaller operand; a tie gives each side half the gradient.</summary>
    static abstract T Min(T left, T right);

    /// <summary>The larger operand; a tie gives each side half the gradient.</summary>
    static abstract T Max(T left, T right);

    /// <summary>x limited to [low, high]; gradient 1 on the closed interval, 0 outside.</summary>
    static abstract T Clamp(T x, double low, double high);

    /// <summary>The value of x with gradient zero.</summary>
    static abstract T StopGradient(T x);

    /// <summary>
    /// Selects by the order of two values: <paramref name="less"/> where left &lt; right, <paramref name="greater"/>
    /// where left &gt; right, else <paramref name="equal"/>. No gradient flows through the comparison.
    /// </summary>
    static abstract T SelectByOrder(T left, T right, T less, T equal, T greater);

    /// <summary>
    /// <paramref name="inside"/> where low ≤ x ≤ high, else <paramref name="outside"/>. No gradient flows through
    /// the comparison.
    /// </summary>
    static abstract T SelectInside(T x, double low, double high, T inside, T outside);
}
