using RlCore.Engines;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>Greedy completions in TorchSharp.</summary>
internal sealed class TorchDecoding : ISideWork
{
    private readonly CausalModel _model;
    private readonly BenchCase.Decoding _case;
    private readonly Tensor _prompts;

    public TorchDecoding(BenchCase.Decoding one, BenchPlace place)
    {
        _case = one;
        _model = CausalModel.Load(one.Model, place);
        _prompts = Ids([.. BenchData.Prompts(one).SelectMany(row => row)], one.Prompt);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        int[][] given = BenchData.Continuations(_case);
        return [Decode(given.Length, (step, logits) =>
        {
            Tensor next = Ids(given[step], 1);
            return (next, functional.cross_entropy(logits, next.flatten()).item<float>());
        }).Average()];
    }

    /// <inheritdoc/>
    public void Run() => _ = Decode(_case.Tokens, (_, logits) => (logits.argmax(-1, keepdim: true), 0)).Count;

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private List<double> Decode(int tokens, Func<int, Tensor, (Tensor Next, double Loss)> choose)
    {
        using IDisposable quiet = inference_mode();
        HeadLayout heads = _case.Model.Settings.HeadLayout;
        using var cache = new KeyValueCache(
            _case.Model.Settings.Layers, _case.Batch, heads.KeyValueHeads, _case.Prompt + tokens, heads.Size);
        var losses = new List<double>();
        Tensor read = _prompts;
        for (int step = 0; step < tokens; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor next, double loss) = choose(step, _model.Next(read, cache));
            losses.Add(loss);
            read = next.MoveToOuterDisposeScope();
        }

        return losses;
    }

    private static Tensor Ids(int[] tokens, int columns) =>
        tensor(Array.ConvertAll(tokens, token => (long)token), [tokens.Length / columns, columns]);
}
