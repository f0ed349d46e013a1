using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The result of a policy's forward pass.</summary>
/// <param name="Hidden">Hidden states of the batch's inputs, [rows · columns, D].</param>
/// <param name="Scored">Log-probs and entropies, [rows, columns].</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
public readonly record struct PolicyOutput<T>(T Hidden, TokenLogProbs<T> Scored)
    where T : struct, ITensor<T>;

/// <summary>Forward passes of a policy over token batches, cut into micro-batches.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class PolicyPass<T>
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly int _microBatchSize;
    private readonly double _temperature;

    /// <summary>Passes over a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="microBatchSize">Sequences per pass.</param>
    /// <param name="temperature">Temperature of the policy, that of the rollouts.</param>
    public PolicyPass(IEngine<T> engine, ILanguageModel<T> model, int microBatchSize, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatchSize, 1);
        ScoringTemperature.Check(temperature);
        _engine = engine;
        _model = model;
        _microBatchSize = microBatchSize;
        _temperature = temperature;
    }

    /// <summary>Sequences per pass.</summary>
    public int MicroBatchSize => _microBatchSize;

    /// <summary>Pairs per pass.</summary>
    public int PairsAtOnce => Math.Max(1, _microBatchSize / 2);

    /// <summary>log π of every action, without gradient, for the policy in a role.</summary>
    /// <param name="sequences">Sequences of a step.</param>
    /// <param name="role">The role of the policy.</param>
    public ActionLogProbs LogProbs(IReadOnlyList<TokenSequence> sequences, PolicyRole role)
    {
        SequenceMask step = TokenBatch.StepMask(sequences);
        var grid = new float[step.Flags.Length];
        ForEach(sequences, (first, batch, output) => batch.Collect(_engine.Read(output.Scored.LogProbs), grid, step, first));
        return new ActionLogProbs(role, _temperature, step, grid);
    }

    /// <summary>Runs the policy on every micro-batch, without gradient.</summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="take">Called with each micro-batch: (its first sequence, layout, hidden states and log-probs).</param>
    public void ForEach(IReadOnlyList<TokenSequence> sequences, Action<int, TokenBatch, PolicyOutput<T>> take)
    {
        using var noGradient = _engine.NoGradient();
        MicroBatches.ForEach(sequences, _microBatchSize, (first, batch) =>
        {
            using var scope = _engine.Scope();
            take(first, batch, Run(batch));
        });
    }

    /// <summary>Σ_t log π of each completion's tokens, without gradient.</summary>
    /// <param name="sequences">Sequences; only one micro-batch is in memory at a time.</param>
    public float[] Sums(IEnumerable<TokenSequence> sequences) => [.. sequences.Chunk(_microBatchSize).SelectMany(SumsOf)];

    /// <summary>
    /// One accumulation over all micro-batches: for each, the token losses are computed, weighted with the mask of the whole step, and
    /// differentiated. The gradient does not depend on the micro-batch size.
    /// </summary>
    /// <param name="sequences">All sequences of the optimizer step.</param>
    /// <param name="aggregation">How token losses become one number.</param>
    /// <param name="tokenLoss">Token losses of a micro-batch: (its first sequence, layout, log-probs and entropy) → [rows,
    /// columns].</param>
    /// <returns>The loss.</returns>
    public double Accumulate(
        IReadOnlyList<TokenSequence> sequences,
        Aggregation aggregation,
        Func<int, TokenBatch, TokenLogProbs<T>, T> tokenLoss)
    {
        double[] weights = aggregation.RowWeights(TokenBatch.StepMask(sequences));
        return Accumulate(sequences, (first, batch, output) =>
            TokenLosses.Aggregate(tokenLoss(first, batch, output.Scored), batch.Mask, weights.AsSpan(first, batch.Rows)));
    }

    /// <summary>One accumulation over all micro-batches, whose losses add up.</summary>
    /// <param name="sequences">All sequences of the optimizer step.</param>
    /// <param name="loss">The micro-batch's part of the loss: (its first sequence, layout, hidden states and log-probs) → [1, 1].</param>
    /// <returns>The loss.</returns>
    public double Accumulate(IReadOnlyList<TokenSequence> sequences, Func<int, TokenBatch, PolicyOutput<T>, T> loss)
    {
        using var losses = new LossParts<T>(_engine, MicroBatches.Count(sequences.Count, _microBatchSize));
        MicroBatches.ForEach(sequences, _microBatchSize, (first, batch) => losses.Accumulate(() => loss(first, batch, Run(batch))));
        return losses.Total();
    }

    /// <summary>
    /// One accumulation over pairs, split into micro-batches of whole pairs: a micro-batch contains its chosen completions, then its
    /// rejected ones.
    /// </summary>
    /// <param name="pairs">All pairs of the optimizer step.</param>
    /// <param name="loss">The micro-batch's part of the loss: (its first pair, layout, log-probs and entropy) → [1, 1]; the
    /// parts add up.</param>
    /// <returns>The loss.</returns>
    public double AccumulatePairs(IReadOnlyList<SequencePair> pairs, Func<int, TokenBatch, TokenLogProbs<T>, T> loss)
    {
        using var losses = new LossParts<T>(_engine, MicroBatches.Count(pairs.Count, PairsAtOnce));
        for (int first = 0; first < pairs.Count; first += PairsAtOnce)
        {
            SequencePair[] part = [.. pairs.Skip(first).Take(PairsAtOnce)];
            var batch = TokenBatch.Create([.. part.Select(p => p.Chosen), .. part.Select(p => p.Rejected)]);
            int start = first;
            losses.Accumulate(() => loss(start, batch, Run(batch).Scored));
        }

        return losses.Total();
    }

    private float[] SumsOf(TokenSequence[] sequences)
    {
        ActionLogProbs logProbs = LogProbs(sequences, PolicyRole.Current);
        double Sum(int row)
        {
            double sum = 0;
            foreach (float logProb in logProbs.Values.AsSpan(row * logProbs.Mask.Columns, logProbs.Mask.CountInRow(row)))
            {
                sum += logProb;
            }

            return sum;
        }

        return [.. Enumerable.Range(0, sequences.Length).Select(row => (float)Sum(row))];
    }

    private PolicyOutput<T> Run(TokenBatch batch)
    {
        var hidden = _model.Hidden(batch.Inputs, batch.Lengths, batch.Columns);
        return new(hidden, T.SelectedLogProbs(hidden, _model.Head, batch.Targets, batch.Rows, batch.Columns, _temperature));
    }
}
