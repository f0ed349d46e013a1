using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The gradient of a step, shard by shard: that of each shard is accumulated from zero over its passes, and the shards' are added up in a
/// fixed tree, ((g0 + g1) + (g2 + g3)) + …, which processes share. The gradient is added to what the parameters have.
/// </summary>
/// <param name="engine">Where it is computed.</param>
/// <param name="parameters">The parameters that it flows to.</param>
/// <param name="plan">The passes of the step.</param>
/// <param name="model">The model, whose dropout is told the number of a pass.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class GradientPasses<T>(IEngine<T> engine, IReadOnlyList<NamedParameter<T>> parameters, PassPlan plan, object? model)
    where T : struct, ITensor<T>
{
    private readonly IPassCounter? _counter = model as IPassCounter;

    /// <summary>Runs the passes of a loss whose parts add up.</summary>
    /// <param name="loss">The part of a pass, [1, 1].</param>
    /// <returns>The loss, over all processes.</returns>
    public double Run(Func<MicroBatch, T> loss)
    {
        using var losses = new DeviceTable<T>(engine, Math.Max(1, plan.Count), 1);
        RunPasses(pass =>
        {
            using var scope = engine.Scope();
            T part = loss(pass);
            losses.Put(pass.Pass, part);
            engine.Backward(part);
        });
        return losses.Sums()[0];
    }

    /// <summary>Runs passes that differentiate by themselves.</summary>
    /// <param name="body">Adds the gradient of a pass to those of the parameters.</param>
    public void RunPasses(Action<MicroBatch> body)
    {
        int first = _counter?.Passes ?? 0;
        void Run(MicroBatch pass)
        {
            _counter?.Passes = first + pass.Pass;
            body(pass);
        }

        if (plan.Parallel.Shards == 1)
        {
            foreach (MicroBatch pass in plan.All)
            {
                Run(pass);
            }
        }
        else
        {
            using IGradientsAside before = engine.SetGradientsAside(parameters);
            (int from, int count) = plan.Parallel.Mine.GetOffsetAndLength(plan.Parallel.Shards);
            Tree(from, count, Run);
            GradientSum.OverProcesses(engine, parameters);
            before.AddBack();
        }

        _counter?.Passes = first + plan.Count;
    }

    private void Tree(int shard, int count, Action<MicroBatch> run)
    {
        if (count == 1)
        {
            foreach (MicroBatch pass in plan.Of(shard))
            {
                run(pass);
            }

            return;
        }

        int half = count / 2;
        Tree(shard, half, run);
        using IGradientsAside left = engine.SetGradientsAside(parameters);
        Tree(shard + half, half, run);
        left.AddBack();
    }
}
