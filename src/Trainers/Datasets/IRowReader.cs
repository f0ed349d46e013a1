using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>What reads rows of a dataset besides the model: a reward, a judge.</summary>
public interface IRowReader
{
    /// <summary>Whether it reads the answer, so that every row must have one.</summary>
    bool ReadsAnswer { get; }

    /// <summary>Columns that it reads besides prompt and answer.</summary>
    IEnumerable<string> Columns { get; }

    /// <summary>What it needs outside of its settings and rows: files, keys. Looked at before the dataset is read.</summary>
    /// <param name="add">Takes what is wrong.</param>
    void CheckInputs(Action<InputProblem> add);

    /// <summary>What it asks of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="add">Takes the column, what was found, what was expected.</param>
    void CheckRow(Question row, Action<string, string, string> add);
}

/// <summary>Who watches long datasets being read. An observer implements what it watches.</summary>
public interface IReadingObserver
{
    /// <summary>Progress in checking a dataset too large for memory, before any work starts.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Bytes checked so far.</param>
    /// <param name="total">Bytes of the file.</param>
    void DatasetAdvanced(string file, long done, long total)
    {
    }

    /// <summary>A dataset has been read, and something was done besides: rows were left out or cut, for example.</summary>
    /// <param name="file">The file.</param>
    /// <param name="note">What was done, in a sentence without its period.</param>
    void DatasetNoted(string file, string note)
    {
    }

    /// <summary>The prompts and completions of all datasets are wrapped in the model's chat template.</summary>
    /// <param name="template">Where the template comes from.</param>
    void ChatTemplateUsed(string template)
    {
    }
}
