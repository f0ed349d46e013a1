using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>This program's decoder on a model's folder.</summary>
internal sealed class OwnDecoder : IDisposable
{
    private readonly ManagedEngine _engine = new();
    private readonly Decoder<ManagedTensor> _model;

    public OwnDecoder(string folder)
    {
        string file = Path.Combine(folder, PretrainedConfig.FileName);
        PretrainedConfig config = PretrainedConfig.Read(File.ReadAllText(file), file);
        _model = Decoder<ManagedTensor>.Load(
            _engine,
            config.Shape,
            config.VocabularySize,
            PretrainedWeights.Load(config, ShardedSafetensors.Open(folder), folder),
            isTrained: false);
    }

    /// <summary>The most probable continuation, and the log-probabilities of all tokens at each of its steps.</summary>
    public (int[] Tokens, float[][] LogProbs) Continue(IReadOnlyList<int> prompt, int count)
    {
        var tokens = new List<int>();
        var logProbs = new List<float[]>();
        using var quiet = _engine.NoGradient();
        using IKeyValueCache cache = _model.CreateCache(1, prompt.Count + count);
        int[] next = [.. prompt];
        while (tokens.Count < count)
        {
            using var scope = _engine.Scope();
            ManagedTensor hidden = _model.Continue(next, [next.Length], next.Length, cache);
            ManagedTensor last = ManagedTensor.Linear(ManagedTensor.GatherRows(hidden, [next.Length - 1]), _model.Head);
            var logits = new float[last.Columns];
            _engine.Read(last, logits);
            logProbs.Add(Numbers.LogSoftmax(logits));
            tokens.Add(Array.IndexOf(logits, logits.Max()));
            next = [tokens[^1]];
        }

        return ([.. tokens], [.. logProbs]);
    }

    public void Dispose()
    {
        _model.Dispose();
        _engine.Dispose();
    }
}
