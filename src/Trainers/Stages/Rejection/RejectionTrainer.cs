using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Imitation of selected completions, in rounds: generate completions of some prompts, keep some by their rewards, fine-tune on those.
/// If the model generates them itself this is rejection sampling (RAFT, ReST, STaR), and with a search expert iteration (ReST-MCTS*); if a
/// teacher does, it is distillation.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class RejectionTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private const string Kept = "kept";
    private const string DrawnAt = "drawn_at";

    private readonly SampledTuningSettings _settings;
    private readonly OnPolicyTask _task;
    private readonly SupervisedStep<T> _step;
    private readonly RolloutScorer<T> _scorer;
    private readonly DataOrder _prompts;
    private IReadOnlyList<TokenSequence> _kept = [];
    private int _drawnAt;

    /// <summary>A trainer over questions.</summary>
    /// <param name="engine">The engine of the models.</param>
    /// <param name="model">The model that is trained.</param>
    /// <param name="sampled">The model that generates the completions: the same one, or a teacher.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed; the reward is not used if all completions are kept.</param>
    public RejectionTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ILanguageModel<T> sampled,
        SampledTuningSettings settings,
        OnPolicyTask task)
    {
        _settings = settings;
        _task = task;
        _step = new SupervisedStep<T>(engine, model, settings);
        _scorer = new RolloutScorer<T>(engine, sampled, task.Tokenizer, settings.Selection.Keep == KeepKind.All ? null : task.Reward);
        _prompts = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerRound);
    }

    /// <summary>Finds the completions of prompts, and is disposed of with the trainer; null to draw samples of each.</summary>
    internal ThoughtSearcher<T>? Searcher { get; init; }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        var round = _kept.Count == 0 || step % _settings.StepsPerRound == 0 ? DrawRound(step) : new StepOutcome([], 0, []);
        if (_kept.Count == 0)
        {
            return round;
        }

        var order = new DataOrder(_task.Seed, _task.StageIndex, _kept.Count, _settings.BatchSize, _drawnAt);
        TokenSequence[] sequences = [.. order.RowsOf(step - _drawnAt).Select(row => _kept[row])];
        return round with
        {
            Metrics = [.. _step.Run(step, sequences), .. round.Metrics],
            Tokens = round.Tokens + sequences.Sum(s => (long)s.Tokens.Length),
        };
    }

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_step.Optimizer) with
    {
        Sequences = new Dictionary<string, IReadOnlyList<TokenSequence>> { [Kept] = _kept },
        Scalars = new Dictionary<string, double> { [DrawnAt] = _drawnAt },
    };

    /// <inheritdoc/>
    public void Import(TrainerState state)
    {
        _step.Optimizer.Import(state.Optimizers[TrainerState.Policy]);
        _kept = state.Sequences[Kept];
        _drawnAt = (int)state.Scalars[DrawnAt];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step.Dispose();
        Searcher?.Dispose();
        _scorer.Dispose();
    }

    private StepOutcome DrawRound(int step)
    {
        Question[] questions = [.. _prompts.RowsOf(step / _settings.StepsPerRound).Select(row => _task.Questions[row])];
        SampledRound round = Searcher is null ? Sample(questions, step) : SearchRound.Draw(
            Searcher, questions, _task.Seed, RunAddress.Of((uint)_task.StageIndex, step), CancellationToken.None);
        Rollout drawn = round.Drawn;
        IReadOnlyList<TokenSequence> sequences = drawn.Sequences;
        int[] kept = CompletionSelection.Of(_settings.Selection, sequences, drawn.Rewards, round.Prompts);
        _kept = [.. kept.Select(i => sequences[i])];
        _drawnAt = step;
        return new StepOutcome(
            [
                .. RolloutMetrics.Of(drawn, new RewardReporting(_settings.OnRewardError == RewardErrorAction.Score)),
                .. SelectionMetrics.Of(drawn.Rewards, kept),
                .. round.MetricsOf(kept),
            ],
            round.Tokens,
            drawn.Records([.. sequences.Select((_, i) => Array.BinarySearch(kept, i) >= 0 ? 1.0 : 0.0)]));
    }

    private SampledRound Sample(Question[] questions, int step)
    {
        int samples = _settings.CompletionsPerPrompt;
        var address = new SamplingAddress(_task.Seed, RandomPurpose.Rollout, RunAddress.Of((uint)_task.StageIndex, step));
        Rollout drawn = _scorer.Draw(questions, samples, _settings.MaxCompletionTokens, _settings.Sampling, address);
        return new SampledRound(drawn, [.. Enumerable.Range(0, drawn.Sequences.Count).Select(i => i / samples)]) { Tokens = drawn.Tokens };
    }
}
