using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// PPO-ptx (Ouyang et al. 2022): with each policy update, the negative log-likelihood of given completions is reduced, so that what
/// the model knew before is kept.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PretrainingMix<T>(IEngine<T> engine, ILanguageModel<T> model, OnPolicySettings settings, OnPolicyTask task)
    where T : struct, ITensor<T>
{
    private readonly PolicyPass<T> _pass = new(engine, model, settings.Limits, temperature: 1);
    private readonly DataOrder _order = new(task.Seed, task.StageIndex, task.Mix.Count, settings.MixBatchSize);

    /// <summary>Adds the gradient of coefficient · mean NLL of the next demonstrations.</summary>
    /// <param name="update">Update within the stage, from 0.</param>
    /// <returns>The mean NLL, in nats per token.</returns>
    public double Accumulate(int update)
    {
        TokenSequence[] sequences = [.. _order.RowsOf(update).Select(row => task.Mix[row])];
        double loss = _pass.Accumulate(
            sequences,
            new Aggregation.TokenMean(),
            (_, _, scored) => T.Scale(scored.LogProbs, -settings.MixCoefficient));
        return loss / settings.MixCoefficient;
    }
}
