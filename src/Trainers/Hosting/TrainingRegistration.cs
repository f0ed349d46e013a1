using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>Extends a host's training with engines (<c>AddManagedEngine()</c>) and observers.</summary>
/// <param name="services">The host's services.</param>
public sealed class TrainingBuilder(IServiceCollection services) : IEngineRegistry, IProcessGroupRegistry
{
    /// <inheritdoc/>
    public void Add(IEngineProvider provider) => services.AddSingleton(provider);

    /// <inheritdoc/>
    public void Add(IProcessGroupProvider provider) => services.AddSingleton(provider);

    /// <summary>Makes the rewards of a registry available to recipes.</summary>
    /// <param name="registry">The registry.</param>
    /// <returns>The same builder.</returns>
    public TrainingBuilder Use(Registry registry)
    {
        services.Replace(ServiceDescriptor.Singleton(registry));
        return this;
    }

    /// <summary>Adds an observer of the run.</summary>
    /// <typeparam name="TObserver">The observer, made by the host.</typeparam>
    /// <returns>The same builder.</returns>
    public TrainingBuilder AddObserver<TObserver>()
        where TObserver : class, IRunObserver
    {
        services.AddSingleton<IRunObserver, TObserver>();
        return this;
    }
}

/// <summary>Training as a service of a Generic Host.</summary>
public static class TrainingRegistration
{
    /// <summary>
    /// Adds a training that starts with the host and stops the host when it ends. Add an engine to it with <c>AddManagedEngine()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Contains <see cref="TrainingOptions"/>: for example, a section of appsettings.json.</param>
    public static TrainingBuilder AddTraining(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string section = configuration is IConfigurationSection { Path.Length: > 0 } part ? $"{part.Path}:" : "";
        return services.AddTraining(provider =>
        {
            var reader = new ConfigurationReader(configuration, key => section + key);
            TrainingOptions options = TrainingOptions.Read(reader, provider.GetRequiredService<EngineSet>().Names);
            reader.Complete();
            return options;
        });
    }

    /// <summary>The same, with options that the program reads itself.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="read">Reads the options when the host starts.</param>
    public static TrainingBuilder AddTraining(this IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        services.AddEngineChoice(read);
        services.TryAddSingleton(Registry.Default);
        services.TryAddSingleton<ITrainingPlan, ConfiguredTraining>();
        services.TryAddSingleton<ITrainingReporter, LogReporter>();
        services.AddHostedService<TrainingService>();
        return new TrainingBuilder(services);
    }

    /// <summary>Adds the choice of an engine alone (<see cref="ChosenEngine"/>), for a host that evaluates or generates.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="read">Reads the options when the host starts.</param>
    public static TrainingBuilder AddEngineChoice(this IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(read);
        services.AddOptions<TrainingOptions>().ValidateOnStart();
        services.AddSingleton<IOptionsFactory<TrainingOptions>>(provider => new OptionsReading(() => read(provider)));
        services.TryAddSingleton(provider => Gather(provider.GetServices<IEngineProvider>()));
        services.TryAddSingleton<HostOutcome>();
        services.TryAddSingleton(provider => new EngineNotice(LogWarning(provider.GetRequiredService<ILogger<ChosenEngine>>())));
        services.TryAddSingleton<ChosenEngine>();
        services.TryAddSingleton<IRunExecutor>(provider => provider.GetRequiredService<ChosenEngine>());
        return new TrainingBuilder(services);
    }

    /// <summary>Runs a host until its training ends.</summary>
    /// <param name="host">A host with a training.</param>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunTrainingAsync(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        HostOutcome outcome = host.Services.GetRequiredService<HostOutcome>();
        try
        {
            await host.RunAsync().ConfigureAwait(false);
            return outcome.ExitCode;
        }
        catch (InputException)
        {
            // The host has logged the problems of its options.
            return ExitCodes.BadInput;
        }
    }

    private static Action<string> LogWarning(ILogger logger) => message => logger.LogWarning("{Warning}", message);

    private static EngineSet Gather(IEnumerable<IEngineProvider> providers)
    {
        var engines = new EngineSet();
        foreach (IEngineProvider provider in providers)
        {
            engines.Add(provider);
        }

        return engines;
    }

    // The options are immutable, so they are read as a whole instead of being set one by one.
    private sealed class OptionsReading(Func<TrainingOptions> read) : IOptionsFactory<TrainingOptions>
    {
        public TrainingOptions Create(string name) => read();
    }
}
