using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>Mean log-prob of given tokens in TorchSharp: all logits, log-softmax, gather.</summary>
internal sealed class TorchLogProbs : ISideWork
{
    private readonly Parameter _hidden;
    private readonly Parameter _head;
    private readonly Tensor _targets;

    public TorchLogProbs(BenchCase.LogProbs one)
    {
        _hidden = Parameter(tensor(BenchData.Hidden(one), [one.Tokens, one.Width]));
        _head = Parameter(tensor(BenchData.Head(one), [one.VocabularySize, one.Width]));
        _targets = tensor(Array.ConvertAll(BenchData.Targets(one), token => (long)token));
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        double loss = Step();
        return [loss, Norm(_hidden), Norm(_head)];
    }

    // Gradients add up, as on the other sides.
    /// <inheritdoc/>
    public void Run() => Step();

    /// <inheritdoc/>
    public void Dispose()
    {
        _hidden.Dispose();
        _head.Dispose();
        _targets.Dispose();
    }

    private static double Norm(Parameter parameter) => parameter.grad!.to(ScalarType.Float64).norm().item<double>();

    private double Step()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logProbs = functional.log_softmax(functional.linear(_hidden, _head), -1).gather(-1, _targets.unsqueeze(-1));
        Tensor loss = -logProbs.mean();
        loss.backward();
        return loss.item<float>();
    }
}
