using Microsoft.Extensions.DependencyInjection;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>What the command line asks for. Each command's file has its options, its help and what it does.</summary>
internal abstract record WorkerCommand
{
    /// <summary>Adds the service that does it to the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="read">Reads the options.</param>
    /// <returns>Takes the engines to choose from.</returns>
    public abstract TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read);
}

/// <summary>A command that is done at once.</summary>
internal abstract record OneShotCommand : WorkerCommand
{
    /// <inheritdoc/>
    public override TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        TrainingBuilder engines = services.AddEngineChoice(read);
        services.AddSingleton(this).AddHostedService<CommandService>();
        return engines;
    }

    /// <summary>Does it.</summary>
    /// <param name="context">What it runs with.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="Trainers.Inputs.InputException">A file, an option or a setting cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract int Run(CommandContext context, CancellationToken stop);
}

/// <summary>A command that trains, in the background service that any host can have.</summary>
/// <param name="Output">The run's folder; empty for one under the configured folder.</param>
/// <param name="Resume">Whether to go on with the latest run.</param>
internal abstract record TrainingCommand(string Output, bool Resume) : WorkerCommand
{
    /// <inheritdoc/>
    public override TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        services.AddSingleton(this).AddSingleton<ITrainingPlan, CommandPlan>().AddSingleton<ITrainingReporter, ConsoleReporter>();
        return services.AddTraining(read);
    }

    /// <summary>Reads the recipe.</summary>
    /// <param name="options">The configuration.</param>
    /// <exception cref="Trainers.Inputs.InputException">With every problem of the recipe and its settings.</exception>
    public abstract Recipe Read(TrainingOptions options);

    /// <summary>What a person types after "train" for the same run.</summary>
    /// <param name="options">The configuration.</param>
    public abstract string Typed(TrainingOptions options);
}
