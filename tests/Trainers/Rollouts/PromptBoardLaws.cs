using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>Prompts that servers take one after the other.</summary>
public sealed class PromptBoardLaws : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Clock _clock = new();
    private readonly RolloutServer[] _servers =
        [.. "abc".Select(name => new RolloutServer($"http://{name}/v1", new RolloutServerSettings()))];

    [Property]
    public void Every_prompt_gets_completions_in_its_place_whatever_fails_and_whoever_is_first(byte count, int[] choices)
    {
        var board = new PromptBoard(count % 20, Patience, _clock);
        var asked = new List<(int Prompt, RolloutServer Server)>();
        foreach (int choice in choices.Concat(Enumerable.Repeat(0, 400)))
        {
            _clock.Pass(TimeSpan.FromSeconds(0.7));
            RolloutServer server = _servers[(choice & 0xff) % _servers.Length];
            if (board.TryTake(server, out int prompt))
            {
                Assert.DoesNotContain((prompt, server), asked);
                asked.Add((prompt, server));
                Assert.InRange(asked.Count(one => one.Prompt == prompt), 1, 2);
            }

            if (asked.Count > 0 && choice % 3 == 0)
            {
                (int done, _) = asked[(choice & 0xff) % asked.Count];
                board.Put(done, [Of(done)]);
                asked.RemoveAll(one => one.Prompt == done);
            }
            else if (asked.Count > 0 && choice % 3 == 1)
            {
                (int prompt2, RolloutServer server2) = asked[^1];
                board.Return(prompt2, server2);
                asked.RemoveAt(asked.Count - 1);
            }
        }

        Assert.True(board.IsDone);
        Assert.Equal(Enumerable.Range(0, count % 20), board.Drawn.Select(drawn => drawn.Sequence.Tokens[0]));
    }

    [Fact]
    public void A_prompt_is_given_to_a_second_server_after_three_times_what_others_took()
    {
        var board = new PromptBoard(4, Patience, _clock);
        Take(board, 0, 0);
        Take(board, 1, 1);
        Take(board, 0, 2);
        Take(board, 1, 3);
        _clock.Pass(TimeSpan.FromSeconds(2));
        Assert.False(board.TryTake(_servers[1], out _));    // Nobody knows how long is long.
        board.Put(1, [Of(1)]);
        board.Put(3, [Of(3)]);
        _clock.Pass(TimeSpan.FromSeconds(4));
        Assert.False(board.TryTake(_servers[1], out _));    // 6 seconds of 6.
        _clock.Pass(TimeSpan.FromSeconds(0.1));
        Assert.False(board.TryTake(_servers[0], out _));    // It has both.
        Take(board, 1, 0);
        Take(board, 1, 2);
        Assert.False(board.TryTake(_servers[2], out _));    // Two servers are enough.
        board.Return(0, _servers[0]);
        Take(board, 2, 0);

        // The first reply counts, and a failure after it does not.
        board.Put(0, [Of(0)]);
        board.Put(0, [Of(9)]);
        board.Return(0, _servers[2]);
        board.Put(2, [Of(2)]);
        Assert.True(board.IsDone);
        Assert.Equal([0, 1, 2, 3], board.Drawn.Select(drawn => drawn.Sequence.Tokens[0]));
    }

    [Fact]
    public void A_prompt_of_quick_ones_waits_a_second_at_least()
    {
        var board = new PromptBoard(2, Patience, _clock);
        Take(board, 0, 0);
        Take(board, 0, 1);
        _clock.Pass(TimeSpan.FromSeconds(0.01));
        board.Put(0, [Of(0)]);
        _clock.Pass(TimeSpan.FromSeconds(0.9));
        Assert.False(board.TryTake(_servers[1], out _));
        _clock.Pass(TimeSpan.FromSeconds(0.1));
        Take(board, 1, 1);
    }

    public void Dispose() => Array.ForEach(_servers, server => server.Dispose());

    private void Take(PromptBoard board, int server, int expected)
    {
        Assert.True(board.TryTake(_servers[server], out int prompt));
        Assert.Equal(expected, prompt);
    }

    private static SampledCompletion Of(int prompt) => new(new TokenSequence([prompt, 1], 1), [-1f], true);

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
