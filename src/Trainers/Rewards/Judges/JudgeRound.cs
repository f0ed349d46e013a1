using System.Collections.Concurrent;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The requests of one batch: alike ones are sent once, and a failure that all would share is said to those that wait. The next batch
/// asks anew, so that no failure outlives its batch. Thread-safe.
/// </summary>
/// <param name="judge">The judge.</param>
/// <param name="read">Reads a reply.</param>
/// <param name="expected">What a reply should be, for messages.</param>
internal sealed class JudgeRound(ChatJudge judge, ReplyReader read, string expected)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<double>>> _asked = new(StringComparer.Ordinal);
    private volatile JudgeException? _final;

    /// <summary>What the judge says; a request that is alike another one of the batch shares its reply, or its failure.</summary>
    /// <param name="prompt">The request.</param>
    /// <param name="stop">Cancels the batch.</param>
    /// <exception cref="JudgeException">There is no reply, or none can be read.</exception>
    public Task<double> AskAsync(string prompt, CancellationToken stop) => _asked.GetOrAdd(
        prompt,
        text => new Lazy<Task<double>>(() => judge.AskAsync(text, read, expected, this, stop))).Value;

    /// <summary>Throws if an earlier request of the batch failed in a way that all would share.</summary>
    /// <exception cref="JudgeException">One did.</exception>
    public void RequireHope()
    {
        if (_final is { } final)
        {
            throw new JudgeException(final.Message, final, isFinal: true);
        }
    }

    /// <summary>Remembers a failure for the other requests of the batch, if they would share it.</summary>
    /// <param name="failure">The failure.</param>
    /// <returns>The failure.</returns>
    public JudgeException Told(JudgeException failure)
    {
        _final = failure.IsFinal ? failure : _final;
        return failure;
    }
}
