using System.Globalization;
using System.Numerics;
using System.Text;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Runs;

/// <summary>
/// What the processes of a run do differently at its beginning: the first of them looks up the model, measures the memory and opens the
/// folder, and the others follow it.
/// </summary>
/// <param name="parallel">The processes.</param>
internal sealed class RunProcesses(DataParallel parallel)
{
    /// <summary>The option that shares the optimizer's state.</summary>
    public const string ShardOption = "--shard-optimizer";

    /// <summary>Shards of a step of which the recipe says nothing.</summary>
    public const int UsualShards = 4;

    /// <summary>The processes.</summary>
    public DataParallel Parallel => parallel;

    /// <summary>Gradients of a model that a process keeps at a time: its own, and partial sums over its shards.</summary>
    public int GradientCopies => 1 + BitOperations.Log2((uint)(parallel.Shards / parallel.Group.Size));

    /// <summary>
    /// Shards of a step: the recipe's, or the usual ones; on an engine whose sums differ in their last bits anyway, as many as there are
    /// processes, since partial sums take memory.
    /// </summary>
    /// <param name="request">The run.</param>
    /// <param name="isReproducible">Whether the engine's sums have the same bits whenever they are computed.</param>
    /// <exception cref="InputException">The number of processes is no power of two, or larger than that of shards; or an optimizer's state
    /// is to be shared that nobody shares.</exception>
    public static int ShardsOf(RunRequest request, bool isReproducible)
    {
        int size = request.Processes.Size;
        int shards = request.Recipe.GradientShards > 0 ? request.Recipe.GradientShards
            : isReproducible ? UsualShards
            : (int)BitOperations.RoundUpToPowerOf2((uint)size);
        if (request.ShardsOptimizer && size == 1)
        {
            throw new InputException(new InputProblem(
                ShardOption, 0, "", "one process", "several, which mpirun starts: the optimizer's state is shared out over them"));
        }

        if (BitOperations.IsPow2(size) && size <= shards)
        {
            return shards;
        }

        string possible = string.Join(", ", Enumerable.Range(0, BitOperations.Log2((uint)shards) + 1).Select(power => 1 << power));
        string more = BitOperations.IsPow2(size)
            ? $"; or gradientShards of {size}, which a new run can have"
            : "; gradientShards sets the most";
        throw new InputException(new InputProblem(
            "gradientShards",
            0,
            "",
            string.Create(CultureInfo.InvariantCulture, $"{shards} shards of a step for {size} processes"),
            $"a number of processes that the shards can be shared out over: {possible}{more}"));
    }

    /// <summary>The request with the folder of its model: one process downloads what is missing, and the others find it there.</summary>
    /// <param name="request">The run.</param>
    /// <param name="stop">Stops a download.</param>
    public RunRequest FindModel(RunRequest request, CancellationToken stop)
    {
        parallel.AtRoot(() => request.FindModel(ModelHub.OfSystem, null, stop));
        return parallel.Group.Together(() => request.FindModel(ModelHub.OfSystem, null, CancellationToken.None));
    }

    /// <summary>The memory that a process may take: that of the machine, divided by the processes on it.</summary>
    /// <param name="memory">The memory of the machine.</param>
    public EngineMemory PartOf(EngineMemory memory)
    {
        string mine = Environment.MachineName;
        int here = parallel.Group.Gather(Encoding.UTF8.GetBytes(mine)).Count(name => Encoding.UTF8.GetString(name) == mine);
        return memory with { Bytes = memory.Bytes / here };
    }

    /// <summary>The request with the tokens of a pass, which are the same in all processes.</summary>
    /// <param name="request">The run.</param>
    /// <param name="memory">The memory of the run.</param>
    public RunRequest Size(RunRequest request, RunMemory memory)
    {
        byte[] tokens = parallel.FromRoot(() =>
            [.. request.Size(memory).TokensPerPass.SelectMany(most => BitConverter.GetBytes(most))]);
        return request with { TokensPerPass = [.. tokens.Chunk(sizeof(int)).Select(number => BitConverter.ToInt32(number))] };
    }

    /// <summary>The run's folder, which one process writes.</summary>
    /// <param name="request">The run.</param>
    /// <param name="engine">A description of the engine.</param>
    /// <param name="shared">What its checkpoints have in common.</param>
    public RunFolder Open(RunRequest request, string engine, RunModels? shared)
    {
        RunFolder? opened = null;
        try
        {
            string path = Encoding.UTF8.GetString(parallel.FromRoot(() =>
            {
                opened = RunFolder.Open(request, engine, shared);
                return Encoding.UTF8.GetBytes(opened.Path);
            }));
            return parallel.Group.Together(() => opened ?? (Directory.Exists(path)
                ? RunFolder.Follow(path, request, engine, shared)
                : throw new InputException(new InputProblem(
                    path,
                    0,
                    "",
                    $"no such folder on {Environment.MachineName}",
                    "a folder that all machines of the run see, such as one on NFS, in --output"))));
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }
}
