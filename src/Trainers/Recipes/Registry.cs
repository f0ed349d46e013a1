using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Algebra;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>
/// What recipes may name: the shipped rewards, stages and tokenizers, and those that a program adds. Immutable: adding returns
/// another registry.
/// </summary>
public sealed partial class Registry : ISettingNames
{
    private readonly IReadOnlyDictionary<string, Func<RewardSettings>> _rewards;
    private readonly IReadOnlyDictionary<string, Func<StageSettings>> _stages;

    private static readonly Dictionary<string, Func<SearchSettings>> Searches = Shipped<SearchSettings>();

    private readonly Conventions? _convention;

    private Registry(
        IReadOnlyDictionary<string, Func<RewardSettings>> rewards,
        IReadOnlyDictionary<string, Func<StageSettings>> stages,
        TokenizerKinds tokenizers,
        Conventions? convention = null)
    {
        _convention = convention;
        _rewards = rewards;
        _stages = stages;
        Tokenizers = tokenizers;
    }

    /// <summary>The built-in rewards.</summary>
    public static Registry Default { get; } = new(Shipped<RewardSettings>(), ShippedStages(), TokenizerKinds.Shipped);

    /// <summary>Names of the rewards in recipes.</summary>
    public IEnumerable<string> Rewards => _rewards.Keys;

    /// <summary>Names of the stages, as recipes write them.</summary>
    public IEnumerable<string> Stages => _stages.Keys;

    /// <summary>The kinds of tokenizers that recipes and checkpoints may have.</summary>
    public TokenizerKinds Tokenizers { get; }

    /// <summary>The rewards added by a program, with their defaults.</summary>
    internal IEnumerable<RewardSettings> AddedRewards => Added(_rewards, Default._rewards);

    /// <summary>The stages that a program has added, with their defaults.</summary>
    internal IEnumerable<StageSettings> AddedStages => Added(_stages, Default._stages);

    /// <summary>Adds a reward whose settings are read from recipes.</summary>
    /// <param name="name">The name used as its <c>"type"</c> in recipes: letters, digits, '-' and '_'.</param>
    /// <typeparam name="TSettings">Its settings, with the defaults of <c>new()</c>.</typeparam>
    /// <exception cref="ArgumentException">The name is taken or invalid.</exception>
    public Registry AddReward<TSettings>(string name)
        where TSettings : RewardSettings, new() => AddReward(name, () => new TSettings());

    /// <summary>Adds a reward that is a function of one sample.</summary>
    /// <param name="name">The name used as its <c>"type"</c> in recipes: letters, digits, '-' and '_'.</param>
    /// <param name="score">The function. If it throws, the sample counts as one that could not be scored.</param>
    /// <exception cref="ArgumentException">The name is taken or invalid.</exception>
    public Registry AddReward(string name, Func<RewardSample, double> score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return AddReward(name, () => new FunctionSettings(score));
    }

    /// <summary>Adds a stage whose settings recipes bind.</summary>
    /// <param name="name">The name used as its <c>"type"</c> in recipes: letters, digits, '-' and '_'.</param>
    /// <typeparam name="TSettings">Its settings, with the defaults of <c>new()</c>.</typeparam>
    /// <exception cref="ArgumentException">The name is taken or invalid.</exception>
    public Registry AddStage<TSettings>(string name)
        where TSettings : StageSettings, new() => AddStage(name, new TSettings());

    /// <summary>Adds a stage under a name of its own: an algorithm that is put together differently, or other defaults.</summary>
    /// <param name="name">The name used as its <c>"type"</c> in recipes: letters, digits, '-' and '_'.</param>
    /// <param name="defaults">What holds where a recipe is silent.</param>
    /// <exception cref="ArgumentException">The name is taken or invalid.</exception>
    public Registry AddStage(string name, StageSettings defaults) =>
        new(_rewards, Add("stage", name, _stages, () => defaults with { TypeName = name, Name = name }), Tokenizers);

    /// <summary>Adds a tokenizer whose settings recipes and checkpoints bind.</summary>
    /// <param name="name">The name used as its <c>"type"</c> in recipes: letters, digits, '-' and '_'.</param>
    /// <typeparam name="TSettings">Its settings, with the defaults of <c>new()</c>.</typeparam>
    /// <exception cref="ArgumentException">The name is taken or invalid.</exception>
    public Registry AddTokenizer<TSettings>(string name)
        where TSettings : TokenizerSettings, new() => name == TokenizerFile.CharacterType
            ? throw new ArgumentException($"There is a tokenizer \"{name}\" already.", nameof(name))
            : new(_rewards, _stages, new TokenizerKinds(Add("tokenizer", name, Tokenizers.Own, () => new TSettings { TypeName = name })));

