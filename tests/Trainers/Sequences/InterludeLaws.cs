using FsCheck.Fluent;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Sequences;

public sealed class InterludeLaws
{
    private static readonly TokenSequence[] Conversations =
    [
        new([1, 2, 3, 4, 5, 6, 7, 8], 2) { Interludes = [new(3, 5), new(6, 7)] },
        new([3, 1, 2], 1),
        new([5, 5, 4, 3, 2, 1], 1) { Interludes = [new(2, 5)] },
    ];

    [Fact]
    public void A_mask_covers_the_completion_without_its_interludes() => Laws.Hold(
        from count in Gen.Choose(1, 4)
        from rows in Gen.ArrayOf(
            from prompt in Gen.Choose(1, 4)
            from actions in Gen.ArrayOf(Gen.Elements(true, false), 9)
            select (prompt, actions),
            count)
        select rows,
        rows =>
        {
            TokenSequence[] sequences = [.. rows.Select(row => Sequence(row.prompt, row.actions))];
            TokenBatch batch = TokenBatch.Create(sequences);
            SequenceMask step = TokenBatch.StepMask(sequences);
            float[] grid = [.. Enumerable.Range(1, step.Flags.Length).Select(i => (float)i)];
            float[] spread = batch.Spread(grid, step, [.. Enumerable.Range(0, rows.Length)]);
            var back = new float[grid.Length];
            batch.Collect(spread, back, step, 0);
            bool good = true;
            for (int row = 0; row < rows.Length; row++)
            {
                int actions = 0;
                for (int column = 0; column < batch.Columns; column++)
                {
                    int place = column + 1 - rows[row].prompt;
                    bool isAction = place >= 0 && place < 9 && rows[row].actions[place];
                    float expected = isAction ? grid[(row * step.Columns) + actions++] : 0;
                    int cell = (row * batch.Columns) + column;
                    good &= batch.Mask[row, column] == isAction && spread[cell] == expected
                        && batch.Targets[cell] == (isAction ? sequences[row].Tokens[column + 1] : -1);
                }

                good &= actions == step.CountInRow(row) && actions == sequences[row].ActionCount;
                good &= back.AsSpan(row * step.Columns, actions).SequenceEqual(grid.AsSpan(row * step.Columns, actions));
            }

            bool[] keeps = [.. Enumerable.Range(0, rows.Length).Select(row => row % 2 == 0)];
            SequenceMask kept = batch.MaskOf(keeps);
            return good
                && Enumerable.Range(0, rows.Length).All(row => kept.CountInRow(row) == (keeps[row] ? batch.Mask.CountInRow(row) : 0));
        });

    [Fact]
    public void A_turn_is_scored_as_it_is_alone_after_all_that_was_said_before()
    {
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("llama"), 10, 6);
        var pass = new PolicyPass<ManagedTensor>(engine, model, new PassLimits(2), 1);
        ActionLogProbs whole = pass.LogProbs(Conversations, PolicyRole.Current);
        TokenSequence[] turns = [new([1, 2, 3], 2), new([1, 2, 3, 4, 5, 6], 5), new([1, 2, 3, 4, 5, 6, 7, 8], 7)];
        ActionLogProbs alone = pass.LogProbs(turns, PolicyRole.Current);
        for (int turn = 0; turn < turns.Length; turn++)
        {
            Assert.Equal(alone.Values[turn * alone.Mask.Columns], whole.Values[turn], 1e-5f);
        }

        Assert.Equal(3, whole.Mask.CountInRow(0));
    }

    [Fact]
    public void Sequences_that_differ_in_their_interludes_differ() =>
        Assert.NotEqual(Conversations[0], Conversations[0] with { Interludes = [] });

    private static TokenSequence Sequence(int prompt, bool[] actions)
    {
        var interludes = new List<TokenRange>();
        for (int start = 0; start < actions.Length;)
        {
            int end = start;
            while (end < actions.Length && actions[end] == actions[start])
            {
                end++;
            }

            if (!actions[start])
            {
                interludes.Add(new TokenRange(prompt + start, prompt + end));
            }

            start = end;
        }

        return new TokenSequence([.. Enumerable.Range(1, prompt + actions.Length)], prompt) { Interludes = interludes };
    }
}
