using RlCore.Algebra;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Completions with labels, those used by each step, and for KTO the mismatched completion of each prompt:
/// that of the next row with another prompt that fits, along one random cycle of all rows. It does not depend on the
/// batch, so the reference scores it only once.
/// </summary>
internal sealed class LabelledData
{
    private const int None = -1;

    private readonly IReadOnlyList<LabelledSequence> _rows;
    private readonly bool[] _labels;
    private readonly int[] _partners;
    private readonly int[] _places;
    private readonly DataOrder? _all;
    private readonly (int[] Rows, DataOrder Order)[] _halves;

    public LabelledData(IReadOnlyList<LabelledSequence> rows, UnpairedSettings settings, int context, ulong seed, int stage)
    {
        _rows = rows;
        _labels = [.. rows.Select(row => row.Desirable)];
        bool sorted = settings.Loss.Ranks;
        _all = sorted ? null : new DataOrder(seed, stage, rows.Count, settings.BatchSize);
        _halves = sorted ? [Half(true), Half(false)] : [];
        _partners = settings.Loss.UsesMismatchedKl ? Partners(rows, context, seed, stage) : [];
        int next = 0;
        _places = [.. _partners.Select(partner => partner == None ? None : next++)];

        (int[] Rows, DataOrder Order) Half(bool label)
        {
            int[] of = [.. Enumerable.Range(0, rows.Count).Where(row => _labels[row] == label)];
            return (of, new DataOrder(seed, stage, of.Length, settings.BatchSize / 2));
        }
    }

    /// <summary>The sequence of a row.</summary>
    public TokenSequence this[int row] => _rows[row].Sequence;

    /// <summary>The rows of a step; for AOT, the desirable half first.</summary>
    public int[] RowsOf(int step) =>
        _all?.RowsOf(step) ?? [.. _halves.SelectMany(half => half.Order.RowsOf(step).Select(place => half.Rows[place]))];

    /// <summary>The label of a row.</summary>
    public bool IsDesirable(int row) => _labels[row];

    /// <summary>Whether any row has a mismatched sequence.</summary>
    public bool HasMismatches => _partners.Any(partner => partner != None);

    /// <summary>Index of a row's mismatched sequence; −1 if it has none.</summary>
    public int MismatchOf(int row) => _places[row];

    /// <summary>A row's prompt with the completion of another row.</summary>
    public TokenSequence Mismatched(int row) => Join(_rows[row].Sequence, _rows[_partners[row]].Sequence);

    /// <summary>All mismatched sequences, in row order.</summary>
    public IEnumerable<TokenSequence> Mismatched() =>
        Enumerable.Range(0, _rows.Count).Where(row => _partners[row] != None).Select(Mismatched);

    private static TokenSequence Join(TokenSequence prompt, TokenSequence completion) =>
        new([.. prompt.Tokens.AsSpan(0, prompt.PromptLength), .. completion.Completion], prompt.PromptLength);

    private static int[] Partners(IReadOnlyList<LabelledSequence> rows, int context, ulong seed, int stage)
    {
        int[] cycle = Philox.Permutation(seed, RandomPurpose.Control, RunAddress.Of((uint)stage, 0), rows.Count);
        (int Prompt, int Completion, ulong Hash)[] lengths = [.. rows.Select(
            row => (row.Sequence.PromptLength, row.Sequence.CompletionLength, Hash(row.Sequence)))];
        var partners = new int[rows.Count];
        for (int place = 0; place < cycle.Length; place++)
        {
            int row = cycle[place];
            partners[row] = Enumerable.Range(1, cycle.Length - 1)
                .Select(ahead => cycle[(place + ahead) % cycle.Length])
                .FirstOrDefault(
                    other => lengths[other].Hash != lengths[row].Hash && lengths[row].Prompt + lengths[other].Completion <= context,
                    None);
        }

        return partners;
    }

    // FNV-1a of the prompt: the same in every process, as the matching must be.
    private static ulong Hash(TokenSequence sequence)
    {
        ulong hash = 14695981039346656037;
        foreach (int token in sequence.Tokens.AsSpan(0, sequence.PromptLength))
        {
            hash = (hash ^ (uint)token) * 1099511628211;
        }

        return hash;
    }
}
