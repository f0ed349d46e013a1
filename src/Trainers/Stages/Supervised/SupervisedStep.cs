using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The supervised update shared by fine-tuning, rejection sampling and distillation from completions: token negative
/// log-likelihood of completions, prompts masked, mean over the tokens of the step.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class SupervisedStep<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;

    /// <summary>Updates of a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="stage">Optimizer, schedule, steps and micro-batches.</param>
    public SupervisedStep(IEngine<T> engine, ILanguageModel<T> model, StageSettings stage)
    {
        _engine = engine;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, stage.Optimizer, stage.Steps);
        _policy = new PolicyPass<T>(engine, model, stage.Limits, temperature: 1);
    }

    /// <summary>The optimizer, whose state continues from step to step.</summary>
    public IOptimizer Optimizer => _optimizer.Optimizer;

    /// <summary>Does one update.</summary>
    /// <param name="step">Step of the stage, from 0, which determines the learning rate.</param>
    /// <param name="sequences">Prompts with the completions to imitate.</param>
    /// <returns>Loss, entropy, gradient norm and learning rate.</returns>
    public IReadOnlyList<KeyValuePair<string, double>> Run(int step, IReadOnlyList<TokenSequence> sequences)
    {
        using var entropies = new DeviceTable<T>(_engine, _policy.PassesOver(sequences), 1);
        double loss = _policy.Accumulate(sequences, new Aggregation.TokenMean(), (_, batch, scored) =>
        {
            entropies.Put(batch.Pass, T.SumOverBatch(T.SumOverTime(T.StopGradient(scored.Entropy), batch.Mask)));
            return T.Map(default(TokenNllTerm), scored.LogProbs);
        });
        double entropy = entropies.Sums()[0];
        var (rate, norm) = _optimizer.Update(step, loss);
        return
        [
            new(MetricNames.Loss, loss),
            new(MetricNames.Entropy, entropy / sequences.Sum(s => s.ActionCount)),
            new(MetricNames.GradNorm, norm),
            new(MetricNames.LearningRate, rate),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
