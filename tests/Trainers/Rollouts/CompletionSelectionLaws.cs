using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Rollouts;

public class CompletionSelectionLaws
{
    // Few distinct values, so that ties are common.
    private static readonly Gen<double[]> Rewards = Gen.Choose(-2, 3)
        .Select(value => value / 2.0)
        .NonEmptyListOf()
        .Select(list => list.ToArray());

    private static readonly Gen<SelectionSettings> Choices = Gen.OneOf(
        Gen.Constant(new SelectionSettings()),
        Gen.Choose(1, 100).Select(percent => new SelectionSettings { Keep = KeepKind.TopFraction, Fraction = percent / 100.0 }),
        Gen.Choose(-2, 3).Select(value => new SelectionSettings { Keep = KeepKind.Passing, Threshold = value / 2.0 }),
        Gen.Constant(new SelectionSettings { Keep = KeepKind.All }));

    [Fact]
    public void What_is_kept_is_never_worse_than_what_is_left() => Laws.Hold(
        from rewards in Rewards from choice in Choices select (rewards, choice),
        drawn =>
        {
            int[] kept = CompletionSelection.OfPrompt(drawn.choice, drawn.rewards);
            int[] left = [.. Enumerable.Range(0, drawn.rewards.Length).Except(kept)];
            return drawn.choice.Keep == KeepKind.All
                || kept.Length == 0
                || left.Length == 0
                || kept.Min(i => drawn.rewards[i]) >= left.Max(i => drawn.rewards[i]);
        });

    [Fact]
    public void The_best_is_one_completion_and_the_first_of_its_reward() => Laws.Hold(
        Rewards,
        rewards => CompletionSelection.OfPrompt(new SelectionSettings(), rewards).SequenceEqual([Array.IndexOf(rewards, rewards.Max())]));

    [Fact]
    public void A_fraction_is_rounded_up_and_its_last_tie_goes_to_the_earlier() => Laws.Hold(
        from rewards in Rewards from percent in Gen.Choose(1, 100) select (rewards, percent),
        drawn =>
        {
            int[] kept = CompletionSelection.OfPrompt(
                new SelectionSettings { Keep = KeepKind.TopFraction, Fraction = drawn.percent / 100.0 },
                drawn.rewards);
            int wanted = (int)Math.Ceiling(drawn.percent / 100.0 * drawn.rewards.Length);
            double least = kept.Min(i => drawn.rewards[i]);
            return kept.Length == wanted
                && Enumerable.Range(0, drawn.rewards.Length)
                    .Where(i => drawn.rewards[i] == least)
                    .Take(kept.Count(i => drawn.rewards[i] == least))
                    .All(kept.Contains);
        });

    [Fact]
    public void Passing_is_the_threshold_itself() => Laws.Hold(
        from rewards in Rewards from threshold in Gen.Choose(-2, 3) select (rewards, threshold: threshold / 2.0),
        drawn => CompletionSelection.OfPrompt(new SelectionSettings { Keep = KeepKind.Passing, Threshold = drawn.threshold }, drawn.rewards)
            .SequenceEqual(Enumerable.Range(0, drawn.rewards.Length).Where(i => drawn.rewards[i] >= drawn.threshold)));

    [Fact]
    public void A_completion_without_a_score_is_kept_only_where_nothing_is_scored() => Laws.Hold(
        from rewards in Rewards from choice in Choices from broken in Gen.Choose(0, 99) select (rewards, choice, broken),
        drawn =>
        {
            int at = drawn.broken % drawn.rewards.Length;
            double[] rewards = [.. drawn.rewards];
            rewards[at] = double.NaN;
            return CompletionSelection.OfPrompt(drawn.choice, rewards).Contains(at) == (drawn.choice.Keep == KeepKind.All);
        });

    [Fact]
    public void Several_prompts_are_each_chosen_from_alone_wherever_their_completions_lie() => Laws.Hold(
        from rewards in Rewards
        from choice in Choices
        from prompts in Gen.Choose(0, 2).ArrayOf(rewards.Length)
        select (rewards, choice, prompts),
        drawn =>
        {
            TokenSequence[] sequences = [.. drawn.rewards.Select((_, i) => new TokenSequence([1, i], 1))];
            int[] together = CompletionSelection.Of(drawn.choice, sequences, drawn.rewards, drawn.prompts);
            int[] alone =
            [
                .. Enumerable.Range(0, 3).SelectMany(prompt =>
                {
                    int[] members = [.. Enumerable.Range(0, drawn.prompts.Length).Where(i => drawn.prompts[i] == prompt)];
                    return CompletionSelection.OfPrompt(drawn.choice, [.. members.Select(i => drawn.rewards[i])]).Select(i => members[i]);
                }).Order(),
            ];
            return together.SequenceEqual(alone);
        });

    [Fact]
    public void Equal_completions_are_kept_once_and_the_first_of_them() => Laws.Hold(
        from rewards in Rewards from tokens in Gen.Choose(1, 3).ArrayOf(rewards.Length) select (rewards, tokens),
        drawn =>
        {
            TokenSequence[] sequences = [.. drawn.tokens.Select(token => new TokenSequence([1, token], 1))];
            int[] prompts = new int[sequences.Length];
            var all = new SelectionSettings { Keep = KeepKind.Passing, Threshold = -10, Deduplicate = false };
            int[] once = CompletionSelection.Of(all with { Deduplicate = true }, sequences, drawn.rewards, prompts);
            return CompletionSelection.Of(all, sequences, drawn.rewards, prompts).Length == sequences.Length
                && once.Length == drawn.tokens.Distinct().Count()
                && once.All(i => Array.IndexOf(drawn.tokens, drawn.tokens[i]) == i);
        });

    [Fact]
    public void Lists_of_different_lengths_are_refused_by_their_lengths()
    {
        var error = Assert.Throws<ArgumentException>(
            () => CompletionSelection.Of(new SelectionSettings(), [new TokenSequence([1, 2], 1)], [1, 2], [0]));
        Assert.Contains("1 sequences need as many rewards and prompts, but there are 2 and 1", error.Message, StringComparison.Ordinal);
    }
}
