using Microsoft.Extensions.Options;
using System.Text;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>How a program tells that it runs on another engine than it could have.</summary>
/// <param name="Warn">Writes a line.</param>
internal sealed record EngineNotice(Action<string> Warn);

/// <summary>The engine that the options choose, started anew for each task.</summary>
/// <param name="engines">The engines that the program has.</param>
/// <param name="options">Which engine, and how to run it.</param>
/// <param name="notice">Told once of engines that cannot be loaded here.</param>
internal sealed class ChosenEngine(EngineSet engines, IOptions<TrainingOptions> options, EngineNotice notice) : IRunExecutor
{
    private bool _hasWarned;

    /// <summary>Runs a task on the engine.</summary>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="InputException">The engine cannot be used with these options.</exception>
    public TResult Run<TResult>(IEngineWork<TResult> work) => Run(work, options.Value.Engine);

    /// <inheritdoc/>
    public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Run(new TrainingWork(request, observer, stop), Share(options.Value.Engine, request.Processes));
    }

    private TResult Run<TResult>(IEngineWork<TResult> work, EngineOptions asked)
    {
        try
        {
            IEngineProvider chosen = engines.Choose(asked);
            Warn(engines.PassedOver(asked), chosen);
            return chosen.Run(asked, work);
        }
        catch (EngineException refused)
        {
            throw new InputException([.. refused.Problems.Select(
                problem => new InputProblem(problem.Option, 0, "", problem.Found, problem.Expected))]);
        }
    }

    // The processes of a machine share its cores, and take its GPUs in turn.
    private static EngineOptions Share(EngineOptions asked, IProcessGroup group)
    {
        if (group.Size == 1)
        {
            return asked;
        }

        string mine = Environment.MachineName;
        bool[] here = [.. group.Gather(Encoding.UTF8.GetBytes(mine)).Select(name => Encoding.UTF8.GetString(name) == mine)];
        return asked with
        {
            Threads = asked.Threads > 0 ? asked.Threads : Math.Max(1, Environment.ProcessorCount / here.Count(isHere => isHere)),
            PlaceOnMachine = here.Take(group.Rank).Count(isHere => isHere),
        };
    }

    private void Warn(IReadOnlyList<EngineProblem> passedOver, IEngineProvider chosen)
    {
        foreach (EngineProblem problem in _hasWarned ? [] : passedOver)
        {
            notice.Warn($"{problem} The {chosen.Title} engine is used instead.");
        }

        _hasWarned = true;
    }
}
