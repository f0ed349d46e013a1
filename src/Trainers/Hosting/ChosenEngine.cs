using Microsoft.Extensions.Options;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>The engine that the options choose, started anew for each task.</summary>
/// <param name="engines">The engines that the program has.</param>
/// <param name="options">Which engine, and how to run it.</param>
internal sealed class ChosenEngine(EngineSet engines, IOptions<TrainingOptions> options) : IRunExecutor
{
    /// <summary>Runs a task on the engine.</summary>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="InputException">The engine cannot be used with these options.</exception>
    public TResult Run<TResult>(IEngineWork<TResult> work)
    {
        try
        {
            return engines.Run(options.Value.Engine, work);
        }
        catch (EngineException refused)
        {
            throw new InputException([.. refused.Problems.Select(
                problem => new InputProblem(problem.Option, 0, "", problem.Found, problem.Expected))]);
        }
    }

    /// <inheritdoc/>
    public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop) =>
        Run(new TrainingWork(request, observer, stop));
}
