namespace RlCore.Algebra;

/// <summary>A reward model's loss of completions listed from best to worst, as a value: the kind and its constants.</summary>
public abstract record RankingLoss
{
    private RankingLoss() => WithinAttribute.Check(this);

    /// <summary>The loss of one ranking.</summary>
    /// <param name="ranks">Rewards from the best to the worst.</param>
    /// <param name="margin">The margin by which a pair's better completion should lead, data; 0 for none.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">There are too few or too many ranks.</exception>
    public abstract T Of<T>(ReadOnlySpan<T> ranks, T margin)
        where T : struct, IAlgebra<T>;

    /// <summary>Bradley–Terry, of pairs. See <see cref="RewardModelLosses.BradleyTerry"/>.</summary>
    /// <param name="Centring">Weight of (r_w + r_l)², which keeps the rewards near zero; 0 for none.</param>
    public sealed record BradleyTerry([Within(0)] double Centring = 0) : RankingLoss
    {
        /// <inheritdoc/>
        public override T Of<T>(ReadOnlySpan<T> ranks, T margin) => ranks.Length == 2
            ? RewardModelLosses.BradleyTerry(ranks[0], ranks[1], margin, Centring)
            : throw new ArgumentException($"Bradley–Terry compares two completions, but {ranks.Length} were given.", nameof(ranks));
    }

    /// <summary>Plackett–Luce, of rankings; it reads no margin. See <see cref="RewardModelLosses.PlackettLuce"/>.</summary>
    public sealed record PlackettLuce : RankingLoss
    {
        /// <inheritdoc/>
        public override T Of<T>(ReadOnlySpan<T> ranks, T margin) => RewardModelLosses.PlackettLuce(ranks);
    }
}
