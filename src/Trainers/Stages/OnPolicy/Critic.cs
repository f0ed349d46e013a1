using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The value model of an on-policy trainer, and how it is fitted: ½(V − R)², clipped, mean over action tokens.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal abstract class Critic<T>(IEngine<T> engine, ValueSettings settings) : IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>Name of the model in checkpoints, and of its optimizer where it has one.</summary>
    public const string Name = "value";

    /// <summary>What this step's value losses were.</summary>
    public ValueDiagnostics Diagnostics { get; private set; } = new(settings.ClipRange);

    /// <summary>Parameters that the policy's optimizer also updates.</summary>
    public virtual IReadOnlyList<NamedParameter<T>> Joint => [];

    /// <summary>All parameters of the model, without those of the policy.</summary>
    protected abstract IReadOnlyList<NamedParameter<T>> Parameters { get; }

    protected IEngine<T> Engine => engine;

    protected ValueSettings Settings => settings;

    /// <summary>The value of the state before each action of each sequence, without gradient.</summary>
    /// <param name="sequences">Sequences.</param>
    public abstract float[][] Values(IReadOnlyList<TokenSequence> sequences);

    /// <summary>The policy's part of the loss of a micro-batch, with this model's added where they are trained together.</summary>
    /// <param name="loss">The policy's, [1, 1].</param>
    /// <param name="first">Index of the micro-batch's first sequence.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="hidden">The policy's hidden states.</param>
    /// <param name="part">The completions of the whole optimizer step.</param>
    public virtual T AddTo(T loss, int first, TokenBatch batch, T hidden, RolloutBatch part) => loss;

    /// <summary>An update of its own, where it has an optimizer.</summary>
    /// <param name="update">Update within the stage, from 0.</param>
    /// <param name="part">The completions of the optimizer step.</param>
    public virtual void Update(int update, RolloutBatch part)
    {
    }

    /// <summary>Adds what goes on from step to step.</summary>
    /// <param name="state">The trainer's state so far.</param>
    public virtual TrainerState ExportTo(TrainerState state) => state with
    {
        Models = new Dictionary<string, IReadOnlyDictionary<string, SafetensorsTensor>> { [Name] = Parameters.Export(engine) },
    };

    /// <summary>Takes it back.</summary>
    /// <param name="state">The trainer's state.</param>
    public virtual void Import(TrainerState state) => Parameters.Write(engine, state.Models[Name].ToWeights());

    /// <summary>A new step begins.</summary>
    public void Reset() => Diagnostics = new(settings.ClipRange);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Mean value loss over the action tokens of the step: a micro-batch's part, [1, 1].</summary>
    protected T Loss(T values, int first, TokenBatch batch, RolloutBatch part)
    {
        var targets = part.Values ?? throw new InvalidOperationException("A rollout for a value model has values.");
        double[] weights = new Aggregation.TokenMean().RowWeights(TokenBatch.StepMask(part.Sequences));
        float[] old = Spread(targets.Old), returns = Spread(targets.Targets);
        Diagnostics.Add(batch.Mask, engine.Read(values), old, returns);
        double range = settings.ClipRange > 0 ? settings.ClipRange : double.PositiveInfinity;
        var losses = T.Map(new ValueClipTerm(range), new ValueInputs<T>(values, Constant(old), Constant(returns)));
        return TokenLosses.Aggregate(losses, batch.Mask, weights.AsSpan(first, batch.Rows));

        float[] Spread(float[][] perAction) => batch.SpreadActions(new ArraySegment<float[]>(perAction, first, batch.Rows));
        T Constant(float[] grid) => engine.Constant(batch.Rows, batch.Columns, grid);
    }
}

/// <summary>A value model with a trunk and an optimizer of its own.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnCritic<T>(IEngine<T> engine, IValueModel<T> model, ValueSettings settings, int microBatchSize, int totalUpdates) : Critic<T>(engine, settings)
    where T : struct, ITensor<T>
{
    private readonly ScheduledOptimizer _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, totalUpdates);

    protected override IReadOnlyList<NamedParameter<T>> Parameters => model.Parameters;

    public override float[][] Values(IReadOnlyList<TokenSequence> sequences)
    {
        var result = new float[sequences.Count][];
        using var noGradient = Engine.NoGradient();
        MicroBatches.ForEach(sequences, microBatchSize, (first, batch) =>
        {
            using var scope = Engine.Scope();
            batch.TakeActions(Engine.Read(model.Values(batch))).CopyTo(result, first);
        });
        return result;
    }

    public override void Update(int update, RolloutBatch part)
    {
        double loss = 0;
        MicroBatches.ForEach(part.Sequences, microBatchSize, (first, batch) =>
            loss += Engine.Accumulate(() => Loss(model.Values(batch), first, batch, part)));
        _optimizer.Update(update, loss);
    }

    public override TrainerState ExportTo(TrainerState state) => base.ExportTo(state) with
    {
        Optimizers = new Dictionary<string, OptimizerState>(state.Optimizers) { [Name] = _optimizer.Optimizer.Export() },
    };

    public override void Import(TrainerState state)
    {
        base.Import(state);
        _optimizer.Optimizer.Import(state.Optimizers[Name]);
    }

    public override void Dispose() => _optimizer.Dispose();
}

/// <summary>A scalar head over the policy's hidden states.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class SharedCritic<T>(IEngine<T> engine, PolicyPass<T> policy, int width, ValueSettings settings) : Critic<T>(engine, settings)
    where T : struct, ITensor<T>
{
    private readonly ScalarHead<T> _head = new(engine, width);

    public override IReadOnlyList<NamedParameter<T>> Joint => _head.Parameters;

    protected override IReadOnlyList<NamedParameter<T>> Parameters => _head.Parameters;

    public override float[][] Values(IReadOnlyList<TokenSequence> sequences)
    {
        var result = new float[sequences.Count][];
        policy.ForEach(sequences, (first, batch, output) => batch.TakeActions(Engine.Read(_head.Values(output.Hidden, batch))).CopyTo(result, first));
        return result;
    }

    public override T AddTo(T loss, int first, TokenBatch batch, T hidden, RolloutBatch part) =>
        loss + T.Scale(Loss(_head.Values(hidden, batch), first, batch, part), Settings.Coefficient);

    public override void Dispose() => _head.Dispose();
}
