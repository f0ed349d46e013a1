using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>A language model that says which of two completions of a prompt is better (RLAIF), and how it is asked.</summary>
public sealed record PairJudgeSettings : JudgeOptions, ICheckedSettings, IRowReader
{
    /// <summary>The prompt, with the placeholders {prompt}, {first}, {second}, {answer} and columns by name.</summary>
    /// <value><see cref="PairJudge.DefaultTemplate"/>.</value>
    public string Rubric { get; init; } = PairJudge.DefaultTemplate;

    /// <summary>
    /// Pairs whose margin |2p − 1| is at most this are ties, where p is how much the first completion is preferred: the mean
    /// of both orders.
    /// </summary>
    /// <value>0.1.</value>
    [Within(0, 1, HighOpen = true)]
    public double TieWithin { get; init; } = 0.1;

    /// <summary>Whether the model is given the answer, so that every row must have one.</summary>
    internal bool ReadsAnswer => JudgeTemplate.Places(Rubric).Contains("answer");

    /// <summary>Columns of the dataset, besides prompt and answer, that the model is given.</summary>
    internal IEnumerable<string> Columns => JudgeTemplate.Places(Rubric).Except(["prompt", "first", "second", "answer"]);

    /// <summary>Whether a label is a tie.</summary>
    /// <param name="label">How much the first completion is preferred.</param>
    internal bool IsTie(double label) => PairJudge.Margin(label) <= TieWithin;

    bool IRowReader.ReadsAnswer => ReadsAnswer;

    IEnumerable<string> IRowReader.Columns => Columns;

    void IRowReader.CheckInputs(Action<InputProblem> add) => CheckKey(add);

    void IRowReader.CheckRow(Question row, Action<string, string, string> add)
    {
    }

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        if (!JudgeTemplate.Places(Rubric).Contains("first") || !JudgeTemplate.Places(Rubric).Contains("second"))
        {
            add("rubric", Characters.Quote(Rubric), "a text with the placeholders {first} and {second}");
        }
    }

    /// <summary>The judge.</summary>
    /// <param name="folder">Where replies are kept unless the settings specify a folder; empty for no cache.</param>
    /// <exception cref="JudgeException">The variable with the key is not set.</exception>
    internal PairJudge Create(string folder) =>
        new(new ChatJudge(CacheFolder.Length > 0 ? this : this with { CacheFolder = folder }), Rubric, Concurrency);
}
