using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The results of a step's updates.</summary>
/// <param name="Loss">Mean loss of the updates.</param>
/// <param name="GradientNorm">Mean gradient norm, before clipping.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="Updates">Number of updates.</param>
/// <param name="MixLoss">Mean NLL of the demonstrations mixed in, in nats per token; null without them.</param>
/// <param name="Metrics">Diagnostics of the updates.</param>
internal sealed record UpdateSummary(
    double Loss,
    double GradientNorm,
    double LearningRate,
    int Updates,
    double? MixLoss,
    IReadOnlyList<KeyValuePair<string, double>> Metrics);

/// <summary>The updates from a rollout: passes over it in mini-batches.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PolicyUpdate<T>(
    IEngine<T> engine,
    PolicyPass<T> policy,
    Critic<T>? critic,
    PretrainingMix<T>? mix,
    TrustRegionSearch<T>? region,
    ScheduledOptimizer optimizer,
    OnPolicySettings settings,
    OnPolicyTask task)
    where T : struct, ITensor<T>
{
    /// <summary>Makes the updates of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    /// <param name="algorithm">The algorithm, with the current KL coefficient.</param>
    /// <param name="rollout">The rollout.</param>
    public UpdateSummary Run(int step, OnPolicyAlgorithm algorithm, Rollout rollout)
    {
        using var diagnostics = new UpdateDiagnostics<T>(engine, algorithm.Surrogate, served: settings.Rollouts is not null);
        ActionLogProbs? sampler = IsUnfiltered(algorithm.Sampling) ? rollout.Sampler(algorithm.Sampling.Temperature) : null;
        critic?.Reset();
        double lossSum = 0;
        double normSum = 0;
        double mixSum = 0;
        double rate = 0;
        int done = 0;
        AcceptedStep? accepted = null;
        for (; done < algorithm.UpdatesPerRollout; done++)
        {
            var part = new RolloutPart(rollout, PartOf(step, done, algorithm, rollout.Samples.Count));
            double loss = Accumulate(algorithm, part, diagnostics, done == 0 ? sampler : null);
            if (algorithm.EpochKlTarget > 0 && KlController.ShouldStopEpoch(diagnostics.LastApproximateKl, algorithm.EpochKlTarget))
            {
                optimizer.Optimizer.ZeroGradients();
                break;
            }

            int update = (step * algorithm.UpdatesPerRollout) + done;
            double mixed = mix?.Accumulate(update) ?? 0;
            loss += settings.MixCoefficient * mixed;
            mixSum += mixed;
            double norm = 0;
            if (region is null)
            {
                (rate, norm) = optimizer.Update(update, loss);
            }
            else
            {
                accepted = region.Run(
                    part.Sequences,
                    loss,
                    () => (rate, norm) = optimizer.Update(update, loss),
                    (first, batch, output) => Losses(algorithm, part, first, batch, output));
            }

            critic?.Update(update, part);
            lossSum += loss;
            normSum += norm;
        }

        return new UpdateSummary(
            lossSum / done,
            normSum / done,
            rate,
            done,
            mix is null ? null : mixSum / done,
            [.. diagnostics.Metrics(), .. RegionMetrics(accepted)]);
    }

    private static IEnumerable<KeyValuePair<string, double>> RegionMetrics(AcceptedStep? accepted)
    {
        if (accepted is { } step)
        {
            yield return new(MetricNames.RegionKl, step.Measure.Kl);
            yield return new(MetricNames.RegionFraction, step.Fraction);
            yield return new(MetricNames.RegionBacktracks, step.Backtracks);
        }
    }

    // The completions of one update, as indices into the rollout.
    private int[] PartOf(int step, int update, OnPolicyAlgorithm algorithm, int completions)
    {
        int size = completions / algorithm.MiniBatches;
        int first = update % algorithm.MiniBatches * size;
        if (!algorithm.ShuffleMiniBatches)
        {
            return [.. Enumerable.Range(first, size)];
        }

        int pass = (step * algorithm.Iterations) + (update / algorithm.MiniBatches);
        return Philox.Permutation(
            task.Seed,
            RandomPurpose.MiniBatches,
            RunAddress.Of((uint)task.StageIndex, pass),
            completions)[first..(first + size)];
    }

    // Model → log-probs and entropy → surrogate and KL → aggregation, a micro-batch at a time.
    private double Accumulate(OnPolicyAlgorithm algorithm, RolloutPart part, UpdateDiagnostics<T> diagnostics, ActionLogProbs? sampler)
    {
        int passes = policy.PassesOver(part.Sequences);
        diagnostics.Begin(passes, part.Rollout.Reference is not null, sampler is null ? 0 : part.Tokens);
        critic?.Begin(passes);
        double loss = policy.Accumulate(part.Sequences, (first, batch, output) =>
        {
            T? drawn = sampler is null ? null : part.On(engine, sampler.Values, first, batch);
            diagnostics.Add(
                batch,
                Inputs(part, first, batch, output.Scored.LogProbs),
                output.Scored.Entropy,
                part.Rollout.Reference is not null,
                drawn);
            T parts = Losses(algorithm, part, first, batch, output);
            return critic is null ? parts : critic.AddTo(parts, first, batch, output.Hidden, part);
        });
        diagnostics.End(part.Tokens);
        critic?.End(part.Tokens);
        return loss;
    }

    // A micro-batch's part of the policy's loss, [1, 1].
    private T Losses(OnPolicyAlgorithm algorithm, RolloutPart part, int first, TokenBatch batch, PolicyOutput<T> output)
    {
        bool[] keeps = part.Keeps(algorithm.MaskTruncated);
        double[] weights = algorithm.Aggregation.At(settings.MaxCompletionTokens).RowWeights(LossMask(part, keeps));
        PolicyInputs<T> inputs = Inputs(part, first, batch, output.Scored.LogProbs);
        T tokens = algorithm.Objective.TokenLoss(inputs, batch.Mask);
        if (settings.SecondAttempt is { FirstKl: > 0 } again)
        {
            T kl = T.Map(new KlTerm(KlEstimator.K3), new DivergenceInputs<T>(inputs.LogProb, inputs.RefLogProb));
            tokens += kl * part.OnFirstAttempts(engine, again.FirstKl, first, batch);
        }

        T entropic = algorithm.EntropyCoefficient == 0 ? tokens : tokens - T.Scale(output.Scored.Entropy, algorithm.EntropyCoefficient);
        SequenceMask kept = batch.MaskOf(keeps.AsSpan(first, batch.Rows));
        return TokenLosses.Aggregate(entropic, kept, weights.AsSpan(first, batch.Rows));
    }

    // Without recorded log-probs, the current policy is the rollout's policy: its ratio is 1, and its gradient flows.
    private PolicyInputs<T> Inputs(RolloutPart part, int first, TokenBatch batch, T logProbs)
    {
        Rollout rollout = part.Rollout;
        T old = rollout.Old is { } recorded ? part.On(engine, recorded.Values, first, batch) : T.StopGradient(logProbs);
        T reference = rollout.Reference is { } frozen ? part.On(engine, frozen.Values, first, batch) : old;
        return new PolicyInputs<T>(logProbs, old, reference, part.On(engine, part.Advantages, first, batch));
    }

    // The actions that the policy's loss covers, one row per completion.
    private static SequenceMask LossMask(RolloutPart part, bool[] keeps)
    {
        int[] lengths = [.. part.Sequences.Select((sequence, i) => keeps[i] ? sequence.CompletionLength : 0)];
        return SequenceMask.FromRanges(lengths.DefaultIfEmpty(0).Max(), new int[lengths.Length], lengths);
    }

    // With filters the sampler's distribution intentionally differs from the policy's.
    private static bool IsUnfiltered(SamplingOptions sampling) => sampling is { TopK: 0, TopP: 1, MinP: 0 };
}
