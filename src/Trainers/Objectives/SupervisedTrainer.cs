using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>Supervised fine-tuning: token negative log-likelihood of completions, prompts masked, mean over the tokens of a step.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class SupervisedTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly IReadOnlyList<TokenSequence> _demonstrations;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly DataOrder _order;

    /// <summary>A trainer over demonstrations.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="demonstrations">Prompts with their completions, ended by the end of sequence.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    public SupervisedTrainer(IEngine<T> engine, ILanguageModel<T> model, StageSettings.Supervised settings, IReadOnlyList<TokenSequence> demonstrations, ulong seed, int stageIndex)
    {
        _engine = engine;
        _demonstrations = demonstrations;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, temperature: 1);
        _order = new DataOrder(seed, stageIndex, demonstrations.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        TokenSequence[] sequences = [.. _order.RowsOf(step).Select(row => _demonstrations[row])];
        double entropy = 0;
        double loss = _policy.Accumulate(sequences, new Aggregation.TokenMean(), (_, batch, scored) =>
        {
            entropy += _engine.Read(scored.Entropy).Sum(value => (double)value);
            var unread = scored.LogProbs;
            return T.Map(default(TokenNllTerm), scored.LogProbs, unread, unread, unread, unread);
        });
        var (rate, norm) = _optimizer.Update(step, loss);
        int actions = sequences.Sum(s => s.CompletionLength);
        return new StepOutcome(
            [
                new(MetricNames.Loss, loss),
                new(MetricNames.Entropy, entropy / actions),
                new(MetricNames.GradNorm, norm),
                new(MetricNames.LearningRate, rate),
            ],
            sequences.Sum(s => (long)s.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_optimizer.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
