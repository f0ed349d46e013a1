namespace RlCore.Algebra;

/// <summary>Divides a number of continuations among thoughts.</summary>
internal static class Spread
{
    /// <summary>As evenly as it goes: the first ones get what remains.</summary>
    public static IEnumerable<(ThoughtNode<TThought> Node, int Count)> Evenly<TThought>(
        IReadOnlyList<ThoughtNode<TThought>> nodes, int count) =>
        nodes.Select((node, i) => (node, (count / nodes.Count) + (i < count % nodes.Count ? 1 : 0)));
}
