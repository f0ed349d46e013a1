using RlCore.Engines;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Files;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.SideBySide.Sides;

/// <summary>The step of supervised fine-tuning.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnTraining<T> : ISideWork
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Decoder<T> _model;
    private readonly SupervisedStep<T> _step;
    private readonly TokenSequence[] _sequences;

    public OwnTraining(IEngine<T> engine, BenchCase.Training one, BenchPlace place)
    {
        _engine = engine;
        ModelShape shape = one.Model;
        PretrainedFolder stored = PretrainedFolder.Open(place.Models.Folder(shape, NumberType.F32));
        _model = Decoder<T>.Load(engine, shape.Settings, shape.VocabularySize, stored.Parameters, isTrained: !one.HasAdapters);
        if (one.HasAdapters)
        {
            AdapterPlan plan = AdapterPlan.Create(new LoraSettings(), shape.Architecture, shape.Settings, shape.VocabularySize);
            using Decoder<T> frozen = _model;
            _model = frozen.WithAdapters(plan, plan.Initial(BenchData.Seed, stored.Parameters));
        }

        _step = new SupervisedStep<T>(engine, _model, new SupervisedSettings { Steps = int.MaxValue, Optimizer = BenchData.Optimizer });
        _sequences = BenchData.Sequences(one.Batch, one.Time, shape.VocabularySize);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check() => [.. Enumerable.Range(0, BenchData.ComparedSteps).Select(_ => Step())];

    /// <inheritdoc/>
    public void Run() => Step();

    /// <inheritdoc/>
    public void Dispose()
    {
        _step.Dispose();
        _model.Dispose();
        _engine.Dispose();
    }

    private double Step() => _step.Run(0, _sequences).Single(metric => metric.Key == MetricNames.Loss).Value;
}
