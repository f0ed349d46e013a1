using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The completions of a scored dataset that a stage imitates.</summary>
internal static class ScoredChoice
{
    /// <summary>Reads a stage's dataset and applies its selection, prompt by prompt.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="reading">Opens the dataset, and receives what is wrong; also when nothing is kept.</param>
    public static ScoredData Read(OfflineRejectionSettings stage, StageReading reading)
    {
        ICollection<InputProblem> problems = reading.Problems;
        int before = problems.Count;
        ScoredCompletion[] rows = [.. reading.ReadAll(DatasetFormats.Scored, stage.Data)];
        if (problems.Count > before)
        {
            return new ScoredData([], []);
        }

        var prompts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (ScoredCompletion row in rows)
        {
            prompts.TryAdd(row.Prompt, prompts.Count);
        }

        TokenSequence[] sequences = [.. rows.Select(row => reading.Encode(row.Prompt, row.Completion))];
        double[] rewards = [.. rows.Select(row => row.Reward)];
        int[] kept = CompletionSelection.Of(stage.Selection, sequences, rewards, [.. rows.Select(row => prompts[row.Prompt])]);
        if (kept.Length == 0)
        {
            problems.Add(new InputProblem(
                stage.Data, 0, stage.Columns.Reward, $"no reward above {rewards.Max()}",
                $"at least one of {stage.Selection.Threshold} or more, the threshold of the stage {stage.Name}"));
        }

        return new ScoredData(
            [.. kept.Select(i => sequences[i])],
            [new(MetricNames.Reward, rewards.Average()), .. SelectionMetrics.Of(rewards, kept)]);
    }
}
