using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>What the updates of a step did.</summary>
/// <param name="Loss">Mean loss of the updates.</param>
/// <param name="GradientNorm">Mean gradient norm, before clipping.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="Updates">Updates made.</param>
/// <param name="MixLoss">Mean NLL of the demonstrations mixed in, in nats a token; null without them.</param>
/// <param name="Diagnostics">What they showed.</param>
internal sealed record UpdateSummary(double Loss, double GradientNorm, double LearningRate, int Updates, double? MixLoss, UpdateDiagnostics Diagnostics);

/// <summary>The updates that a rollout is used for: passes over it in mini-batches.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PolicyUpdate<T>(IEngine<T> engine, PolicyPass<T> policy, Critic<T>? critic, PretrainingMix<T>? mix, ScheduledOptimizer optimizer, OnPolicySettings settings, OnPolicyTask task)
    where T : struct, ITensor<T>
{
    /// <summary>Makes the updates of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    /// <param name="algorithm">The algorithm, with the KL coefficient now in force.</param>
    /// <param name="rollout">The rollout.</param>
    public UpdateSummary Run(int step, OnPolicyAlgorithm algorithm, RolloutBatch rollout)
    {
        var diagnostics = new UpdateDiagnostics(algorithm);
        critic?.Reset();
        double lossSum = 0;
        double normSum = 0;
        double mixSum = 0;
        double rate = 0;
        int done = 0;
        for (; done < algorithm.UpdatesPerRollout; done++)
        {
            var mark = diagnostics.Mark;
            var part = rollout.Take(PartOf(step, done, algorithm, rollout.Completions.Count));
            double loss = Accumulate(algorithm, part, diagnostics, isFirst: done == 0);
            if (algorithm.EpochKlTarget > 0 && KlController.ShouldStopEpoch(diagnostics.ApproximateKlSince(mark), algorithm.EpochKlTarget))
            {
                optimizer.Optimizer.ZeroGradients();
                break;
            }

            int update = (step * algorithm.UpdatesPerRollout) + done;
            double mixed = mix?.Accumulate(update) ?? 0;
            loss += settings.MixCoefficient * mixed;
            mixSum += mixed;
            (rate, double norm) = optimizer.Update(update, loss);
            critic?.Update(update, part);
            lossSum += loss;
            normSum += norm;
        }

        return new UpdateSummary(lossSum / done, normSum / done, rate, done, mix is null ? null : mixSum / done, diagnostics);
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
        return Philox.Permutation(task.Seed, RandomPurpose.MiniBatches, RunAddress.Of((uint)task.StageIndex, pass), completions)[first..(first + size)];
    }

    private double Accumulate(OnPolicyAlgorithm algorithm, RolloutBatch part, UpdateDiagnostics diagnostics, bool isFirst)
    {
        double[] weights = algorithm.ResolveAggregation(settings.MaxCompletionTokens).RowWeights(LossMask(algorithm, part));
        return policy.Accumulate(part.Sequences, (first, batch, output) =>
        {
            if (isFirst && IsUnfiltered(algorithm.Sampling))
            {
                diagnostics.AddSampler(batch.Mask, engine.Read(output.Scored.LogProbs), batch.SpreadActions([.. part.Completions.Skip(first).Take(batch.Rows).Select(c => c.LogProbs)]));
            }

            var tokens = TokenLoss(algorithm, part, first, batch, output.Scored, diagnostics);
            var loss = TokenLosses.Aggregate(tokens, batch.Mask, weights.AsSpan(first, batch.Rows));
            return critic is null ? loss : critic.AddTo(loss, first, batch, output.Hidden, part);
        });
    }

    // The actions that the policy's loss is taken over, a row a completion.
    private static SequenceMask LossMask(OnPolicyAlgorithm algorithm, RolloutBatch part)
    {
        var all = TokenBatch.StepMask(part.Sequences);
        int[] lengths = [.. part.Completions.Select(c => algorithm.MaskTruncated && !c.Ended ? 0 : c.Sequence.CompletionLength)];
        return algorithm.MaskTruncated ? SequenceMask.FromRanges(all.Columns, new int[lengths.Length], lengths) : all;
    }

    // With filters the sampler's distribution is another than the policy's, and should be.
    private static bool IsUnfiltered(SamplingOptions sampling) => sampling is { TopK: 0, TopP: 1, MinP: 0 };

    private T TokenLoss(OnPolicyAlgorithm algorithm, RolloutBatch part, int first, TokenBatch batch, TokenLogProbs<T> scored, UpdateDiagnostics diagnostics)
    {
        float[] advantages = Spread(part.Advantages);
        float[] current = engine.Read(scored.LogProbs);
        float[] recordedOld = part.Old is { } recorded ? Spread(recorded) : current;
        float[]? recordedReference = part.Reference is { } frozen ? Spread(frozen) : null;
        var old = part.Old is null ? T.StopGradient(scored.LogProbs) : Constant(recordedOld);
        var reference = recordedReference is null ? old : Constant(recordedReference);
        diagnostics.Add(batch.Mask, current, recordedOld, recordedReference, advantages, engine.Read(scored.Entropy));
        var loss = Surrogates.TokenLoss(algorithm, scored.LogProbs, old, reference, Constant(advantages), batch.Mask);
        return algorithm.EntropyCoefficient == 0 ? loss : loss - T.Scale(scored.Entropy, algorithm.EntropyCoefficient);

        float[] Spread(float[][] perAction) => batch.SpreadActions(new ArraySegment<float[]>(perAction, first, batch.Rows));
        T Constant(float[] grid) => engine.Constant(batch.Rows, batch.Columns, grid);
    }
}
