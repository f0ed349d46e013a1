namespace RlCore.Trainers.Rewards;

/// <summary>
/// Counts the work of the verifiers on a thread, in characters looked at: the bound that each of them keeps, linear or n log n in the
/// length of a completion, is tested by these counts.
/// </summary>
internal static class VerifierWork
{
    [ThreadStatic]
    private static long _spent;

    /// <summary>Counts work.</summary>
    /// <param name="characters">Characters that are looked at, or what costs about as much.</param>
    public static void Spend(long characters) => _spent += characters;

    /// <summary>The work of something.</summary>
    /// <param name="work">Runs verifiers on this thread.</param>
    public static long Of(Action work)
    {
        long before = _spent;
        work();
        return _spent - before;
    }
}
