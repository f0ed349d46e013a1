using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// One reward of a recipe's list. A shipped case's <c>"type"</c> is its name in camelCase, so that a recipe writes
/// <c>{"type":"length","maxTokens":64}</c>, and a string stands for a case with its defaults: <c>"numeric"</c>. A program adds rewards
/// of its own by name to a <see cref="Recipes.Registry"/>: public properties with an <c>init</c> are settings, with
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

    /// <summary>The part's name in metrics: <c>rewards/NAME/mean</c>.</summary>
    /// <value>The type's name.</value>
    [Matches(MatchesAttribute.Identifier, "a name of letters, digits, '-' and '_'")]
    public string Name { get; init; }

    /// <summary>What the part's score is multiplied by in the total.</summary>
    /// <value>1.</value>
    [NotZero]
    public double Weight { get; init; } = 1;

    /// <summary>The case as recipes name it.</summary>
    internal string TypeName { get; init; }

    /// <summary>Whether the part compares with the answer, so that every row must have one.</summary>
    protected internal virtual bool ReadsAnswer => false;

    /// <summary>Columns of the dataset that the part reads besides prompt and answer.</summary>
    protected internal virtual IEnumerable<string> Columns => [];

    /// <summary>Files that the part reads, whose hashes belong to the run.</summary>
    protected internal virtual IEnumerable<string> Files => [];

    string INamedCase.TypeName => TypeName;

    bool IRowReader.ReadsAnswer => ReadsAnswer;

    IEnumerable<string> IRowReader.Columns => Columns;

    /// <summary>The reward that these settings describe.</summary>
    /// <param name="context">What it may need of the run around it.</param>
    public abstract IReward Create(RewardContext context);

    /// <summary>What the settings ask of each other, each being in its own range.</summary>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    protected internal virtual void Check(Action<string, string, string> add)
    {
    }

    /// <summary>What the part needs outside of its settings and rows: files, keys. Looked at before the dataset is read.</summary>
    /// <param name="add">Takes what is wrong.</param>
    protected internal virtual void CheckInputs(Action<InputProblem> add)
    {
    }

    /// <summary>What the part asks of a row of the dataset.</summary>
    /// <param name="row">The row.</param>
    /// <param name="add">Takes the column, what was found, what was expected.</param>
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