    /// <summary>The same names, with a convention's constants as the defaults of their settings.</summary>
    /// <param name="convention">The convention.</param>
    internal Registry Under(Conventions convention) => new(_rewards, _stages, Tokenizers, convention);

    /// <summary>The defaults of a stage.</summary>
    /// <param name="name">One of <see cref="Stages"/>.</param>
    internal StageSettings Stage(string name) => _stages[name]();

    /// <inheritdoc/>
    UnionSchema? ISettingNames.UnionOf(Type type) => UnionOf(type);

    /// <inheritdoc/>
    object ISettingNames.Adjust(object value) => _convention is null ? value : ConventionDefaults.Apply(_convention, value);

    /// <inheritdoc/>
    bool ISettingNames.TryFindRenamedValue(string key, string value, out string spelling) => Renamed.TryFindValue(key, value, out spelling);

    /// <inheritdoc/>
    bool ISettingNames.TryFindRenamedKey(string key, out string spelling) => Renamed.TryFindKey(key, out spelling);

    /// <summary>The union that a setting is a case of, or that a list of settings holds cases of.</summary>
    /// <param name="type">The type of the setting or of the list's items.</param>
    internal UnionSchema? UnionOf(Type type) =>
        type == typeof(RewardSettings) ? new UnionSchema("reward", Cases(_rewards), HasShorthand: true)
        : type == typeof(StageSettings) ? new UnionSchema("stage", Cases(_stages), HasShorthand: false)
        : type == typeof(TokenizerSettings) ? new UnionSchema("tokenizer", Cases(Tokenizers.Own), HasShorthand: true)
        : type == typeof(SearchSettings) ? new UnionSchema("search", Cases(Searches), HasShorthand: true)
        : null;

    // The cases of a union that are nested in it, by name.
    private static Dictionary<string, Func<TUnion>> Shipped<TUnion>() => typeof(TUnion)
        .GetNestedTypes()
        .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(TUnion)))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .ToDictionary(
            type => JsonNamingPolicy.CamelCase.ConvertName(type.Name),
            type => (Func<TUnion>)(() => (TUnion)SettingsSchema.Create(type)),
            StringComparer.Ordinal);

    // One line for each kind of stage; whatever else there is to say of it stands in its folder.
    private static Dictionary<string, Func<StageSettings>> ShippedStages()
    {
        StageSettings[] stages =
        [
            .. Algorithms.All.Values.Select(OnPolicySettings.Of),
            new SupervisedSettings(),
            new RewardStageSettings { Optimizer = new OptimizerSettings { LearningRate = 1e-4 } },
            new UnpairedSettings(),
            new PreferenceSettings(),
            new OnlinePreferenceSettings(),
            new RejectionSettings(),
            new DistillationSettings(),
            new GkdSettings(),
            new OfflineRejectionSettings(),
        ];
        return stages.ToDictionary(
            stage => stage.TypeName,
            stage => (Func<StageSettings>)(() => stage with { Name = stage.TypeName }),
            StringComparer.Ordinal);
    }

    private Registry AddReward(string name, Func<RewardSettings> template) =>
        new(Add("reward", name, _rewards, () => template() with { TypeName = name, Name = name }), _stages, Tokenizers);

    private static Dictionary<string, Func<TCase>> Add<TCase>(
        string noun,
        string name,
        IReadOnlyDictionary<string, Func<TCase>> cases,
        Func<TCase> template)
    {
        if (!CaseName().IsMatch(name))
        {
            throw new ArgumentException($"A {noun}'s name is of letters, digits, '-' and '_', and \"{name}\" is not.", nameof(name));
        }

        return cases.ContainsKey(name)
            ? throw new ArgumentException($"There is a {noun} \"{name}\" already.", nameof(name))
            : new Dictionary<string, Func<TCase>>(cases, StringComparer.Ordinal) { [name] = template };
    }

    private static IEnumerable<TCase> Added<TCase>(
        IReadOnlyDictionary<string, Func<TCase>> cases,
        IReadOnlyDictionary<string, Func<TCase>> shipped) =>
        cases.Where(item => !shipped.ContainsKey(item.Key)).Select(item => item.Value());

    private static Dictionary<string, Func<object>> Cases<TCase>(IReadOnlyDictionary<string, Func<TCase>> cases)
        where TCase : class => cases.ToDictionary(item => item.Key, item => (Func<object>)item.Value, StringComparer.Ordinal);

    [GeneratedRegex(MatchesAttribute.Identifier, RegexOptions.CultureInvariant)]
    private static partial Regex CaseName();

    private sealed record FunctionSettings : RewardSettings
    {
        private readonly Func<RewardSample, double> _score;

        public FunctionSettings(Func<RewardSample, double> score) => _score = score;

        public override IReward Create(RewardContext context) => SampleReward.Of(Name, _score);
    }
}
