using System.Diagnostics;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Search;

/// <summary>Rewards of complete thoughts, each of which is rewarded once.</summary>
/// <param name="reward">The rewards.</param>
/// <param name="mark">The total at which a thought is right.</param>
/// <param name="texts">The texts of thoughts.</param>
/// <param name="questions">The questions that thoughts are about.</param>
internal sealed class ThoughtVerifier(RewardSum reward, double mark, ThoughtTexts texts, IReadOnlyList<Question> questions)
{
    private readonly Dictionary<Thought, double> _totals = [];
    private readonly List<Thought> _thoughts = [];
    private readonly List<Rollout> _batches = [];

    /// <summary>The thoughts that were rewarded, each once, in the order in which they were.</summary>
    public IReadOnlyList<Thought> Thoughts => _thoughts;

    /// <summary>Their completions, as answers to the questions' own prompts, with the rewards.</summary>
    public Rollout Scored => _batches.Aggregate(Rollout.Empty(1), (all, batch) => all.Append(batch));

    /// <summary>Rewards thoughts. One for which the context has no room is no completion, and has no reward.</summary>
    /// <param name="thoughts">Complete thoughts.</param>
    /// <param name="stop">Stops between samples.</param>
    /// <returns>The total of each; NaN of one without tokens.</returns>
    public double[] Reward(IReadOnlyList<Thought> thoughts, CancellationToken stop)
    {
        Thought[] fresh =
        [
            .. thoughts.Where(thought => thought.Sequence.CompletionLength > 0 && !_totals.ContainsKey(thought)).Distinct(),
        ];
        if (fresh.Length > 0)
        {
            RewardSample[] samples = [.. fresh.Select(SampleOf)];
            Rollout batch = Score(samples, stop);
            _batches.Add(batch);
            _thoughts.AddRange(fresh);
            foreach (var (i, thought) in fresh.Index())
            {
                _totals.Add(thought, batch.Rewards[i]);
            }
        }

        return [.. thoughts.Select(thought => _totals.GetValueOrDefault(thought, double.NaN))];
    }

    /// <summary>Whether thoughts are right.</summary>
    /// <param name="thoughts">Complete thoughts.</param>
    /// <param name="stop">Stops between samples.</param>
    public bool[] Judge(IReadOnlyList<Thought> thoughts, CancellationToken stop) =>
        [.. Reward(thoughts, stop).Select(total => RewardSum.Reaches(total, mark))];

    private Rollout Score(RewardSample[] samples, CancellationToken stop)
    {
        using Activity? told = Telemetry.Begin(Telemetry.Scoring);
        RewardScores scores = reward.ScoreParts(samples, stop);
        Telemetry.Scored(scores.Totals);
        return new Rollout(samples, 1, scores);
    }

    // A thought may have been written after another prompt, or continued by a given word: it answers the question all the same, and is
    // imitated as a whole.
    private RewardSample SampleOf(Thought thought)
    {
        Question question = questions[thought.Question];
        int[] prompt = texts.Tokenizer.EncodePrompt(question.Prompt);
        var sequence = new TokenSequence([.. prompt, .. thought.Sequence.Completion], prompt.Length);
        return new RewardSample(question, texts.TextOf(thought), new SampledCompletion(sequence, thought.LogProbs, thought.Ended));
    }
}
