using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The fit of a value model, over the action tokens of all updates of a step. The sums are computed on the model's device, and
/// read once per update.
/// </summary>
/// <param name="engine">The value model's engine.</param>
/// <param name="clipRange">Maximum change of a value from that of the rollout; 0 for no limit.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ValueDiagnostics<T>(IEngine<T> engine, double clipRange) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly UpdateSums<T> _sums = new(engine, (int)Quantity.Clipped + 1);

    private enum Quantity
    {
        Loss,
        Clipped,
    }

    /// <summary>Begins an update.</summary>
    /// <param name="microBatches">Number of micro-batches that will be added.</param>
    public void Begin(int microBatches) => _sums.Begin(microBatches);

    /// <summary>Adds a micro-batch. Grids are [rows, columns] of its mask.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="losses">The value loss of each action.</param>
    /// <param name="values">V.</param>
    /// <param name="targets">R.</param>
    public void Add(TokenBatch batch, T losses, T values, T targets)
    {
        using var noGradient = engine.NoGradient();
        T clipped = T.StopGradient(losses);
        T plain = ValueLosses.Squared(T.StopGradient(values), targets);
        T zero = T.Constant(clipped, 0);
        T isClipped = T.SelectByOrder(plain, clipped, T.Constant(clipped, 1), zero, zero);
        _sums.Add(batch, [clipped, isClipped]);
    }

    /// <summary>Ends an update: reads the sums over its micro-batches.</summary>
    /// <param name="tokens">Number of actions of the update.</param>
    public void End(int tokens) => _sums.End(tokens);

    /// <summary>Discards an unfinished update.</summary>
    public void Dispose() => _sums.Dispose();

    /// <summary>The metrics.</summary>
    /// <param name="rollout">The rollout, with its values and their targets.</param>
    public IEnumerable<KeyValuePair<string, double>> Metrics(Rollout rollout)
    {
        double[] old = [.. rollout.Values.Select(value => (double)value)];
        yield return new(MetricNames.ValueLoss, _sums.Mean((int)Quantity.Loss));
        if (clipRange > 0)
        {
            yield return new(MetricNames.ValueClip, _sums.Mean((int)Quantity.Clipped));
        }

        yield return new(MetricNames.ValueMean, MaskedStatistics.Mean(old, rollout.Mask));
        yield return new(MetricNames.ExplainedVariance, ExplainedVariance(old, rollout.Returns, rollout.Mask));
    }

    private static double ExplainedVariance(double[] old, double[] targets, SequenceMask mask)
    {
        var moments = new MomentOptions(Ddof: 0);
        double[] errors = [.. targets.Zip(old, (target, value) => target - value)];
        return 1 - (MaskedStatistics.Variance(errors, mask, moments) / MaskedStatistics.Variance(targets, mask, moments));
    }
}
