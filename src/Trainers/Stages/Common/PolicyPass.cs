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
    private readonly PassLimits _limits;
    private readonly double _temperature;
    private readonly IReadOnlyList<NamedParameter<T>> _parameters;

    /// <summary>Passes over a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="limits">What a pass may take.</param>
    /// <param name="temperature">Temperature of the policy, that of the rollouts.</param>
    public PolicyPass(IEngine<T> engine, ILanguageModel<T> model, PassLimits limits, double temperature)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ScoringTemperature.Check(temperature);
        _engine = engine;
        _model = model;
        _limits = limits;
        _temperature = temperature;
        _parameters = model.Parameters;
    }

    /// <summary>Passes of a policy whose loss also has the parameters of a head on its hidden states.</summary>
    internal PolicyPass(PolicyPass<T> policy, IReadOnlyList<NamedParameter<T>> joint)
    {
        (_engine, _model, _limits, _temperature) = (policy._engine, policy._model, policy._limits, policy._temperature);
        _parameters = [.. policy._parameters, .. joint];
    }

    /// <summary>The number of passes over sequences, in all processes.</summary>
    /// <param name="sequences">Sequences.</param>
    public int PassesOver(IReadOnlyList<TokenSequence> sequences) => PlanOf(sequences).Count;

    /// <summary>log π of every action, without gradient, for the policy in a role.</summary>
    /// <param name="sequences">Sequences of a step.</param>
    /// <param name="role">The role of the policy.</param>
    public ActionLogProbs LogProbs(IReadOnlyList<TokenSequence> sequences, PolicyRole role)
    {
        SequenceMask step = TokenBatch.StepMask(sequences);
        var grid = new float[step.Flags.Length];
        ForEach(sequences, (first, batch, output) => batch.Collect(_engine.Read(output.Scored.LogProbs), grid, step, first));
        _engine.Parallel.Unite(grid);
        return new ActionLogProbs(role, _temperature, step, grid);
    }

    /// <summary>
    /// Runs the policy on every micro-batch, without gradient; where processes share the work, on those of this process, whose results
    /// the caller gathers.
    /// </summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="take">Called with each micro-batch: (its first sequence, layout, hidden states and log-probs).</param>
    public void ForEach(IReadOnlyList<TokenSequence> sequences, Action<int, TokenBatch, PolicyOutput<T>> take)
    {
        using var noGradient = _engine.NoGradient();
        foreach (MicroBatch pass in PlanOf(sequences).Mine)
        {
            using var scope = _engine.Scope();
            TokenBatch batch = BatchOf(pass, sequences);
            take(pass.First, batch, Run(batch));
        }
    }

    /// <summary>Σ_t log π of each completion's tokens, without gradient.</summary>
    /// <param name="sequences">Sequences; only one pass of a process is computed at a time.</param>
    /// <param name="scored">Called after each pass, or each of every process, with the number of sequences so far; null for
    /// nobody.</param>
    public float[] Sums(IEnumerable<TokenSequence> sequences, Action<int>? scored = null)
    {
        var sums = new List<float>();
        foreach (TokenSequence[] some in sequences.Chunk(_limits.Sequences * _engine.Parallel.Shards))
        {
            var parts = new float[some.Length];
            ForEach(some, (first, batch, output) =>
            {
                float[] logProbs = _engine.Read(output.Scored.LogProbs);
                for (int row = 0; row < batch.Rows; row++)
                {
                    parts[first + row] = SumOfRow(logProbs, batch.Mask, row);
                }

                if (_engine.Parallel.IsAlone)
                {
                    scored?.Invoke(sums.Count + first + batch.Rows);
                }
            });
            _engine.Parallel.Unite(parts);
            _engine.Parallel.PollStop();
            sums.AddRange(parts);
            if (!_engine.Parallel.IsAlone)
            {
                scored?.Invoke(sums.Count);
            }
        }

        return [.. sums];
    }

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
        return new GradientPasses<T>(_engine, _parameters, PlanOf(sequences), _model).Run(pass =>
        {
            TokenBatch batch = BatchOf(pass, sequences);
            return loss(pass.First, batch, Run(batch));
        });
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
        PassPlan plan = PassPlan.Of(_engine.Parallel, pairs, _limits, pair => [pair.Chosen, pair.Rejected]);
        return new GradientPasses<T>(_engine, _parameters, plan, _model).Run(pass =>
        {
            SequencePair[] some = pass.Of(pairs);
            TokenBatch batch = TokenBatch.Create([.. some.Select(pair => pair.Chosen), .. some.Select(pair => pair.Rejected)], pass.Pass);
            return loss(pass.First, batch, Run(batch).Scored);
        });
    }

    private static TokenBatch BatchOf(MicroBatch pass, IReadOnlyList<TokenSequence> sequences) =>
        TokenBatch.Create(pass.Of(sequences), pass.Pass);

    private PassPlan PlanOf(IReadOnlyList<TokenSequence> sequences) => PassPlan.Of(_engine.Parallel, sequences, _limits);

    private static float SumOfRow(float[] logProbs, SequenceMask mask, int row)
    {
        double sum = 0;
        for (int i = row * mask.Columns; i < (row + 1) * mask.Columns; i++)
        {
            sum += mask.Flags[i] ? logProbs[i] : 0;
        }

        return (float)sum;
    }

    private PolicyOutput<T> Run(TokenBatch batch)
    {
        var hidden = _model.Hidden(batch.Inputs, batch.Lengths, batch.Columns);
        return new(hidden, T.SelectedLogProbs(hidden, _model.Head, batch.Targets, batch.Rows, batch.Columns, _temperature));
    }
}
