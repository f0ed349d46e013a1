using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The data of a distillation.</summary>
/// <param name="Sequences">Prompts with their completions; prompts alone where completions are only drawn.</param>
/// <param name="Ends">The tokens that end a completion.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="StageIndex">Index of the stage.</param>
public sealed record GkdTask(IReadOnlyList<TokenSequence> Sequences, IReadOnlyList<int> Ends, ulong Seed, int StageIndex);

/// <summary>
/// Generalised knowledge distillation: the mean over tokens of the generalised Jensen–Shannon divergence between the teacher's and the
/// model's next-token distributions, on the model's own completions with probability λ and on given ones otherwise. Source: Agarwal et al.
/// 2024, algorithm 1.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class GkdTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly GkdSettings _settings;
    private readonly GkdTask _task;
    private readonly ScheduledOptimizer _optimizer;
    private readonly DistillationPass<T> _pass;
    private readonly CompletionSampler<T> _student;
    private readonly CompletionSampler<T> _teacher;
    private readonly DataOrder _order;

    /// <summary>A trainer over prompts.</summary>
    /// <param name="engine">The engine of both models.</param>
    /// <param name="model">The model that is trained.</param>
    /// <param name="teacher">The model that it imitates.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Prompts, seed.</param>
    public GkdTrainer(IEngine<T> engine, ILanguageModel<T> model, ILanguageModel<T> teacher, GkdSettings settings, GkdTask task)
    {
        _settings = settings;
        _task = task;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _pass = new DistillationPass<T>(
            engine,
            model,
            teacher,
            new DistillationOptions(settings.Beta, settings.Temperature, settings.Limits));
        _student = new CompletionSampler<T>(engine, model, task.Ends);
        _teacher = new CompletionSampler<T>(engine, teacher, task.Ends);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Sequences.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        TokenSequence[] rows = [.. _order.RowsOf(step).Select(row => _task.Sequences[row])];
        bool own = Philox.Uniform(_task.Seed, RandomPurpose.Choice, address, 0, 0) < _settings.Lambda;
        TokenSequence[] sequences = own
            ? Draw(_student, rows, address)
            : _settings.Given == GivenKind.Teacher ? Draw(_teacher, rows, address) : rows;
        var (divergence, entropy) = _pass.Accumulate(sequences);
        var (rate, norm) = _optimizer.Update(step, divergence);
        return new StepOutcome(
            [
                new(MetricNames.Loss, divergence),
                new(MetricNames.Entropy, entropy),
                new(MetricNames.OnPolicyFraction, own ? 1 : 0),
                new(MetricNames.MeanLength, sequences.Average(sequence => sequence.CompletionLength)),
                new(MetricNames.MaxLength, sequences.Max(sequence => sequence.CompletionLength)),
                new(MetricNames.GradNorm, norm),
                new(MetricNames.LearningRate, rate),
            ],
            sequences.Sum(sequence => (long)sequence.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _order.RowsOf(step);

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_optimizer.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private TokenSequence[] Draw(CompletionSampler<T> sampler, TokenSequence[] rows, uint address) =>
    [
        .. sampler.Draw(
            [.. rows.Select(row => row.Tokens[..row.PromptLength])],
            1,
            _settings.MaxCompletionTokens,
            _settings.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address))
            .Select(drawn => drawn.Sequence),
    ];
}
