using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Datasets;

/// <summary>Rules between the names of columns.</summary>
internal static class ColumnRules
{
    private static readonly ColumnNames Defaults = new();

    private static readonly (string Role, Func<ColumnNames, string> Name)[] Roles =
    [
        ("prompt", names => names.Prompt),
        ("messages", names => names.Messages),
        ("system", names => names.System),
        ("completion", names => names.Completion),
        ("answer", names => names.Answer),
        ("chosen", names => names.Chosen),
        ("rejected", names => names.Rejected),
        ("margin", names => names.Margin),
        ("reward", names => names.Reward),
        ("label", names => names.Label),
        ("stepLabels", names => names.StepLabels),
    ];

    /// <summary>The roles of a format.</summary>
    public static IReadOnlyList<string> Of(DatasetKind kind) => kind switch
    {
        DatasetKind.Sft => ["prompt", "messages", "system", "completion"],
        DatasetKind.Prompts => ["prompt", "messages", "system", "answer"],
        DatasetKind.Preferences => ["prompt", "messages", "system", "chosen", "rejected", "margin"],
        DatasetKind.Scored => ["prompt", "messages", "system", "completion", "reward"],
        DatasetKind.Rankings => ["prompt", "messages", "system", "completion"],
        DatasetKind.Unpaired => ["prompt", "messages", "system", "completion", "label"],
        DatasetKind.Steps => ["prompt", "messages", "system", "completion", "stepLabels"],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An unknown kind of dataset."),
    };

    /// <summary>The columns that are not called what they are by default.</summary>
    /// <param name="names">The names.</param>
    public static IEnumerable<(string Role, string Name)> Renamed(ColumnNames names) =>
        Roles.Where(role => role.Name(names) != role.Name(Defaults)).Select(role => (role.Role, role.Name(names)));

    /// <summary>Whether rows are complete without a role.</summary>
    /// <param name="role">The role.</param>
    public static bool IsOptional(string role) => role is "messages" or "system" or "margin";

    /// <summary>Rejects a name for a role that the data does not have, and one column in two roles.</summary>
    /// <param name="names">The names.</param>
    /// <param name="kind">What the data is.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    /// <param name="heldOut">The kind of the stage's held-out data, if any.</param>
    public static void Check(ColumnNames names, DatasetKind kind, Action<string, string, string> add, DatasetKind? heldOut = null)
    {
        string[] read = [.. Of(kind).Union(heldOut is { } other ? Of(other) : [])];
        foreach (var (role, name) in Roles.Where(role => !read.Contains(role.Role) && role.Name(names) != role.Name(Defaults)))
        {
            add(
                $"columns.{role}",
                $"\"{name(names)}\", which {SettingsSchema.Key(kind)} data does not have",
                $"only {string.Join(", ", read)}");
        }

        foreach (var twins in Roles.Where(role => read.Contains(role.Role))
            .GroupBy(role => role.Name(names))
            .Where(group => group.Count() > 1))
        {
            add(
                "columns",
                $"the column \"{twins.Key}\" as {string.Join(" and ", twins.Select(role => role.Role))}",
                "a different column for each");
        }
    }
}
