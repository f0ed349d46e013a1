using System.Globalization;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>The checks of one row: each adds the problems of a cell to the list.</summary>
internal readonly struct CellChecks(TableRow row, DatasetChecks checks, ICollection<InputProblem> problems)
{
    private readonly int _before = problems.Count;

    /// <summary>Whether there are no problems so far.</summary>
    public bool Succeeded => problems.Count == _before;

    /// <summary>Checks a text whose characters must be in the tokenizer's vocabulary.</summary>
    /// <returns>Its number of tokens; 0 if it cannot be tokenized.</returns>
    public int Text(int column)
    {
        string text = row[column];
        if (string.IsNullOrWhiteSpace(text))
        {
            Add(column, Emptiness(text), "at least one character");
            return 0;
        }

        if (checks.Tokenizer is null)
        {
            return 0;
        }

        if (checks.Tokenizer.TryEncodePrompt(text, out int[] tokens, out int unknown))
        {
            return tokens.Length;
        }

        Add(
            column,
            $"{Characters.At(text, unknown)} at position {unknown + 1} of {Characters.Quote(text)}",
            $"a character of the {checks.Tokenizer.Describe()}");
        return 0;
    }

    /// <summary>Checks a prompt that must leave room for a generated completion.</summary>
    public void Prompt(int column)
    {
        int tokens = Text(column);
        int room = checks.Context - checks.CompletionTokens;
        if (Succeeded && checks.Context > 0 && tokens > room)
        {
            Add(
                column,
                $"{tokens} tokens",
                $"at most {room}: the model's context of {checks.Context} minus {checks.CompletionTokens} for the completion");
        }
    }

    /// <summary>Checks a completion that must fit the context together with its prompt and the end of sequence.</summary>
    public void Completion(int column, int promptTokens)
    {
        int before = problems.Count;
        int tokens = promptTokens + Text(column) + 1;
        if (problems.Count == before && checks.Context > 0 && tokens > checks.Context)
        {
            Add(column, $"{tokens} tokens of prompt, completion and end of sequence", $"at most {checks.Context}, the model's context");
        }
    }

    /// <summary>Checks that the row has an answer.</summary>
    public void Answer(int column)
    {
        string answer = row[column];
        if (string.IsNullOrWhiteSpace(answer) && checks.NeedsAnswers)
        {
            Add(column, Emptiness(answer), "the right answer");
        }
    }

    /// <summary>Checks that a cell that a reward reads is not empty.</summary>
    public void FurtherCell(int column)
    {
        if (string.IsNullOrWhiteSpace(row[column]))
        {
            Add(column, Emptiness(row[column]), "what the reward reads");
        }
    }

    /// <summary>What readers ask of a question.</summary>
    public void Readers(Question question)
    {
        CellChecks check = this;
        TableRow cells = row;
        foreach (IRowReader reader in checks.Readers)
        {
            reader.CheckRow(question, (column, found, expected) => check.Add(column == "answer" ? 1 : cells.Find(column), found, expected));
        }
    }

    /// <summary>Reads a finite number of at least a bound.</summary>
    /// <returns>The number; 0 if there is none.</returns>
    public double Number(int column, string what, double least = double.NegativeInfinity)
    {
        string text = row[column];
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            && number >= least)
        {
            return number;
        }

        Add(column, string.IsNullOrWhiteSpace(text) ? Emptiness(text) : Characters.Quote(text), what);
        return 0;
    }

    /// <summary>Whether a completion is good.</summary>
    public bool Label(int column)
    {
        string text = row[column].Trim();
        bool good = IsOneOf(text, "true", "1", "good");
        if (!good && !IsOneOf(text, "false", "0", "bad"))
        {
            Add(column, text.Length == 0 ? Emptiness(row[column]) : Characters.Quote(text), "true, 1 or good, or false, 0 or bad");
        }

        return good;
    }

    /// <summary>Adds a problem with a cell.</summary>
    public void Add(int column, string found, string expected) => problems.Add(row.Problem(column, found, expected));

    private static bool IsOneOf(string text, params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string Emptiness(string text) => text.Length == 0 ? "an empty cell" : "only white space";
}
