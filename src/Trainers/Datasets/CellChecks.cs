using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>The checks of one row: each adds the problems of a cell to the list.</summary>
internal readonly struct CellChecks(TableRow row, DatasetChecks checks, RowProblems problems)
{
    private readonly int _before = problems.Count;

    /// <summary>Whether there are no problems so far.</summary>
    public bool Succeeded => problems.Count == _before;

    // Checks a text whose characters must be in the tokenizer's vocabulary. Returns its number of tokens, as training makes them: those
    // that begin a sequence belong to the prompt. 0 if it cannot be tokenized.
    private int Text(int column, bool isPrompt)
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

        ITokenizer tokenizer = checks.Tokenizer;
        if (isPrompt
            ? tokenizer.TryEncodePrompt(text, out int[] tokens, out int unknown)
            : tokenizer.TryEncodeContinuation(text, out tokens, out unknown))
        {
            return tokens.Length;
        }

        problems.AddUnknown(
            row.Problem(
                column,
                $"{Characters.At(text, unknown)} at position {unknown + 1} of {Characters.Quote(text)}",
                $"a character of the {tokenizer.Describe()}"),
            text.EnumerateRunes().Distinct().Where(character => !tokenizer.TryEncode(character.ToString(), out _, out _)));
        return 0;
    }

    /// <summary>Reads the prompt of a row, which is in its first column: a text, or the messages of a conversation.</summary>
    /// <param name="completions">The columns of the completions that follow it.</param>
    public RowPrompt ReadPrompt(params ReadOnlySpan<int> completions) => ReadPrompt(0, completions);

    private RowPrompt ReadPrompt(int room, ReadOnlySpan<int> completions)
    {
        CellChecks check = this;
        Func<RowPrompt> plain = () =>
        {
            int tokens = check.Text(0, isPrompt: true);
            return new RowPrompt(check.Cell(0), check.Cell(0), [], tokens);
        };
        return Conversation.Prompt(plain, room, completions) ?? new RowPrompt(row[0], row[0], [], 0);
    }

    /// <summary>Reads a prompt that must leave room for a generated completion.</summary>
    public RowPrompt ReadOpenPrompt()
    {
        int room = checks.Context - checks.CompletionTokens;
        RowPrompt prompt = ReadPrompt(room, []);
        checks.Measured?.Invoke(prompt.Tokens + checks.CompletionTokens);
        if (Succeeded && checks.Context > 0 && prompt.Tokens > room)
        {
            if (Cuts && room > 0)
            {
                problems.Truncate();
                return Truncation.Cut(prompt, checks.Tokenizer!, room, problems.Rules.TruncateSide);
            }

            AddLong(
                0,
                $"{prompt.Tokens} tokens",
                $"at most {room}: the model's context of {checks.Context} minus {checks.CompletionTokens} for the completion");
        }

        return prompt;
    }

    /// <summary>Reads a completion that must fit the context together with its prompt and the end of sequence.</summary>
    /// <returns>The completion as the model writes it: with what the chat template writes around it.</returns>
    public string Completion(int column, RowPrompt prompt)
    {
        int before = problems.Count;
        if (checks.Chat is not null)
        {
            if (string.IsNullOrWhiteSpace(row[column]))
            {
                Add(column, Emptiness(row[column]), "at least one character");
            }

            return problems.Count == before && prompt.Messages.Count > 0 ? Conversation.Completion(column, prompt) ?? "" : "";
        }

        int length = Text(column, isPrompt: false);
        int tokens = prompt.Tokens + length + 1;
        checks.Measured?.Invoke(tokens);
        if (problems.Count == before && checks.Context > 0 && tokens > checks.Context)
        {
            if (Cuts && Truncation.Leaves(prompt.Tokens, length, checks.Context, problems.Rules.TruncateSide))
            {
                problems.Truncate();
            }
            else
            {
                AddLong(
                    column, $"{tokens} tokens of prompt, completion and end of sequence", $"at most {checks.Context}, the model's context");
            }
        }

        return row[column];
    }

    /// <summary>Reads a whole conversation, if the row is one; null if it is a prompt with a completion.</summary>
    public ChatRendering? ReadConversation(int completion) => Conversation.HasMessages && !row.Has(completion)
        ? Conversation.Whole() ?? new ChatRendering("", [])
        : null;

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

    /// <summary>Reads a label for each step of a completion.</summary>
    /// <returns>Numbers from 0 to 1; of no use if something is wrong.</returns>
    public double[] StepLabels(int column, RowPrompt prompt, string completion)
    {
        if (!StepLabelText.TryRead(row[column], out double[] labels, out string found))
        {
            Add(column, found, "a number from 0 to 1 for each step, such as 1 1 0.5 0, or a JSON list of them");
        }
        else if (Succeeded && checks.CountSteps?.Invoke(prompt.Text, completion) is { } steps && steps != labels.Length)
        {
            Add(
                column,
                labels.Length == 1 ? "1 label" : $"{labels.Length} labels",
                $"{steps}, one for each step of the completion, as stepEnd says");
        }

        return labels;
    }

    /// <summary>Adds a problem with a cell.</summary>
    public void Add(int column, string found, string expected) => problems.Add(row.Problem(column, found, expected));

    private void AddLong(int column, string found, string expected) => problems.AddLong(row.Problem(column, found, expected));

    // Plain text is cut anywhere; in a chat template only whole rounds are, which ConversationChecks leaves out.
    private bool Cuts => problems.Rules.OnLong == LongRowAction.Truncate && checks is { Chat: null, Tokenizer: not null };

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

    private ConversationChecks Conversation
    {
        get
        {
            CellChecks check = this;
            RowRules rules = problems.Rules;
            bool cuts = rules.OnLong == LongRowAction.Truncate && rules.TruncateSide != TruncatedSide.End;
            return new ConversationChecks(row, checks, check.Add, check.AddLong, cuts ? problems.Truncate : null);
        }
    }

    private string Cell(int column) => row[column];

    /// <summary>How an empty cell is called.</summary>
    internal static string Emptiness(string text) => text.Length == 0 ? "an empty cell" : "only white space";
}
