using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// The prompts of a draw, which servers take one after the other. One that a server gives back goes to another; one that takes far longer
/// than those before is given to a second server too, once nothing else is left, and the reply that comes first counts ("backup requests",
/// Dean and Barroso 2013, "The tail at scale").
/// </summary>
/// <param name="count">Number of prompts.</param>
/// <param name="patience">What a second server waits at least.</param>
/// <param name="time">Where the time is told.</param>
internal sealed class PromptBoard(int count, TimeSpan patience, TimeProvider time)
{
    private const int TimesTheMedian = 3;
    private const int MostServers = 2;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Queue<int> _waiting = new(Enumerable.Range(0, count));
    private readonly SortedDictionary<int, Asked> _asked = [];
    private readonly List<TimeSpan> _times = [];
    private readonly IReadOnlyList<SampledCompletion>?[] _drawn = new IReadOnlyList<SampledCompletion>?[count];
    private int _left = count;

    /// <summary>Whether all prompts have their completions.</summary>
    public bool IsDone => Volatile.Read(ref _left) == 0;

    /// <summary>The completions of all prompts, in order.</summary>
    public IReadOnlyList<SampledCompletion> Drawn => [.. _drawn.SelectMany(some => some!)];

    /// <summary>The next prompt for a server, as soon as there is one.</summary>
    /// <param name="server">The server.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Its index; null once all prompts have their completions.</returns>
    public async Task<int?> TakeAsync(RolloutServer server, CancellationToken stop)
    {
        while (!IsDone)
        {
            if (TryTake(server, out int prompt))
            {
                return prompt;
            }

            await Task.Delay(BetweenLooks, time, stop).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>The next prompt for a server, if there is one now.</summary>
    /// <param name="server">The server.</param>
    /// <param name="prompt">Its index.</param>
    public bool TryTake(RolloutServer server, out int prompt)
    {
        long now = time.GetTimestamp();
        lock (_gate)
        {
            if (_waiting.TryDequeue(out prompt))
            {
                _asked.Add(prompt, new Asked(now, [server]));
                return true;
            }

            if (_times.Count == 0)
            {
                return false;
            }

            TimeSpan median = _times.Order().ElementAt(_times.Count / 2);
            TimeSpan limit = median * TimesTheMedian > patience ? median * TimesTheMedian : patience;
            foreach ((int index, Asked asked) in _asked)
            {
                if (asked.Servers.Count < MostServers && !asked.Servers.Contains(server) && time.GetElapsedTime(asked.Since, now) > limit)
                {
                    asked.Servers.Add(server);
                    prompt = index;
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Takes the completions of a prompt; those that another server has given before stay.</summary>
    /// <param name="prompt">Its index.</param>
    /// <param name="drawn">The completions.</param>
    public void Put(int prompt, IReadOnlyList<SampledCompletion> drawn)
    {
        lock (_gate)
        {
            if (_asked.Remove(prompt, out Asked? asked))
            {
                _times.Add(time.GetElapsedTime(asked.Since));
                _drawn[prompt] = drawn;
                _left--;
            }
        }
    }

    /// <summary>Gives a prompt back, for another server.</summary>
    /// <param name="prompt">Its index.</param>
    /// <param name="server">The server that failed.</param>
    public void Return(int prompt, RolloutServer server)
    {
        lock (_gate)
        {
            if (_asked.TryGetValue(prompt, out Asked? asked) && asked.Servers.Remove(server) && asked.Servers.Count == 0)
            {
                _asked.Remove(prompt);
                _waiting.Enqueue(prompt);
            }
        }
    }

    private sealed record Asked(long Since, List<RolloutServer> Servers);
}
