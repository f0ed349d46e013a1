namespace RlCore.Engines;

/// <summary>The group of a process that is alone.</summary>
public sealed class SingleProcess : IProcessGroup
{
    private SingleProcess()
    {
    }

    /// <summary>The group.</summary>
    public static SingleProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received) =>
        throw new ArgumentOutOfRangeException(nameof(partner), partner, "There is no other process.");

    /// <inheritdoc/>
    public void Fail(string message)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
