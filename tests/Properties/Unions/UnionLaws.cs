using System.Reflection;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What all unions of the algebra have in common: closed, with defaults, with ranges.</summary>
public sealed class UnionLaws
{
    public static TheoryData<Type> Types => [.. Cases.Unions.SelectMany(Cases.TypesOf)];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_case_is_sealed_and_compares_by_content(Type type)
    {
        Assert.True(type.IsSealed);
        Assert.Equal(Cases.Default(type), Cases.Default(type));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_setting_has_a_default_within_its_range_and_is_a_property(Type type)
    {
        object value = Cases.Default(type);
        foreach (ParameterInfo parameter in Cases.Constructor(type).GetParameters())
        {
            Assert.True(parameter.HasDefaultValue, $"{type}.{parameter.Name}");
            Assert.Equal(parameter.DefaultValue, type.GetProperty(parameter.Name!)!.GetValue(value));
            if (parameter.DefaultValue is double or int)
            {
                WithinAttribute range = Assert.Single(parameter.GetCustomAttributes<WithinAttribute>());
                Assert.True(range.Contains(Convert.ToDouble(parameter.DefaultValue)), $"{type}.{parameter.Name}");
            }
            else
            {
                bool isNumber = Nullable.GetUnderlyingType(parameter.ParameterType) is not null;
                Assert.Equal(isNumber, parameter.GetCustomAttribute<WithinAttribute>() is not null);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_constant_outside_of_its_range_is_refused_and_both_are_named(Type type)
    {
        ConstructorInfo constructor = Cases.Constructor(type);
        ParameterInfo[] parameters = constructor.GetParameters();
        foreach ((int index, ParameterInfo parameter) in parameters.Index())
        {
            if (parameter.GetCustomAttribute<WithinAttribute>() is not { } range)
            {
                continue;
            }

            double[] outside = [range.Low - 1, range.High + 1, .. range.LowOpen ? new[] { range.Low } : [], double.NaN];
            Type number = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
            foreach (double wrong in outside.Where(value => number == typeof(double) || double.IsFinite(value)))
            {
                object?[] arguments = [.. parameters.Select(one => one.DefaultValue)];
                arguments[index] = Convert.ChangeType(wrong, number, System.Globalization.CultureInfo.InvariantCulture);
                Exception refusal = Assert.Throws<TargetInvocationException>(() => constructor.Invoke(arguments)).InnerException!;
                Assert.Equal(parameter.Name, Assert.IsType<ArgumentOutOfRangeException>(refusal).ParamName);
                Assert.Contains($"{parameter.Name} of {type.Name} must be a finite number in {range}", refusal.Message);
            }
        }
    }

    [Fact]
    public void A_range_prints_as_an_interval() => Assert.Equal(
        ["[0, 1]", "(0, 1)", "[0, Infinity)", "(-Infinity, Infinity)"],
        new WithinAttribute[] { new(0, 1), new(0, 1) { LowOpen = true, HighOpen = true }, new(0), new() }
            .Select(range => range.ToString()));

    [Fact]
    public void No_union_can_be_extended_from_outside() => Assert.All(Cases.Unions, union =>
    {
        const BindingFlags Every = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        bool Copies(ConstructorInfo constructor) => constructor.GetParameters() is [{ } copied] && copied.ParameterType == union;
        Assert.All(union.GetConstructors(Every), constructor => Assert.True(constructor.IsPrivate || Copies(constructor)));
    });

    [Fact]
    public void Surrogates_have_the_facts_and_the_defaults_of_their_papers() => Assert.Equal(
        """
        Clip { UsesOldPolicy = True, Clips = True, ClipLow = 0.2, ClipHigh = 0.2, DualClip =  }
        TwoSided { UsesOldPolicy = True, Clips = True, ClipLow = 0.2, ClipHigh = 0.2, Delta = 4 }
        Gspo { UsesOldPolicy = True, Clips = True, ClipLow = 0.0003, ClipHigh = 0.0004 }
        Gmpo { UsesOldPolicy = True, Clips = True, ClipLow = 0.4, ClipHigh = 0.4 }
        Cispo { UsesOldPolicy = True, Clips = True, WeightCap = 5 }
        Sapo { UsesOldPolicy = True, Clips = False, PositiveTemperature = 1, NegativeTemperature = 1.05 }
        Vespo { UsesOldPolicy = True, Clips = False, PositiveShape = 2, PositiveRate = 3, NegativeShape = 3, NegativeRate = 2 }
        ImportanceWeighted { UsesOldPolicy = True, Clips = False }
        Reinforce { UsesOldPolicy = False, Clips = False }
        """,
        string.Join('\n', Cases.All<Surrogate>().Select(value => value.ToString())));

    [Theory]
    [InlineData(false, false, true, true)]
    [InlineData(true, false, false, true)]
    [InlineData(false, true, true, false)]
    public void A_range_is_open_where_it_says_so(bool lowOpen, bool highOpen, bool low, bool high)
    {
        var range = new WithinAttribute(-1, 2) { LowOpen = lowOpen, HighOpen = highOpen };
        Assert.Equal((low, high), (range.Contains(-1), range.Contains(2)));
        Assert.True(range.Contains(0));
        Assert.False(range.Contains(-1.1) || range.Contains(2.1) || range.Contains(double.NaN));
    }

    [Fact]
    public void A_range_without_bounds_holds_every_finite_number() => Assert.Equal(
        [true, true, false, false, false],
        new[] { 1e300, -1e300, double.NaN, double.PositiveInfinity, double.NegativeInfinity }.Select(new WithinAttribute().Contains));
}
