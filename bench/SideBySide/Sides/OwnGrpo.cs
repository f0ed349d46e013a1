using RlCore.Engines;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.SideBySide.Sides;

/// <summary>The step of the quickstart's second stage by its own trainer.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnGrpo<T> : ISideWork
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Quickstart _quickstart;
    private readonly Decoder<T> _model;
    private readonly OnPolicyTrainer<T> _trainer;
    private readonly List<RolloutRow> _drawn = [];
    private int _step;

    public OwnGrpo(IEngine<T> engine, BenchPlace place)
    {
        _engine = engine;
        _quickstart = place.Quickstart;
        _model = _quickstart.Model().Stored.Open(engine, isTrained: true);
        OnPolicyTask task = _quickstart.Task(own => new RecordedReward(own, _drawn));
        _trainer = new OnPolicyTrainer<T>(engine, _model, null, _quickstart.Stage, task);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        var metrics = _trainer.Step(_step++).Metrics.ToDictionary(metric => metric.Key, metric => metric.Value);
        _quickstart.Keep(_drawn);
        return [metrics[MetricNames.Loss], metrics[MetricNames.GradNorm]];
    }

    /// <inheritdoc/>
    public void Run() => _trainer.Step(_step++);

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _model.Dispose();
        _engine.Dispose();
    }

    // Notes the completions of the latest step.
    private sealed class RecordedReward(RewardSum own, List<RolloutRow> drawn) : IReward
    {
        public string Name => own.Name;

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
        {
            double[] scores = own.Score(batch, stop);
            drawn.Clear();
            drawn.AddRange(batch.Select(sample => sample.Sequence)
                .Zip(scores, (sequence, score) => new RolloutRow(sequence.Tokens, sequence.PromptLength, score)));
            return scores;
        }
    }
}
