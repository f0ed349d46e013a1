using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>Completions with their rewards, group after group.</summary>
/// <param name="Questions">The question of each completion.</param>
/// <param name="Completions">The completions.</param>
/// <param name="Texts">Their texts.</param>
/// <param name="Rewards">What the task gives them.</param>
internal sealed record ScoredCompletions(
    IReadOnlyList<Question> Questions,
    IReadOnlyList<SampledCompletion> Completions,
    IReadOnlyList<string> Texts,
    double[] Rewards);

/// <summary>Draws the completions of a step and has them scored.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutSource<T>
    where T : struct, ITensor<T>
{
    private readonly StageSettings.OnPolicy _settings;
    private readonly OnPolicyTask _task;
    private readonly CompletionSampler<T> _sampler;
    private readonly DataOrder _order;
    private readonly int[][] _prompts;

    /// <summary>A source of rollouts.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    public RolloutSource(IEngine<T> engine, ILanguageModel<T> model, StageSettings.OnPolicy settings, OnPolicyTask task)
    {
        _settings = settings;
        _task = task;
        _sampler = new CompletionSampler<T>(engine, model, task.Tokenizer.EndOfSequence);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
        _prompts = [.. task.Questions.Select(q => task.Tokenizer.Encode(q.Prompt))];
    }

    /// <summary>The completions of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    public ScoredCompletions Draw(int step)
    {
        int groupSize = _settings.Algorithm.GroupSize;
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        int[] rows = _order.RowsOf(step);
        var completions = _sampler.Draw(
            [.. rows.Select(row => _prompts[row])],
            groupSize,
            _settings.MaxCompletionTokens,
            _settings.Algorithm.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        var drawn = Score([.. completions.Select((_, i) => _task.Questions[rows[i / groupSize]])], completions);
        return _settings.ShuffleRewards
            ? drawn with { Rewards = [.. Philox.Permutation(_task.Seed, RandomPurpose.Control, address, drawn.Rewards.Length).Select(i => drawn.Rewards[i])] }
            : drawn;
    }

    private ScoredCompletions Score(Question[] questions, IReadOnlyList<SampledCompletion> completions)
    {
        string[] texts = [.. completions.Select(completion => CompletionText.Of(completion, _task.Tokenizer))];
        double[] rewards = [.. completions.Select((completion, i) => _task.Reward.Score(questions[i], texts[i], completion.Ended))];
        return new ScoredCompletions(questions, completions, texts, rewards);
    }
}
