using System.Reflection;
using RlCore.Algebra;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>What a convention makes the defaults of a recipe, and which of them a recipe has.</summary>
public static class ConventionDefaults
{
    /// <summary>The conventions by the names that recipes use.</summary>
    public static IReadOnlyDictionary<string, Conventions> ByName { get; } =
        Conventions.All.ToDictionary(convention => convention.Name.ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>What a recipe's convention has set, one line for each stage that it changes; and what no setting can follow.</summary>
    /// <param name="recipe">A recipe that was read.</param>
    public static IReadOnlyList<string> Describe(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (!ByName.TryGetValue(recipe.Convention, out Conventions? convention))
        {
            return [];
        }

        IEnumerable<string> stages = recipe.Stages
            .Select(stage => (stage.Name, Set: string.Join(", ", Inline(stage).SelectMany(value => Changes(convention, value)))))
            .Where(stage => stage.Set.Length > 0)
            .Select(stage => $"convention {recipe.Convention}, stage {stage.Name}: {stage.Set}");
        string left = string.Join(", ", Unfollowed(convention));
        return
        [
            .. stages,
            .. left.Length > 0 && recipe.Stages.OfType<OnPolicySettings>().Any()
                ? [$"convention {recipe.Convention}: not followed: {left}"]
                : Array.Empty<string>(),
        ];
    }

    /// <summary>A case of a union with the convention's constants in place of its own.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="value">The case.</param>
    internal static object Apply(Conventions convention, object value) => value switch
    {
        AdvantageEstimate estimate => convention.Apply(estimate),
        Surrogate surrogate => convention.Apply(surrogate),
        KlPenalty penalty => convention.Apply(penalty),
        Aggregation aggregation => convention.Apply(aggregation),
        PreferenceLoss loss => convention.Apply(loss),
        _ => value,
    };

    // The values of all unions that a record and the records in it write inline.
    private static IEnumerable<object> Inline(object record)
    {
        foreach (PropertyInfo setting in SettingsSchema.Settings(record.GetType()))
        {
            if (setting.GetValue(record) is not { } value)
            {
                continue;
            }

            if (InlineUnion.Of(setting) is not null)
            {
                yield return value;
            }
            else if (SettingsSchema.IsRecord(setting.PropertyType) && !setting.PropertyType.IsAbstract)
            {
                foreach (object inner in Inline(value))
                {
                    yield return inner;
                }
            }
        }
    }

    // The settings that are the convention's and not the case's own.
    private static IEnumerable<string> Changes(Conventions convention, object value)
    {
        InlineCase item = InlineCase.Of(value.GetType(), value.GetType().BaseType ?? typeof(object));
        object plain = item.Create([.. item.Settings.Select(setting => setting.Default)]);
        object changed = Apply(convention, plain);
        return item.Settings
            .Where(setting => !Equals(setting.In(changed), setting.In(plain)) && Equals(setting.In(value), setting.In(changed)))
            .Select(setting => $"{setting.Key} {Text(setting.In(value))} (else {Text(setting.In(plain))})");
    }

    private static IEnumerable<string> Unfollowed(Conventions convention)
    {
        if (!double.IsPositiveInfinity(convention.PolicyLogRatioClamp))
        {
            yield return $"the bound of {Text(convention.PolicyLogRatioClamp)} on the log-ratio of the policy loss";
        }

        if (convention.Whitening != Conventions.Paper.Whitening)
        {
            yield return "its constants of whitening";
        }
    }

    private static string Text(object? value) => value is null ? "none" : SettingsSchema.Text(value);
}
