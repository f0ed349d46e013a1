namespace RlCore.Engines;

/// <summary>
/// The processes of a run, as one of them sees it. All of them make the same calls in the same order; the functions of
/// <see cref="ProcessGroupCalls"/> are made of <see cref="Exchange"/>.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>Which of the processes this is, from 0.</summary>
    int Rank { get; }

    /// <summary>Number of processes, at least 1.</summary>
    int Size { get; }

    /// <summary>What the user should know of the group before it works, a line each.</summary>
    /// <value>Nothing.</value>
    IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// Sends bytes to another process and receives bytes from it; returns when both are done. The other makes the same call with the
    /// lengths turned round; where a length is 0, nothing is sent that way.
    /// </summary>
    /// <param name="partner">Rank of the other process.</param>
    /// <param name="sent">What it receives.</param>
    /// <param name="received">What it sends; overwritten. It does not overlap <paramref name="sent"/>.</param>
    /// <exception cref="ProcessFailedException">The other, or any process of the group, has failed or ended.</exception>
    void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received);

    /// <summary>
    /// Tells all other processes that this one cannot go on: their next or present <see cref="Exchange"/> throws. It waits for nobody.
    /// </summary>
    /// <param name="message">What has happened, for the user.</param>
    void Fail(string message);
}

/// <summary>Makes the group of processes that a launcher, such as mpirun, has started a program in.</summary>
public interface IProcessGroupProvider
{
    /// <summary>What the processes are called in messages: "MPI".</summary>
    string Title { get; }

    /// <summary>Whether a launcher has started this process as one of several.</summary>
    bool IsLaunched { get; }

    /// <summary>Which of the processes this is, as the launcher tells it before they are joined; 0 if it does not.</summary>
    int LaunchedRank { get; }

    /// <summary>Joins the group; called once, on the thread that trains.</summary>
    /// <exception cref="ProcessFailedException">It cannot be joined; the message says what to do.</exception>
    IProcessGroup Join();
}

/// <summary>A registry of groups of processes. A package adds itself with an extension method (<c>AddMpi()</c>).</summary>
public interface IProcessGroupRegistry
{
    /// <summary>Adds a way to run in several processes.</summary>
    /// <param name="provider">Joins them.</param>
    void Add(IProcessGroupProvider provider);
}

/// <summary>A process of the group has failed, has ended, or cannot be reached, so that the others cannot go on.</summary>
public sealed class ProcessFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="rank">The process; −1 if it is not known.</param>
    /// <param name="message">What has happened.</param>
    /// <param name="kind">Name of the exception's type there; empty if it has ended without one.</param>
    public ProcessFailedException(int rank, string message, string kind = "")
        : base(message)
    {
        Rank = rank;
        Kind = kind;
    }

    /// <summary>Whether all processes know that this one has failed, and end in order.</summary>
    /// <value>false: the others find out by themselves.</value>
    public bool IsAgreed { get; init; }

    /// <summary>Whether this process tells the user: the first one left, which speaks for all.</summary>
    /// <value>false: another one does, or the first process, which speaks in any case.</value>
    public bool IsToldHere { get; init; }

    /// <summary>The process that has failed; −1 if it is not known.</summary>
    public int Rank { get; }

    /// <summary>Name of the type of the exception there; empty if it has ended without one.</summary>
    public string Kind { get; }
}
