using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>A training step in TorchSharp: cross entropy of all next tokens.</summary>
internal sealed class TorchTraining : ISideWork
{
    private readonly CausalModel _model;
    private readonly TorchUpdate _update;
    private readonly Tensor _inputs;
    private readonly Tensor _targets;

    public TorchTraining(BenchCase.Training one, BenchPlace place)
    {
        ModelShape shape = one.Model;
        AdapterPlan? adapters = one.HasAdapters
            ? AdapterPlan.Create(new LoraSettings(), shape.Architecture, shape.Settings, shape.VocabularySize)
            : null;
        _model = CausalModel.Load(shape, place, adapters);
        _update = new TorchUpdate(_model, BenchData.Optimizer);
        TokenSequence[] sequences = BenchData.Sequences(one.Batch, one.Time, shape.VocabularySize);
        long[] ids = [.. sequences.SelectMany(sequence => sequence.Tokens.Select(token => (long)token))];
        Tensor tokens = tensor(ids, [one.Batch, one.Time + 1]);
        _inputs = tokens.narrow(1, 0, one.Time);
        _targets = tokens.narrow(1, 1, one.Time).reshape(-1);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check() => [.. Enumerable.Range(0, BenchData.ComparedSteps).Select(_ => Step())];

    /// <inheritdoc/>
    public void Run() => Step();

    /// <inheritdoc/>
    public void Dispose()
    {
        _update.Dispose();
        _model.Dispose();
    }

    private double Step()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _model.forward(_inputs, null);
        Tensor loss = functional.cross_entropy(logits.view(-1, logits.shape[^1]), _targets);
        _update.Step(loss);
        return loss.item<float>();
    }
}

/// <summary>Backward, clipping, and AdamW with decay of the matrices.</summary>
internal sealed class TorchUpdate : IDisposable
{
    private readonly Parameter[] _trained;
    private readonly optim.Optimizer _optimizer;
    private readonly double _maxNorm;

    public TorchUpdate(Module model, RlCore.Trainers.Stages.OptimizerSettings settings)
    {
        _trained = [.. model.parameters().Where(parameter => parameter.requires_grad)];
        _maxNorm = settings.MaxGradientNorm;
        AdamW.ParamGroup Group(bool decays) => new(
            _trained.Where(parameter => decays == parameter.dim() > 1),
            settings.LearningRate,
            settings.Beta1,
            settings.Beta2,
            settings.Epsilon,
            decays ? settings.WeightDecay : 0);
        // Adapters are matrices alone.
        bool hasVectors = _trained.Any(parameter => parameter.dim() == 1);
        _optimizer = optim.AdamW(hasVectors ? [Group(true), Group(false)] : [Group(true)], settings.LearningRate);
    }

    /// <summary>One update.</summary>
    /// <param name="loss">What is minimised.</param>
    /// <returns>The norm of the gradient before it was clipped.</returns>
    public double Step(Tensor loss)
    {
        _optimizer.zero_grad();
        loss.backward();
        double norm = nn.utils.clip_grad_norm_(_trained, _maxNorm);
        _optimizer.step();
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
