using RlCore.Algebra;
using RlCore.Engines;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Stages;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>
/// A step of GRPO in TorchSharp: completions are drawn and scored, their rewards are normed by group, and updates with a clipped ratio
/// follow.
/// </summary>
internal sealed class TorchGrpo : ISideWork
{
    private const long Ignored = -100;

    private readonly Quickstart _quickstart;
    private readonly OnPolicySettings _stage;
    private readonly OnPolicyTask _task;
    private readonly ModelSettings _shape;
    private readonly CausalModel _model;
    private readonly TorchUpdate _update;
    private readonly (int[] Prompt, string Answer)[] _questions;
    private int _next;

    public TorchGrpo(BenchPlace place)
    {
        _quickstart = place.Quickstart;
        _stage = _quickstart.Stage;
        _task = _quickstart.Task(own => own);
        ModelFolder folder = _quickstart.Model();
        _shape = folder.Model;
        int vocabularySize = folder.Tokenizer.VocabularySize;
        var stored = PretrainedWeights.Save(Architecture.Gpt2, _shape, vocabularySize, folder.Parameters);
        _model = CausalModel.Load(new ModelShape("quickstart", "quickstart", _shape, vocabularySize), stored);
        _update = new TorchUpdate(_model, _stage.Optimizer);
        _questions = [.. _task.Questions.Select(question => (_task.Tokenizer.EncodePrompt(question.Prompt), question.Answer))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check() => Learn(_quickstart.Kept());

    /// <inheritdoc/>
    public void Run() => Learn(Draw());

    /// <inheritdoc/>
    public void Dispose()
    {
        _update.Dispose();
        _model.Dispose();
    }

    // Completions, all of a prompt's next to each other. Prompts of one length are read together, so that nothing is padded.
    private RolloutRow[] Draw()
    {
        int group = _stage.Algorithm.GroupSize;
        var rows = new RolloutRow[_stage.PromptsPerStep * group];
        int most = _stage.MaxCompletionTokens;
        int first = _next;
        _next += _stage.PromptsPerStep;
        var questions = Enumerable.Range(0, rows.Length).Select(row => _questions[(first + (row / group)) % _questions.Length]);
        foreach (var equal in questions.Index().GroupBy(question => question.Item.Prompt.Length))
        {
            long[] prompts = [.. equal.SelectMany(question => question.Item.Prompt.Select(token => (long)token))];
            long[] tokens = Sample(prompts, prompts.Length / equal.Key, equal.Key);
            foreach (var (i, (row, question)) in equal.Index())
            {
                rows[row] = Score(question, tokens.AsSpan(i * most, most));
            }
        }

        return rows;
    }

    private RolloutRow Score((int[] Prompt, string Answer) question, ReadOnlySpan<long> drawn)
    {
        int end = drawn.IndexOf(_task.Tokenizer.EndOfSequence);
        int[] completion = Array.ConvertAll(drawn[..(end < 0 ? drawn.Length : end + 1)].ToArray(), token => (int)token);
        bool isRight = _task.Tokenizer.Decode(completion) == question.Answer;
        return new RolloutRow([.. question.Prompt, .. completion], question.Prompt.Length, isRight ? 1 : 0);
    }

    // Tokens that are drawn after an end of sequence are dropped by the caller.
    private long[] Sample(long[] prompts, int count, int length)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        HeadLayout heads = _shape.HeadLayout;
        using var cache = new KeyValueCache(_shape.Layers, count, heads.KeyValueHeads, length + _stage.MaxCompletionTokens, heads.Size);
        Tensor read = tensor(prompts, [count, length]);
        var drawn = new List<Tensor>();
        for (int i = 0; i < _stage.MaxCompletionTokens; i++)
        {
            read = functional.softmax(_model.Next(read, cache), -1).multinomial(1);
            drawn.Add(read);
        }

        return cat(drawn, 1).data<long>().ToArray();
    }

    // Mean loss and mean norm of the gradients.
    private double[] Learn(RolloutRow[] rows)
    {
        double[] advantages = [.. rows.Chunk(_stage.Algorithm.GroupSize).SelectMany(Advantages)];
        Batch[] batches =
        [
            .. rows.Zip(advantages).Chunk(rows.Length / _stage.Algorithm.MiniBatches)
                .Select(part => new Batch([.. part.Select(one => one.First)], [.. part.Select(one => one.Second)])),
        ];
        Tensor[] old;
        using (no_grad())
        {
            old = [.. batches.Select(LogProbs)];
        }

        double loss = 0;
        double norm = 0;
        for (int i = 0; i < batches.Length; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor part = Loss(batches[i], old[i]);
            norm += _update.Step(part) / batches.Length;
            loss += part.item<float>() / batches.Length;
        }

        old.Concat(batches.SelectMany(batch => batch.Tensors)).ToList().ForEach(one => one.Dispose());
        return [loss, norm];
    }

    private Tensor Loss(Batch batch, Tensor old)
    {
        var clip = (Surrogate.Clip)_stage.Algorithm.Surrogate;
        Tensor ratio = (LogProbs(batch) - old).exp();
        Tensor clipped = ratio.clamp(1 - clip.ClipLow, 1 + clip.ClipHigh);
        Tensor tokens = -minimum(ratio * batch.Advantages, clipped * batch.Advantages);
        return (tokens * batch.Mask).sum() / batch.Mask.sum();
    }

    // [B, T]; 0 where there is no action.
    private Tensor LogProbs(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _model.forward(batch.Inputs, null);
        Tensor losses = functional.cross_entropy(logits.transpose(1, 2), batch.Targets, ignore_index: Ignored, reduction: Reduction.None);
        return (-losses).MoveToOuterDisposeScope();
    }

    private static IEnumerable<double> Advantages(RolloutRow[] group)
    {
        double mean = group.Average(row => row.Reward);
        double deviation = Math.Sqrt(group.Sum(row => (row.Reward - mean) * (row.Reward - mean)) / (group.Length - 1));
        return group.Select(row => (row.Reward - mean) / (deviation + 1e-4));
    }

    // A mini-batch, padded on the right.
    private sealed class Batch
    {
        public Batch(RolloutRow[] rows, double[] advantages)
        {
            int time = rows.Max(row => row.Tokens.Length) - 1;
            var inputs = new long[rows.Length * time];
            var targets = new long[rows.Length * time];
            Array.Fill(targets, Ignored);
            for (int i = 0; i < rows.Length; i++)
            {
                long[] tokens = Array.ConvertAll(rows[i].Tokens, token => (long)token);
                int prompt = rows[i].PromptLength;
                tokens.AsSpan(..^1).CopyTo(inputs.AsSpan(i * time));
                tokens.AsSpan(prompt).CopyTo(targets.AsSpan((i * time) + prompt - 1));
            }

            Inputs = tensor(inputs, [rows.Length, time]);
            Targets = tensor(targets, [rows.Length, time]);
            Mask = Targets.ne(Ignored).to(ScalarType.Float32);
            Advantages = tensor(Array.ConvertAll(advantages, advantage => (float)advantage), [rows.Length, 1]);
        }

        public Tensor Inputs { get; }

        public Tensor Targets { get; }

        public Tensor Mask { get; }

        public Tensor Advantages { get; }

        public IEnumerable<Tensor> Tensors => [Inputs, Targets, Mask, Advantages];
    }
}
