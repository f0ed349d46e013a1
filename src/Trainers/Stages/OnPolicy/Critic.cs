using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The value model of an on-policy trainer and its fit: ½(V − R)², clipped, mean over action tokens.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal abstract class Critic<T>(IEngine<T> engine, ValueSettings settings) : IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>Name of the model in checkpoints, and of its optimizer if it has one.</summary>
    public const string Name = "value";

    /// <summary>Diagnostics of this step's value losses.</summary>
    public ValueDiagnostics<T> Diagnostics { get; private set; } = new(engine, settings.ClipRange);

    /// <summary>Parameters that the policy's optimizer also updates.</summary>
    public virtual IReadOnlyList<NamedParameter<T>> Joint => [];

    /// <summary>All parameters of the model, except those of the policy.</summary>
    protected abstract IReadOnlyList<NamedParameter<T>> Parameters { get; }

    protected IEngine<T> Engine => engine;

    protected ValueSettings Settings => settings;

    /// <summary>The value of the state before each action of each sequence, without gradient.</summary>
    /// <param name="sequences">Sequences.</param>
    public abstract float[] Values(IReadOnlyList<TokenSequence> sequences);

    /// <summary>The policy's loss of a micro-batch, plus this model's loss if they are trained together.</summary>
    /// <param name="loss">The policy's, [1, 1].</param>
    /// <param name="first">Index of the micro-batch's first sequence.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="hidden">The policy's hidden states.</param>
    /// <param name="part">The completions of the whole optimizer step.</param>
    public virtual T AddTo(T loss, int first, TokenBatch batch, T hidden, RolloutPart part) => loss;

    /// <summary>Begins an update of the policy.</summary>
    /// <param name="microBatches">Number of its micro-batches.</param>
    public virtual void Begin(int microBatches)
    {
    }

    /// <summary>Ends the accumulation of an update of the policy.</summary>
    /// <param name="tokens">Number of actions of the update.</param>
    public virtual void End(int tokens)
    {
    }

    /// <summary>Updates the model, if it has its own optimizer.</summary>
    /// <param name="update">Update within the stage, from 0.</param>
    /// <param name="part">The completions of the optimizer step.</param>
    public virtual void Update(int update, RolloutPart part)
    {
    }

    /// <summary>Adds the state that continues from step to step.</summary>
    /// <param name="state">The trainer's state so far.</param>
    public virtual TrainerState ExportTo(TrainerState state) => state with
    {
        Models = new Dictionary<string, IReadOnlyDictionary<string, TensorData>> { [Name] = Parameters.Export(engine) },
    };

    /// <summary>Restores it.</summary>
    /// <param name="state">The trainer's state.</param>
    public virtual void Import(TrainerState state) => Parameters.Write(engine, state.Models[Name].ToWeights());

    /// <summary>Begins a step.</summary>
    public void Reset()
    {
        Diagnostics.Dispose();
        Diagnostics = new(engine, settings.ClipRange);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => Diagnostics.Dispose();

    /// <summary>The value loss of a micro-batch.</summary>
    /// <param name="values">V, [rows, columns].</param>
    /// <param name="first">Index in the part of its first completion.</param>
    /// <param name="batch">Its layout.</param>
    /// <param name="part">The completions of the update.</param>
    protected T Loss(T values, int first, TokenBatch batch, RolloutPart part)
    {
        double[] weights = new Aggregation.TokenMean().RowWeights(TokenBatch.StepMask(part.Sequences));
        T old = part.On(engine, part.Rollout.Values, first, batch);
        T target = part.On(engine, part.Returns, first, batch);
        double range = settings.ClipRange > 0 ? settings.ClipRange : double.PositiveInfinity;
        T losses = T.Map(new ValueClipTerm(range), new ValueInputs<T>(values, old, target));
        Diagnostics.Add(batch, losses, values, target);
        return TokenLosses.Aggregate(losses, batch.Mask, weights.AsSpan(first, batch.Rows));
    }
}

/// <summary>A value model with its own trunk and optimizer.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnCritic<T>(
    IEngine<T> engine,
    IValueModel<T> model,
    ValueSettings settings,
    PassLimits limits,
    int totalUpdates) : Critic<T>(engine, settings)
    where T : struct, ITensor<T>
{
    private readonly ScheduledOptimizer _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, totalUpdates);

    protected override IReadOnlyList<NamedParameter<T>> Parameters => model.Parameters;

    public override float[] Values(IReadOnlyList<TokenSequence> sequences)
    {
        SequenceMask step = TokenBatch.StepMask(sequences);
        var grid = new float[step.Flags.Length];
        using var noGradient = Engine.NoGradient();
        foreach (MicroBatch pass in PlanOf(sequences).Mine)
        {
            using var scope = Engine.Scope();
            TokenBatch batch = TokenBatch.Create(pass.Of(sequences), pass.Pass);
            batch.Collect(Engine.Read(model.Values(batch)), grid, step, pass.First);
        }

        Engine.Parallel.Unite(grid);
        return grid;
    }

    public override void Update(int update, RolloutPart part)
    {
        PassPlan plan = PlanOf(part.Sequences);
        Diagnostics.Begin(plan.Count);
        double loss = new GradientPasses<T>(Engine, model.Parameters, plan, model).Run(pass =>
        {
            TokenBatch batch = TokenBatch.Create(pass.Of(part.Sequences), pass.Pass);
            return Loss(model.Values(batch), pass.First, batch, part);
        });
        Diagnostics.End(part.Tokens);
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

    public override void Dispose()
    {
        _optimizer.Dispose();
        base.Dispose();
    }

    private PassPlan PlanOf(IReadOnlyList<TokenSequence> sequences) => PassPlan.Of(Engine.Parallel, sequences, limits);
}

/// <summary>A scalar head over the policy's hidden states.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class SharedCritic<T>(
    IEngine<T> engine,
    PolicyPass<T> policy,
    int width,
    ValueSettings settings) : Critic<T>(engine, settings)
    where T : struct, ITensor<T>
{
    private readonly ScalarHead<T> _head = new(engine, width);

    public override IReadOnlyList<NamedParameter<T>> Joint => _head.Parameters;

    protected override IReadOnlyList<NamedParameter<T>> Parameters => _head.Parameters;

    public override float[] Values(IReadOnlyList<TokenSequence> sequences)
    {
        SequenceMask step = TokenBatch.StepMask(sequences);
        var grid = new float[step.Flags.Length];
        policy.ForEach(
            sequences,
            (first, batch, output) => batch.Collect(Engine.Read(_head.Values(output.Hidden, batch)), grid, step, first));
        Engine.Parallel.Unite(grid);
        return grid;
    }

    public override T AddTo(T loss, int first, TokenBatch batch, T hidden, RolloutPart part) =>
        loss + T.Scale(Loss(_head.Values(hidden, batch), first, batch, part), Settings.Coefficient);

    public override void Begin(int microBatches) => Diagnostics.Begin(microBatches);

    public override void End(int tokens) => Diagnostics.End(tokens);

    public override void Dispose()
    {
        _head.Dispose();
        base.Dispose();
    }
}
