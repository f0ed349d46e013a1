namespace RlCore.Engines;

/// <summary>
/// How fast each pair of a head turns with the position, and what its cosine and sine are multiplied by. Two of equal content are
/// equal, so that an engine computes their tables once.
/// </summary>
public sealed class RotaryFrequencies : IEquatable<RotaryFrequencies>
{
    private readonly double[] _perPosition;
    private readonly int _hash;

    /// <summary>Frequencies as a model's rotary scaling gives them.</summary>
    /// <param name="perPosition">The angle in radians by which each of the size/2 pairs turns from one position to the next.</param>
    /// <param name="scale">Multiplies every cosine and sine: the attention factor of YaRN (Peng et al. 2023), else 1.</param>
    /// <exception cref="ArgumentException">There is no pair, or a number is not finite, or the scale is not positive.</exception>
    public RotaryFrequencies(ReadOnlySpan<double> perPosition, double scale = 1)
    {
        if (perPosition.IsEmpty)
        {
            throw new ArgumentException("Rotary positions turn pairs: at least one frequency is needed.", nameof(perPosition));
        }

        foreach (double frequency in perPosition)
        {
            if (!double.IsFinite(frequency))
            {
                throw new ArgumentException($"A frequency is finite, but got {frequency}.", nameof(perPosition));
            }
        }

        if (!(scale > 0) || !double.IsFinite(scale))
        {
            throw new ArgumentException($"A scale is positive and finite, but got {scale}.", nameof(scale));
        }

        _perPosition = perPosition.ToArray();
        Scale = scale;
        var hash = new HashCode();
        hash.Add(scale);
        foreach (double frequency in _perPosition)
        {
            hash.Add(frequency);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Radians per position of each pair.</summary>
    public ReadOnlySpan<double> PerPosition => _perPosition;

    /// <summary>Multiplies every cosine and sine; 1 for most models.</summary>
    public double Scale { get; }

    /// <summary>Width of the heads that these turn: twice the number of pairs.</summary>
    public int Size => 2 * _perPosition.Length;

    /// <summary>theta^(−2i/size) for pair i (Su et al. 2021), scale 1.</summary>
    /// <param name="size">Width of a head, even.</param>
    /// <param name="theta">Base, usually 10,000.</param>
    /// <exception cref="ArgumentException">The size is odd or not positive.</exception>
    public static RotaryFrequencies Of(int size, double theta)
    {
        if (size <= 0 || size % 2 != 0)
        {
            throw new ArgumentException($"Rotary positions turn pairs: the head size {size} must be even and positive.", nameof(size));
        }

        var frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Math.Pow(theta, -2.0 * i / size);
        }

        return new RotaryFrequencies(frequencies);
    }

    /// <inheritdoc/>
    public bool Equals(RotaryFrequencies? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Scale == other.Scale && _perPosition.AsSpan().SequenceEqual(other._perPosition));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RotaryFrequencies);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
