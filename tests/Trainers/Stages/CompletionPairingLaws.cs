using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

public class CompletionPairingLaws
{
    private static readonly Gen<(double[] Rewards, TokenSequence[] Sequences, double Uniform, PairingKind Kind)> Cases =
        from count in Gen.Choose(2, 6)
        from rewards in Gen.Choose(0, 3).Select(value => (double)value).ArrayOf(count)
        from tokens in Gen.Choose(0, 3).ArrayOf(count)
        from uniform in Gen.Choose(0, 999_999).Select(value => value / 1_000_000.0)
        from kind in Gen.Elements(PairingKind.BestWorst, PairingKind.Random)
        select (rewards, tokens.Select(token => new TokenSequence([1, token], 1)).ToArray(), uniform, kind);

    [Fact]
    public void The_chosen_is_better_and_another_completion() => Laws.Hold(Cases, drawn =>
        !CompletionPairing.TryFind(drawn.Kind, drawn.Sequences, drawn.Rewards, drawn.Uniform, out var pair)
        || (drawn.Rewards[pair.Better] > drawn.Rewards[pair.Worse] && !drawn.Sequences[pair.Better].Equals(drawn.Sequences[pair.Worse])));

    [Fact]
    public void Best_and_worst_are_the_first_of_the_extremes_and_fail_on_ties_and_twins_alone() => Laws.Hold(Cases, drawn =>
    {
        bool found = CompletionPairing.TryFind(PairingKind.BestWorst, drawn.Sequences, drawn.Rewards, drawn.Uniform, out var pair);
        int best = Array.IndexOf(drawn.Rewards, drawn.Rewards.Max());
        int worst = Array.IndexOf(drawn.Rewards, drawn.Rewards.Min());
        return pair == (best, worst) && found == (best != worst && !drawn.Sequences[best].Equals(drawn.Sequences[worst]));
    });

    [Fact]
    public void At_random_every_pair_of_different_completions_is_as_likely()
    {
        double[] rewards = [0, 1, 2, 3];
        TokenSequence[] sequences = [.. rewards.Select((_, i) => new TokenSequence([1, i], 1))];
        var seen = new Dictionary<(int, int), int>();
        const int Draws = 1200;
        for (int i = 0; i < Draws; i++)
        {
            Assert.True(CompletionPairing.TryFind(PairingKind.Random, sequences, rewards, (double)i / Draws, out var pair));
            seen[pair] = seen.GetValueOrDefault(pair) + 1;
        }

        Assert.Equal(6, seen.Count);
        Assert.All(seen, pair => Assert.Equal(Draws / 6, pair.Value));
    }

    [Fact]
    public void One_completion_is_no_pair()
    {
        var error = Assert.Throws<ArgumentException>(
            () => CompletionPairing.TryFind(PairingKind.BestWorst, [new TokenSequence([1, 2], 1)], [1], 0, out _));
        Assert.Contains("at least two completions with a reward each, but there are 1 with 1", error.Message, StringComparison.Ordinal);
    }
}
