namespace RlCore.Engines;

/// <summary>The engines that a program may choose from.</summary>
public sealed class EngineSet : IEngineRegistry
{
    private readonly List<IEngineProvider> _providers = [];

    /// <summary>Names of the engines, in the order in which they were added.</summary>
    public IReadOnlyList<string> Names => [.. _providers.Select(provider => provider.Name)];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(IEngineProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (Is(provider.Name, EngineOptions.Auto) || _providers.Exists(other => Is(other.Name, provider.Name)))
        {
            throw new ArgumentException($"The name \"{provider.Name}\" is taken: an engine is added once.", nameof(provider));
        }

        _providers.Add(provider);
    }

    /// <summary>
    /// The engine requested by the options. "auto" takes, of the engines that can be used here and support every given option, the first
    /// that suits this machine (<see cref="IEngineProvider.IsPreferred"/>), otherwise the first that was added. Those that this machine
    /// cannot load are passed over (<see cref="PassedOver"/>).
    /// </summary>
    /// <param name="options">Which engine, and how.</param>
    /// <exception cref="EngineException">No such engine can be used here, or it does not support an option.</exception>
    public IEngineProvider Choose(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Is(options.Engine, EngineOptions.Auto))
        {
            IEngineProvider named = Find(options.Engine);
            return named.Obstacle is { } obstacle ? throw new EngineException(obstacle) : RequireOptions(named, options);
        }

        IEngineProvider[] fitting = Fitting(options);
        return fitting.Length == 1 ? fitting[0]
            : Array.Find(fitting, provider => provider.LoadProblem is null && provider.IsPreferred)
            ?? Array.Find(fitting, provider => provider.LoadProblem is null)
            ?? fitting.FirstOrDefault()
            ?? RequireOptions(Usable.FirstOrDefault() ?? throw new EngineException(Missing(options.Engine)), options);
    }

    /// <summary>
    /// Why engines that support every option were left out of the choice: this machine cannot load them
    /// (<see cref="IEngineProvider.LoadProblem"/>). A program tells its user, who could have had another engine.
    /// </summary>
    /// <param name="options">Which engine, and how.</param>
    /// <returns>A problem for each; none if the options name an engine, or leave no choice.</returns>
    public IReadOnlyList<EngineProblem> PassedOver(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IEngineProvider[] fitting = Is(options.Engine, EngineOptions.Auto) ? Fitting(options) : [];
        return fitting.Length > 1 ? [.. fitting.Select(provider => provider.LoadProblem).OfType<EngineProblem>()] : [];
    }

    /// <summary>Starts the engine requested by the options, runs the work on it, and disposes of it.</summary>
    /// <param name="options">Which engine, and how.</param>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="EngineException">No such engine can be used here, it does not support an option, or it cannot be
    /// started.</exception>
    public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work) => Choose(options).Run(options, work);

    private IEnumerable<IEngineProvider> Usable => _providers.Where(provider => provider.Obstacle is null);

    private IEngineProvider[] Fitting(EngineOptions options) =>
        [.. Usable.Where(provider => options.Given.All(provider.Options.Contains))];

    private IEngineProvider Find(string name) =>
        _providers.Find(provider => Is(provider.Name, name)) ?? throw new EngineException(Missing(name));

    private EngineProblem Missing(string name) => new(
        "--engine",
        $"\"{name}\"",
        _providers.Count == 0
            ? "an engine's package, and its registration: none is registered"
            : $"one of {string.Join(", ", Names.Prepend(EngineOptions.Auto))}");

    private IEngineProvider RequireOptions(IEngineProvider chosen, EngineOptions options)
    {
        EngineProblem[] problems = [.. options.Given
            .Where(option => !chosen.Options.Contains(option))
            .Select(option => Refuse(option, chosen))];
        return problems.Length == 0 ? chosen : throw new EngineException(problems);
    }

    private EngineProblem Refuse(string option, IEngineProvider chosen) =>
        _providers.Find(provider => provider.Options.Contains(option)) is { } reader
        ? new EngineProblem(
            option, $"an option of the {reader.Title} engine", reader.Obstacle?.Expected ?? $"no such option with --engine {chosen.Name}")
        : new EngineProblem(option, "an option that no registered engine reads", $"no such option with --engine {chosen.Name}");

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
