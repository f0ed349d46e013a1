namespace RlCore.Engines.Tests;

/// <summary>Frequencies of rotary positions.</summary>
public sealed class RotaryFrequenciesLaws
{
    [Fact]
    public void Those_of_a_base_fall_geometrically()
    {
        var frequencies = RotaryFrequencies.Of(6, 1000);
        Assert.Equal([1, Math.Pow(1000, -2.0 / 6), Math.Pow(1000, -4.0 / 6)], frequencies.PerPosition.ToArray());
        Assert.Equal((6, 1), (frequencies.Size, frequencies.Scale));
    }

    [Fact]
    public void Equal_content_is_equal()
    {
        var (one, other) = (new RotaryFrequencies([1, 0.25], 1.5), new RotaryFrequencies([1, 0.25], 1.5));
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, new RotaryFrequencies([1, 0.25]));
        Assert.NotEqual(one, new RotaryFrequencies([1, 0.5], 1.5));
        Assert.NotEqual(one, new RotaryFrequencies([1], 1.5));
        Assert.False(one.Equals(null));
    }

    [Fact]
    public void What_turns_no_pairs_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RotaryFrequencies.Of(5, 100));
        Assert.Throws<ArgumentException>(() => RotaryFrequencies.Of(0, 100));
        Assert.Throws<ArgumentException>(() => new RotaryFrequencies([]));
        Assert.Throws<ArgumentException>(() => new RotaryFrequencies([double.NaN]));
        Assert.Throws<ArgumentException>(() => new RotaryFrequencies([1], 0));
        Assert.Throws<ArgumentException>(() => new RotaryFrequencies([1], double.PositiveInfinity));
    }
}
