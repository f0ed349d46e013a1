namespace RlCore.Trainers.Sequences;

/// <summary>
/// What one forward and backward pass may take, and what a shard of a step takes at least. It bounds memory; losses and gradients do not
/// depend on it.
/// </summary>
public sealed record PassLimits
{
    /// <summary>Limits of a pass.</summary>
    /// <param name="sequences">Most sequences.</param>
    /// <param name="tokens">Most tokens, padding included: the sequences times the longest of them; 0 for no limit.</param>
    /// <param name="shardTokens">Least tokens of a shard; 0 for no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit allows nothing.</exception>
    public PassLimits(int sequences, int tokens = 0, int shardTokens = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(shardTokens);
        Sequences = sequences;
        Tokens = tokens;
        ShardTokens = shardTokens;
    }

    /// <summary>Most sequences.</summary>
    public int Sequences { get; }

    /// <summary>Most tokens, padding included; 0 for no limit. One sequence is a pass, however long it is.</summary>
    public int Tokens { get; }

    /// <summary>Least tokens of a shard of a step; 0 for no limit.</summary>
    public int ShardTokens { get; }

    /// <summary>Whether sequences fit into one pass.</summary>
    /// <param name="sequences">Their number.</param>
    /// <param name="longest">Tokens of the longest.</param>
    internal bool Hold(int sequences, int longest) =>
        sequences <= Sequences && (Tokens == 0 || (long)sequences * longest <= Tokens);
}
