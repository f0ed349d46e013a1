using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Runs;

/// <summary>
/// AdamW whose state is shared out over processes, whole parameters to each (ZeRO, Rajbhandari et al. 2020, stage 1): every process updates
/// its parameters and is given the others' values. Numbers are those of one optimizer.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ShardedOptimizer<T> : IOptimizer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly DataParallel _parallel;
    private readonly IReadOnlyList<NamedParameter<T>> _parameters;
    private readonly int[] _owners;
    private readonly IOptimizer _own;

    /// <summary>An optimizer.</summary>
    /// <param name="engine">The parameters' engine.</param>
    /// <param name="parallel">The processes.</param>
    /// <param name="parameters">All parameters, the same in all processes.</param>
    /// <param name="options">Betas, epsilon, decay.</param>
    public ShardedOptimizer(
        IEngine<T> engine, DataParallel parallel, IReadOnlyList<NamedParameter<T>> parameters, AdamWOptions options)
    {
        _engine = engine;
        _parallel = parallel;
        _parameters = [.. parameters];
        _owners = Owners([.. parameters.Select(Length)], parallel.Group.Size);
        _own = engine.CreateAdamW(parameters, options, Of(parallel.Group.Rank).ToHashSet());
    }

    /// <summary>Which process has the state of each parameter: the largest go first, each to the process that has least so far.</summary>
    /// <param name="lengths">Elements of each parameter.</param>
    /// <param name="processes">Number of processes.</param>
    public static int[] Owners(IReadOnlyList<long> lengths, int processes)
    {
        var owners = new int[lengths.Count];
        var loads = new long[processes];
        foreach (int i in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]).ThenBy(i => i))
        {
            owners[i] = Array.IndexOf(loads, loads.Min());
            loads[owners[i]] += lengths[i];
        }

        return owners;
    }

    /// <inheritdoc/>
    public double Step(double learningRate, double maxGradientNorm)
    {
        double norm = _own.Step(learningRate, maxGradientNorm);
        if (double.IsFinite(norm))
        {
            ShareValues();
        }

        return norm;
    }

    /// <inheritdoc/>
    public void ZeroGradients() => _own.ZeroGradients();

    /// <summary>The whole state in the first process, which writes it; in the others, their own part.</summary>
    public OptimizerState Export()
    {
        OptimizerState own = _own.Export();
        var first = new Dictionary<string, float[]>(own.FirstMoments);
        var second = new Dictionary<string, float[]>(own.SecondMoments);
        IProcessGroup group = _parallel.Group;
        for (int i = 0; i < _parameters.Count; i++)
        {
            (string name, int owner) = (_parameters[i].Name, _owners[i]);
            foreach (Dictionary<string, float[]> moments in (Dictionary<string, float[]>[])[first, second])
            {
                if (group.Rank == 0 && owner != 0)
                {
                    moments[name] = new float[Length(_parameters[i])];
                    group.Receive(owner, moments[name]);
                }
                else if (group.Rank == owner && owner != 0)
                {
                    group.Send(0, moments[name]);
                }
            }
        }

        return group.Rank == 0
            ? new OptimizerState(own.Step, Ordered(first), Ordered(second))
            : own;
    }

    /// <inheritdoc/>
    public void Import(OptimizerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        HashSet<string> own = [.. Of(_parallel.Group.Rank)];
        _own.Import(new OptimizerState(state.Step, Part(state.FirstMoments), Part(state.SecondMoments)));

        Dictionary<string, float[]> Part(IReadOnlyDictionary<string, float[]> moments) =>
            moments.Where(moment => own.Contains(moment.Key)).ToDictionary();
    }

    /// <inheritdoc/>
    public void Dispose() => _own.Dispose();

    private static long Length(NamedParameter<T> parameter) => (long)parameter.Value.Rows * parameter.Value.Columns;

    private IEnumerable<string> Of(int rank) =>
        Enumerable.Range(0, _parameters.Count).Where(i => _owners[i] == rank).Select(i => _parameters[i].Name);

    private Dictionary<string, float[]> Ordered(Dictionary<string, float[]> moments) =>
        _parameters.ToDictionary(parameter => parameter.Name, parameter => moments[parameter.Name]);

    // In each round two blocks of processes give each other what they have: the parameters of one process, of two, of four.
    private void ShareValues()
    {
        IProcessGroup group = _parallel.Group;
        for (int block = 1; block < group.Size; block <<= 1)
        {
            int[] mine = OfBlock(group.Rank, block), theirs = OfBlock(group.Rank ^ block, block);
            for (int i = 0; i < Math.Max(mine.Length, theirs.Length); i++)
            {
                float[] sent = i < mine.Length ? _engine.Read(_parameters[mine[i]].Value) : [];
                var received = new float[i < theirs.Length ? Length(_parameters[theirs[i]]) : 0];
                group.Exchange(group.Rank ^ block, sent, received);
                if (received.Length > 0)
                {
                    _engine.Write(_parameters[theirs[i]].Value, received);
                }
            }
        }
    }

    private int[] OfBlock(int rank, int block) =>
        [.. Enumerable.Range(0, _parameters.Count).Where(i => _owners[i] / block == rank / block)];
}
