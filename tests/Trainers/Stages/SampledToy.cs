using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>A task that a tiny model learns from its own completions: to repeat the prompt's letter once.</summary>
internal static class SampledToy
{
    public static CharacterTokenizer Tokenizer { get; } = new("abcd");

    public static Question[] Questions { get; } = [.. "abcd".Select((c, i) => new Question($"{c}", $"{c}", "memory", i + 2))];

    public static OnPolicyTask Task { get; } = new(Questions, new ExactAnswer(), Tokenizer, 1, 0);

    public static Decoder<T> CreateModel<T>(IEngine<T> engine, ulong seed = 1, string shape = "gpt2")
        where T : struct, ITensor<T> =>
            Decoder<T>.Create(engine, ModelShapes.Of(shape) with { InitStd = 0.1 }, Tokenizer.VocabularySize, seed);

    public static float[] Weights<T>(Decoder<T> model)
        where T : struct, ITensor<T> => [.. model.Export().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value)];

    /// <summary>The log-probs of every token at each position, in double, from the engine's hidden states and head.</summary>
    public static Real[][] Exact<T>(IEngine<T> engine, Decoder<T> model, TokenSequence sequence, double temperature = 1)
        where T : struct, ITensor<T>
    {
        using var noGradient = engine.NoGradient();
        using var scope = engine.Scope();
        int length = sequence.Tokens.Length;
        T hidden = model.Hidden(sequence.Tokens, [length], length);
        float[] states = engine.Read(hidden);
        float[] head = engine.Read(model.Head);
        int width = hidden.Columns;
        return
        [
            .. Enumerable.Range(0, length).Select(t => Categorical.LogSoftmax<Real>(
                [.. Enumerable.Range(0, model.VocabularySize).Select(v => (Real)(Enumerable.Range(0, width)
                    .Sum(d => (double)states[(t * width) + d] * head[(v * width) + d]) / temperature))])),
        ];
    }

    /// <summary>
    /// Weights after some steps, stopping after <paramref name="stop"/> of them for a checkpoint that is written and read; 0
    /// for none.
    /// </summary>
    public static (float[] Weights, Dictionary<string, double> Last) Train<T>(
        IEngine<T> engine,
        Func<Decoder<T>, IStageTrainer> create,
        int steps,
        int stop,
        ulong seed = 1)
        where T : struct, ITensor<T>
    {
        Decoder<T> model = CreateModel(engine, seed);
        IStageTrainer trainer = create(model);
        Dictionary<string, double> last = [];
        for (int step = 0; step < steps; step++)
        {
            if (stop > 0 && step == stop)
            {
                (model, trainer) = ThroughACheckpoint(engine, model, trainer, create);
            }

            last = trainer.Step(step).Metrics.ToDictionary();
        }

        float[] weights = Weights(model);
        trainer.Dispose();
        model.Dispose();
        return (weights, last);
    }

    private static (Decoder<T> Model, IStageTrainer Trainer) ThroughACheckpoint<T>(
        IEngine<T> engine,
        Decoder<T> model,
        IStageTrainer trainer,
        Func<Decoder<T>, IStageTrainer> create)
        where T : struct, ITensor<T>
    {
        using var folder = new TemporaryFolder();
        new CheckpointStore(folder.Path, keep: 1).Save(new CheckpointContent(
            new TrainingState(), model.Settings, Tokenizer, model.Parameters.Export(engine), trainer.Export()));
        trainer.Dispose();
        model.Dispose();
        CheckpointStore.TryFindLatest(folder.Path, out string latest);
        CheckpointContent content = CheckpointStore.Load(latest);
        Decoder<T> loaded = Decoder<T>.Load(engine, content.Model, Tokenizer.VocabularySize, content.Parameters.ToWeights());
        IStageTrainer resumed = create(loaded);
        resumed.Import(content.Trainer);
        return (loaded, resumed);
    }
}
