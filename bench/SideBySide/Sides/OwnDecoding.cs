using RlCore.Algebra;
using RlCore.Engines;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;

namespace RlCore.SideBySide.Sides;

/// <summary>Greedy completions by the sampler of the trainers.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnDecoding<T> : ISideWork
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Decoder<T> _model;
    private readonly CompletionSampler<T> _sampler;
    private readonly BenchCase.Decoding _case;
    private readonly int[][] _prompts;

    public OwnDecoding(IEngine<T> engine, BenchCase.Decoding one, BenchPlace place)
    {
        (_engine, _case) = (engine, one);
        PretrainedFolder stored = PretrainedFolder.Open(place.Models.Folder(one.Model, one.Storage));
        _model = Decoder<T>.Load(engine, one.Model.Settings, one.Model.VocabularySize, stored.Parameters, isTrained: false);
        _sampler = new CompletionSampler<T>(engine, _model, []);
        _prompts = BenchData.Prompts(one);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        using IDisposable quiet = _engine.NoGradient();
        int[][] given = BenchData.Continuations(_case);
        using IKeyValueCache cache = _model.CreateCache(_case.Batch, _case.Prompt + given.Length);
        var losses = new double[given.Length];
        int[][] read = _prompts;
        for (int step = 0; step < given.Length; step++)
        {
            using IDisposable scope = _engine.Scope();
            int time = read[0].Length;
            T hidden = _model.Continue([.. read.SelectMany(row => row)], [.. read.Select(_ => time)], time, cache);
            T last = T.GatherRows(hidden, [.. Enumerable.Range(0, _case.Batch).Select(row => ((row + 1) * time) - 1)]);
            var logProbs = new float[_case.Batch];
            _engine.Read(T.SelectedLogProbs(last, _model.Head, given[step], _case.Batch, 1, 1).LogProbs, logProbs);
            losses[step] = -logProbs.Average();
            read = [.. given[step].Select(token => (int[])[token])];
        }

        return [losses.Average()];
    }

    /// <inheritdoc/>
    public void Run() => _sampler.Draw(
        _prompts, 1, _case.Tokens, SamplingOptions.Greedy, new SamplingAddress(BenchData.Seed, RandomPurpose.Rollout, 0));

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _engine.Dispose();
    }
}
