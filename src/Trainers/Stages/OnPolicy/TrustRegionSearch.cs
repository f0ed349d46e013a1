using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// TRPO's line search (Schulman et al. 2015, app. C) along the displacement that the optimizer proposes: the weights move back towards
/// where they were until the policy's mean KL(π_old‖π) is within the trust region and the surrogate has improved, or else stay where they
/// were. The KL is over whole next-token distributions at every token of the step.
/// </summary>
/// <remarks>
/// The weights before and after the proposal, and the hidden states of the step's tokens under the policy before it, are kept in host
/// memory; a head that is trained is copied once on the device. Logits exist for a few tokens at a time.
/// </remarks>
/// <param name="engine">The policy's engine.</param>
/// <param name="model">The policy.</param>
/// <param name="policy">Its forward passes.</param>
/// <param name="sampling">How completions are sampled: the distributions are at that temperature.</param>
/// <param name="options">The trust region.</param>
/// <param name="logitsAtOnce">Maximum number of logits of one policy in memory at a time; at least those of one token.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class TrustRegionSearch<T>(
    IEngine<T> engine,
    ILanguageModel<T> model,
    PolicyPass<T> policy,
    SamplingOptions sampling,
    TrustRegionOptions options,
    int logitsAtOnce = 1 << 23)
    where T : struct, ITensor<T>
{
    private readonly NextTokens<T> _tokens = new(engine, sampling.Temperature);

    /// <summary>Lets the optimizer propose a step, and takes as much of it as the trust region allows.</summary>
    /// <param name="sequences">The completions of the update.</param>
    /// <param name="loss">The surrogate loss before the step.</param>
    /// <param name="propose">Moves the weights by the full step.</param>
    /// <param name="lossPart">A micro-batch's part of the surrogate loss, [1, 1]: (its first sequence, layout, hidden states and
    /// log-probs).</param>
    public AcceptedStep Run(
        IReadOnlyList<TokenSequence> sequences, double loss, Action propose, Func<int, TokenBatch, PolicyOutput<T>, T> lossPart)
    {
        List<float[]> states = States(sequences);
        IReadOnlyDictionary<string, float[]> start = model.Parameters.Read(engine);
        bool headMoves = model.Parameters.Any(parameter => parameter.Value.Equals(model.Head));
        T head = headMoves ? engine.Parameter(model.Head.Rows, model.Head.Columns, engine.Read(model.Head)) : model.Head;
        try
        {
            propose();
            IReadOnlyDictionary<string, float[]> end = model.Parameters.Read(engine);
            AcceptedStep step = TrustRegions.Search(options, fraction =>
            {
                MoveTo(start, end, fraction);
                return Measure(sequences, states, head, loss, lossPart);
            });
            if (step.Fraction == 0)
            {
                model.Parameters.Write(engine, start);
            }

            return step;
        }
        finally
        {
            if (headMoves)
            {
                engine.Release(head);
            }
        }
    }

    private void MoveTo(IReadOnlyDictionary<string, float[]> start, IReadOnlyDictionary<string, float[]> end, double fraction)
    {
        if (fraction == 1)
        {
            return; // The proposal is there already.
        }

        foreach (NamedParameter<T> parameter in model.Parameters)
        {
            (float[] from, float[] to) = (start[parameter.Name], end[parameter.Name]);
            var between = new float[from.Length];
            for (int i = 0; i < between.Length; i++)
            {
                between[i] = (float)(from[i] + (fraction * ((double)to[i] - from[i])));
            }

            engine.Write(parameter.Value, between);
        }
    }

    // The hidden state at each action, micro-batch by micro-batch of this process.
    private List<float[]> States(IReadOnlyList<TokenSequence> sequences)
    {
        var states = new List<float[]>();
        policy.ForEach(sequences, (_, batch, output) => states.Add(engine.Read(T.GatherRows(output.Hidden, Actions(batch)))));
        return states;
    }

    private StepMeasure Measure(
        IReadOnlyList<TokenSequence> sequences, List<float[]> states, T head, double before, Func<int, TokenBatch, PolicyOutput<T>, T> part)
    {
        int passes = policy.PassesOver(sequences);
        (var kl, var loss) = (new double[passes], new double[passes]);
        int place = 0;
        policy.ForEach(sequences, (first, batch, output) =>
        {
            loss[batch.Pass] = engine.Read(part(first, batch, output))[0];
            kl[batch.Pass] = Kl(T.GatherRows(output.Hidden, Actions(batch)), states[place++], head);
        });
        engine.Parallel.Unite(kl);
        engine.Parallel.Unite(loss);
        return new StepMeasure(kl.Sum() / Math.Max(1, sequences.Sum(sequence => (long)sequence.ActionCount)), before - loss.Sum());
    }

    // Σ KL(π_old‖π) over tokens, the logits of a few at a time.
    private double Kl(T current, float[] old, T oldHead)
    {
        double sum = 0;
        int width = current.Columns;
        foreach (int[] rows in Enumerable.Range(0, current.Rows).Chunk(Math.Max(1, logitsAtOnce / model.VocabularySize)))
        {
            using var scope = engine.Scope();
            T before = engine.Constant(rows.Length, width, old.AsSpan(rows[0] * width, rows.Length * width));
            (T logOld, _) = _tokens.LogProbs(before, oldHead);
            (T logNow, _) = _tokens.LogProbs(T.GatherRows(current, rows), model.Head);
            sum += engine.Read(NextTokens<T>.Sum(T.Map(new JensenShannonTerm(0), new DivergenceInputs<T>(logNow, logOld))))[0];
        }

        return sum;
    }

    private static int[] Actions(TokenBatch batch) => [.. Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] >= 0)];
}
