using System.Text.RegularExpressions;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Recipes;

/// <summary>What recipes may name: the shipped rewards, and those that a program adds. Immutable: adding returns another registry.</summary>
public sealed partial class Registry
{
    private readonly IReadOnlyDictionary<string, Func<RewardSettings>> _rewards;

    private Registry(IReadOnlyDictionary<string, Func<RewardSettings>> rewards) => _rewards = rewards;

    /// <summary>What is shipped.</summary>
    public static Registry Default { get; } = new(RecipeSchema.RewardTypes.ToDictionary(
        shipped => shipped.Key,
        shipped => (Func<RewardSettings>)(() => (RewardSettings)shipped.Value()),
        StringComparer.Ordinal));

    /// <summary>Names of the rewards, as recipes write them.</summary>
    public IEnumerable<string> Rewards => _rewards.Keys;

    /// <summary>The rewards that a program has added, with their defaults.</summary>
    internal IEnumerable<RewardSettings> Added => _rewards.Where(reward => !Default._rewards.ContainsKey(reward.Key)).Select(reward => reward.Value());

    /// <summary>Adds a reward whose settings recipes bind.</summary>
    /// <param name="name">The name that recipes write as its <c>"type"</c>: letters, digits, '-' and '_'.</param>
    /// <typeparam name="TSettings">Its settings, with the defaults of <c>new()</c>.</typeparam>
    /// <exception cref="ArgumentException">The name is taken, or is no such name.</exception>
    public Registry AddReward<TSettings>(string name)
        where TSettings : RewardSettings, new() => Add(name, () => new TSettings());

    /// <summary>Adds a reward that is a function of one sample.</summary>
    /// <param name="name">The name that recipes write as its <c>"type"</c>: letters, digits, '-' and '_'.</param>
    /// <param name="score">The function. A sample for which it throws is one that could not be scored.</param>
    /// <exception cref="ArgumentException">The name is taken, or is no such name.</exception>
    public Registry AddReward(string name, Func<RewardSample, double> score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return Add(name, () => new FunctionSettings(score));
    }

    /// <summary>The union that a list of settings holds cases of.</summary>
    /// <param name="type">The type of the list's items.</param>
    internal UnionSchema? UnionOf(Type type) => type == typeof(RewardSettings)
        ? RecipeSchema.UnionOf(type)! with { Cases = _rewards.ToDictionary(reward => reward.Key, reward => (Func<object>)reward.Value, StringComparer.Ordinal) }
        : RecipeSchema.UnionOf(type);

    private Registry Add(string name, Func<RewardSettings> template)
    {
        if (!RewardName().IsMatch(name))
        {
            throw new ArgumentException($"A reward's name is of letters, digits, '-' and '_', and \"{name}\" is not.", nameof(name));
        }

        if (_rewards.ContainsKey(name))
        {
            throw new ArgumentException($"There is a reward \"{name}\" already.", nameof(name));
        }

        return new Registry(new Dictionary<string, Func<RewardSettings>>(_rewards, StringComparer.Ordinal)
        {
            [name] = () => template() with { TypeName = name, Name = name },
        });
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex RewardName();

    private sealed record FunctionSettings : RewardSettings
    {
        private readonly Func<RewardSample, double> _score;

        public FunctionSettings(Func<RewardSample, double> score) => _score = score;

        public override IReward Create(RewardContext context) => SampleReward.Of(Name, _score);
    }
}
