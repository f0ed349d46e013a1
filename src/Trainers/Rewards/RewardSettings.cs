using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// One reward in a recipe's list. The <c>"type"</c> of a built-in reward is its name in camelCase, so that a recipe contains
/// <c>{"type":"length","maxTokens":64}</c>, and a plain string stands for a reward with its defaults: <c>"numeric"</c>. A program
/// adds rewards by name to a <see cref="Recipes.Registry"/>: public properties with an <c>init</c> are settings, with
/// <see cref="Algebra.WithinAttribute"/> for their ranges and <see cref="System.ComponentModel.DescriptionAttribute"/> for help.
/// </summary>
public abstract partial record RewardSettings : INamedCase, ICheckedSettings, IRowReader
{
    /// <summary>Settings with their defaults.</summary>
    protected RewardSettings()
    {
        TypeName = JsonNamingPolicy.CamelCase.ConvertName(GetType().Name);
        Name = TypeName;
    }

    /// <summary>The reward's name in metrics: <c>rewards/NAME/mean</c>.</summary>
    /// <value>The type's name.</value>
    [Matches(MatchesAttribute.Identifier, "a name of letters, digits, '-' and '_'")]
    public string Name { get; init; }

    /// <summary>The factor of the reward's score in the total.</summary>
    /// <value>1.</value>
    [NotZero]
    public double Weight { get; init; } = 1;

    /// <summary>The reward's type in recipes.</summary>
    internal string TypeName { get; init; }

    /// <summary>Whether the reward compares with the answer, so that every row must have one.</summary>
    protected internal virtual bool ReadsAnswer => false;

    /// <summary>Columns of the dataset, besides prompt and answer, that the reward reads.</summary>
    protected internal virtual IEnumerable<string> Columns => [];

    /// <summary>Files that the reward reads; their hashes are part of the run.</summary>
    protected internal virtual IEnumerable<string> Files => [];

    /// <summary>Whether the reward's work on one completion has a limit, so that completions that pass it are counted.</summary>
    internal virtual bool IsBounded => false;

    string INamedCase.TypeName => TypeName;

    bool IRowReader.ReadsAnswer => ReadsAnswer;

    IEnumerable<string> IRowReader.Columns => Columns;

    /// <summary>Creates the reward that these settings describe.</summary>
    /// <param name="context">The context of the run.</param>
    public abstract IReward Create(RewardContext context);

    /// <summary>The rules between settings, given that each is in its own range.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    protected internal virtual void Check(Action<string, string, string> add)
    {
    }

    /// <summary>Checks what the reward needs besides its settings and rows: files, keys. Called before the dataset is read.</summary>
    /// <param name="add">Receives the problems.</param>
    protected internal virtual void CheckInputs(Action<InputProblem> add)
    {
    }

    /// <summary>Checks what the reward requires of a row of the dataset.</summary>
    /// <param name="row">The row.</param>
    /// <param name="add">Receives the column, what was found and what was expected.</param>
    protected internal virtual void CheckRow(Question row, Action<string, string, string> add)
    {
    }

    /// <summary>The same with full paths.</summary>
    /// <param name="resolve">Finds a file.</param>
    protected internal virtual RewardSettings Locate(Func<string, string> resolve) => this;

    void ICheckedSettings.Check(Action<string, string, string> add) => Check(add);

    void IRowReader.CheckInputs(Action<InputProblem> add) => CheckInputs(add);

    void IRowReader.CheckRow(Question row, Action<string, string, string> add) => CheckRow(row, add);
}
