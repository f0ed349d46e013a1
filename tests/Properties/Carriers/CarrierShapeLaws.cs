using System.Runtime.CompilerServices;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A carrier is a value: a readonly struct.</summary>
public sealed class CarrierShapeLaws
{
    private static readonly Type[] Terms =
    [
        typeof(IPolicyTerm), typeof(IValueTerm), typeof(IUnpairedTerm), typeof(IDivergenceTerm), typeof(ILogProbTerm), typeof(IPairTerm),
    ];

    [Fact]
    public void Every_carrier_and_every_term_is_a_readonly_struct()
    {
        Type[] types =
        [
            .. typeof(Real).Assembly.GetTypes().Where(type => !type.IsInterface && type.GetInterfaces().Any(face =>
                face == typeof(IElementFormula) || Terms.Contains(face)
                    || (face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IAlgebra<>)))),
        ];
        Assert.Contains(typeof(Grid<>), types);
        Assert.Contains(typeof(PpoClipTerm), types);
        Assert.All(types, type => Assert.True(
            type.IsValueType && type.IsDefined(typeof(IsReadOnlyAttribute), inherit: false), $"{type.Name} is no readonly struct"));
    }
}
