using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>An elementwise function of two variables.</summary>
internal interface IBinaryValue
{
    static abstract V Value(V left, V right);
}

/// <summary>An elementwise function of two variables and its partial derivatives.</summary>
internal interface IBinaryOperation : IBinaryValue
{
    static abstract V LeftSlope(V left, V right, V value);

    static abstract V RightSlope(V left, V right, V value);
}

internal readonly struct AddOperation : IBinaryValue
{
    public static V Value(V left, V right) => left + right;
}

internal readonly struct SubtractOperation : IBinaryOperation
{
    public static V Value(V left, V right) => left - right;

    public static V LeftSlope(V left, V right, V value) => V.One;

    public static V RightSlope(V left, V right, V value) => -V.One;
}

internal readonly struct MultiplyOperation : IBinaryOperation
{
    public static V Value(V left, V right) => left * right;

    public static V LeftSlope(V left, V right, V value) => right;

    public static V RightSlope(V left, V right, V value) => left;
}

internal readonly struct DivideOperation : IBinaryOperation
{
    public static V Value(V left, V right) => left / right;

    public static V LeftSlope(V left, V right, V value) => V.One / right;

    public static V RightSlope(V left, V right, V value) => -value / right;
}

internal readonly struct MinOperation : IBinaryOperation
{
    public static V Value(V left, V right) => Vector512.Min(left, right);

    public static V LeftSlope(V left, V right, V value) => Order.Share(left, right);

    public static V RightSlope(V left, V right, V value) => Order.Share(right, left);
}

internal readonly struct MaxOperation : IBinaryOperation
{
    public static V Value(V left, V right) => Vector512.Max(left, right);

    public static V LeftSlope(V left, V right, V value) => Order.Share(right, left);

    public static V RightSlope(V left, V right, V value) => Order.Share(left, right);
}

/// <summary>Selection by order.</summary>
internal static class Order
{
    /// <summary>less where left &lt; right, greater where left &gt; right, else equal: that is where a NaN goes.</summary>
    public static V Select(V left, V right, V less, V equal, V greater) =>
        Vector512.ConditionalSelect(
            Vector512.LessThan(left, right),
            less,
            Vector512.ConditionalSelect(Vector512.GreaterThan(left, right), greater, equal));

    /// <summary>The gradient that the smaller operand takes: 1 where left is it, ½ at a tie.</summary>
    public static V Share(V left, V right) => Select(left, right, V.One, Vector512.Create(0.5f), V.Zero);
}
