using RlCore.Algebra;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// The completions of a step and everything known about them, from sampling to loss. All quantities per action have the same layout:
/// row-major over <see cref="Mask"/>, a row per completion, its first action in column 0.
/// </summary>
internal sealed record Rollout
{
    private const int RecordsKept = 4;

    private SequenceMask? _mask;

    /// <summary>Scored completions.</summary>
    /// <param name="samples">Completions, grouped by prompt.</param>
    /// <param name="groupSize">Completions of each prompt.</param>
    /// <param name="scores">Their rewards.</param>
    public Rollout(IReadOnlyList<RewardSample> samples, int groupSize, RewardScores scores)
    {
        Samples = samples;
        GroupSize = groupSize;
        Scores = scores;
        Sequences = [.. samples.Select(sample => sample.Sequence)];
    }

    /// <summary>No completions yet.</summary>
    /// <param name="groupSize">Completions of each prompt.</param>
    public static Rollout Empty(int groupSize) => new([], groupSize, new RewardScores([], []));

    /// <summary>Completions, grouped by prompt.</summary>
    public IReadOnlyList<RewardSample> Samples { get; }

    /// <summary>Completions per prompt.</summary>
    public int GroupSize { get; }

    /// <summary>Rewards by part.</summary>
    public RewardScores Scores { get; }

    /// <summary>Total reward of each completion.</summary>
    public double[] Rewards => Scores.Totals;

    /// <summary>Prompts with their completions, as tokens.</summary>
    public IReadOnlyList<TokenSequence> Sequences { get; }

    /// <summary>Reward, after penalties, of the greedy completion of each completion's prompt; empty without a greedy baseline.</summary>
    public double[] Baselines { get; init; } = [];

    /// <summary>Whether each completion passes all judges; empty without judges.</summary>
    public bool[] Passes { get; init; } = [];

    /// <summary>
    /// For each pair of attempts, in the order of the first ones, whether both give the same answer; empty where each question is
    /// attempted once.
    /// </summary>
    public bool[] Repeats { get; init; } = [];

    /// <summary>What dynamic sampling drew for this rollout; null without it.</summary>
    public DynamicSelection? Selection { get; init; }

    /// <summary>log π_old: the sampling policy, evaluated by the trainer; null if the first update computes it itself.</summary>
    public ActionLogProbs? Old { get; init; }

    /// <summary>log π_ref; null without a reference.</summary>
    public ActionLogProbs? Reference { get; init; }

    /// <summary>The steps of each completion with rewards of their own; empty where the algorithm needs none.</summary>
    public IReadOnlyList<RewardedSteps> Steps { get; init; } = [];

    /// <summary>Value of the state before each action; empty without a value model.</summary>
    public float[] Values { get; init; } = [];

    /// <summary>Weight of each action that corrects for servers' sampling; empty where the policy itself draws.</summary>
    public double[] SamplerWeights { get; init; } = [];

    /// <summary>Advantage of each action, times its weight where servers draw.</summary>
    public double[] Advantages { get; init; } = [];

    /// <summary>Target of each value: the advantage before whitening, plus the value; empty without a value model.</summary>
    public double[] Returns { get; init; } = [];

    /// <summary>The quantity that is maximised: each reward minus penalties, and minus the KL if it is part of the reward.</summary>
    public double[] Objectives { get; init; } = [];

    /// <summary>
    /// The completions of first attempts with the second one at the same question; none where each question is attempted once.
    /// </summary>
    public IEnumerable<(int First, int Second)> Attempts =>
        Enumerable.Range(0, 2 * Repeats.Length).Where(IsFirstAttempt).Select(first => (first, first + GroupSize));

    /// <summary>Whether a completion is a first attempt, where each question is attempted twice.</summary>
    /// <param name="row">The completion.</param>
    public bool IsFirstAttempt(int row) => row / GroupSize % 2 == 0;

    /// <summary>Prompts of the step.</summary>
    public int Groups => Samples.Count / GroupSize;

    /// <summary>The actions of each completion.</summary>
    public SequenceMask Mask => _mask ??= TokenBatch.StepMask(Sequences);

    /// <summary>Tokens of prompts and completions.</summary>
    public long Tokens => Sequences.Sum(sequence => (long)sequence.Tokens.Length);

    /// <summary>log μ of each action: the log-probs under the sampler.</summary>
    /// <param name="temperature">Sampling temperature.</param>
    public ActionLogProbs Sampler(double temperature)
    {
        var grid = new float[Mask.Flags.Length];
        for (int row = 0; row < Samples.Count; row++)
        {
            Samples[row].Drawn.LogProbs.CopyTo(grid, row * Mask.Columns);
        }

        return new ActionLogProbs(PolicyRole.Sampler, temperature, Mask, grid);
    }

