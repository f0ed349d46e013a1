using Microsoft.Extensions.DependencyInjection;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>A command of the command line. Each command's file contains its options, its help and its implementation.</summary>
internal abstract record WorkerCommand
{
    /// <summary>Adds the service that runs the command to the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="read">Reads the options.</param>
    /// <returns>The builder to which engines are added.</returns>
    public abstract TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read);

    /// <summary>What the user is told who stops it; empty for nothing.</summary>
    public virtual string StopNotice =>
        "Stopping after the step in progress, with a checkpoint. Press Ctrl+C again to stop immediately.";
}

/// <summary>A command that runs to completion without a training.</summary>
internal abstract record OneShotCommand : WorkerCommand
{
    /// <inheritdoc/>
    public override TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        TrainingBuilder engines = services.AddEngineChoice(read);
        services.AddSingleton(this).AddHostedService<CommandService>();
        return engines;
    }

    /// <summary>Runs the command.</summary>
    /// <param name="context">The context of the command.</param>
    /// <param name="stop">Stops it.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="Trainers.Inputs.InputException">A file, an option or a setting cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract int Run(CommandContext context, CancellationToken stop);
}

/// <summary>A command that trains, in the background service for hosts.</summary>
/// <param name="Output">The run's folder; empty for one under the configured folder.</param>
/// <param name="Resume">Whether to resume the latest run.</param>
internal abstract record TrainingCommand(string Output, bool Resume) : WorkerCommand
{
    /// <summary>Whether a resumed run sets damaged checkpoints aside.</summary>
    public bool SkipDamaged { get; init; }

    /// <summary>Whether processes share the optimizer's state.</summary>
    public bool ShardOptimizer { get; init; }

    /// <summary>Whether a page shows the run while it goes on.</summary>
    public bool Watch { get; init; }

    /// <inheritdoc/>
    public override TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        services.AddSingleton(this).AddSingleton<ITrainingPlan, CommandPlan>().AddSingleton<ITrainingReporter, ConsoleReporter>();
        return services.AddTraining(read);
    }

    /// <summary>Reads the recipe.</summary>
    /// <param name="options">The configuration.</param>
    /// <exception cref="Trainers.Inputs.InputException">The recipe or its settings have problems; all of them are listed.</exception>
    public abstract Recipe Read(TrainingOptions options);

    /// <summary>The arguments after "train" for the same run.</summary>
    /// <param name="options">The configuration.</param>
    public abstract string Typed(TrainingOptions options);
}