    /// <summary>These completions, followed by others.</summary>
    /// <param name="others">The others.</param>
    public Rollout Append(Rollout others)
    {
        IReadOnlyList<PartScores> parts = Scores.Parts.Count == 0 ? others.Scores.Parts
            : others.Scores.Parts.Count == 0 ? Scores.Parts
            : [.. Scores.Parts.Zip(others.Scores.Parts, (mine, theirs) => mine.Append(theirs))];
        return new Rollout([.. Samples, .. others.Samples], GroupSize, new RewardScores([.. Rewards, .. others.Rewards], parts));
    }

    /// <summary>These groups as first attempts, each followed by the group of second attempts at its question.</summary>
    /// <param name="seconds">The second attempts, in the order of the first ones.</param>
    /// <param name="repeats">Whether each gives the first one's answer again.</param>
    public Rollout With(Rollout seconds, bool[] repeats)
    {
        int[] order = [.. Enumerable.Range(0, Groups).SelectMany(group => Rows(group, 0).Concat(Rows(group, Samples.Count)))];
        Rollout both = Append(seconds);
        PartScores[] parts =
            [.. both.Scores.Parts.Select(part => part with { Scores = [.. order.Select(i => part.Scores[i])] })];
        return both.Take(order, parts) with { Repeats = repeats };

        IEnumerable<int> Rows(int group, int from) => Enumerable.Range(from + (group * GroupSize), GroupSize);
    }

    /// <summary>The same completions with other totals.</summary>
    /// <param name="rewards">A total for each completion.</param>
    public Rollout WithRewards(double[] rewards) =>
        new(Samples, GroupSize, Scores with { Totals = rewards }) { Selection = Selection, Repeats = Repeats };

    /// <summary>The first completions.</summary>
    /// <param name="count">How many.</param>
    public Rollout First(int count) => Take([.. Enumerable.Range(0, count)], Scores.Parts);

    /// <summary>
    /// The groups whose rewards differ, which carry a learning signal, and the groups whose rewards are all equal; without
    /// parts.
    /// </summary>
    public (Rollout Informative, Rollout Equal) SplitByEquality()
    {
        bool IsEqual(int i) =>
            Rewards.AsSpan(i / GroupSize * GroupSize, GroupSize).IndexOfAnyExcept(Rewards[i / GroupSize * GroupSize]) < 0;
        var equal = Enumerable.Range(0, Rewards.Length).ToLookup(IsEqual);
        return (Take([.. equal[false]], Scores.Parts), Take([.. equal[true]], []));
    }

    /// <summary>The first completions as rows of samples.csv.</summary>
    /// <param name="advantages">The value of the advantage column for each completion.</param>
    public IReadOnlyList<SampleRecord> Records(IReadOnlyList<double> advantages) =>
    [
        .. Samples.Take(RecordsKept).Select((sample, i) =>
            new SampleRecord(sample.Question.Prompt, sample.Question.Answer, sample.Completion, Rewards[i], advantages[i])
            {
                Parts = PartsOf(i),
                Drawn = sample.Drawn,
                TokenAdvantages = Advantages.Length == 0 ? [] : Advantages[(i * Mask.Columns)..][..Mask.CountInRow(i)],
            }),
    ];

    // Where groups were left out, the scores of parts are still those of all that was drawn.
    private Dictionary<string, double> PartsOf(int row) =>
        Scores.Parts.Where(part => part.Scores.Length == Samples.Count).ToDictionary(part => part.Name, part => part.Scores[row]);

    /// <summary>Advantage of each completion's first action; 0 for a completion without actions.</summary>
    public double[] FirstAdvantages =>
        [.. Enumerable.Range(0, Samples.Count).Select(row => Mask.CountInRow(row) > 0 ? Advantages[row * Mask.Columns] : 0)];

    private Rollout Take(int[] indices, IReadOnlyList<PartScores> parts) =>
        new([.. indices.Select(i => Samples[i])], GroupSize, new RewardScores([.. indices.Select(i => Rewards[i])], parts));
}

/// <summary>What was sampled to find groups of unequal rewards.</summary>
/// <param name="Rounds">Sampling rounds.</param>
/// <param name="Informative">Groups of unequal rewards found.</param>
/// <param name="Rewards">Rewards of everything that was drawn, grouped by prompt.</param>
internal sealed record DynamicSelection(int Rounds, int Informative, double[] Rewards);
