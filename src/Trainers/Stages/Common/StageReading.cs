using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>How a run reads the datasets of a stage: with its tokenizer, under its models' context, collecting what is wrong.</summary>
/// <param name="tokenizer">The run's tokenizer.</param>
/// <param name="context">Most tokens of a sequence that all models of the stage can take.</param>
/// <param name="columns">What the columns of the stage's files are called.</param>
/// <param name="memory">How much memory a dataset may take.</param>
/// <param name="problems">Receives what is wrong.</param>
/// <param name="observer">Told how far the check of a long dataset is; null for nobody.</param>
public sealed class StageReading(
    ITokenizer tokenizer,
    int context,
    ColumnNames columns,
    DatasetMemory memory,
    IList<InputProblem> problems,
    IReadingObserver? observer)
{
    /// <summary>The run's tokenizer.</summary>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>What is wrong so far, with this stage's files and with others.</summary>
    public IList<InputProblem> Problems => problems;

    /// <summary>The template that prompts and completions are wrapped in; null to take them as they are.</summary>
    /// <value>null.</value>
    public ChatTemplate? Chat { get; init; }

    /// <summary>How the cells of the files are told apart, and what becomes of rows that cannot be used as they are.</summary>
    /// <value>The defaults: nothing is left out.</value>
    public RowRules Rows { get; init; } = new();

    /// <summary>Tokens of the longest sequence that the stage can meet in what has been read so far.</summary>
    internal int Longest { get; private set; }

    /// <summary>What is asked of completions that come with the file: they fit the context with their prompts.</summary>
    public DatasetChecks Completions => new()
    {
        Columns = columns,
        Rows = Rows,
        Tokenizer = tokenizer,
        Chat = Chat,
        Context = context,
        Measured = tokens => Longest = Math.Max(Longest, Math.Min(tokens, context)),
    };

    /// <summary>What is asked of prompts whose completions are drawn: they leave room for these, and have what rewards read.</summary>
    /// <param name="completionTokens">Maximum tokens per completion.</param>
    /// <param name="readers">What reads the rows; nothing needs an answer where it is empty.</param>
    public DatasetChecks Prompts(int completionTokens, IReadOnlyList<IRowReader> readers) => Completions with
    {
        CompletionTokens = completionTokens,
        Readers = readers,
        OptionalAnswers = readers.Count == 0,
    };

    /// <summary>Opens a dataset: every row is checked now and made into an example when it is asked for.</summary>
    /// <param name="format">What a row is.</param>
    /// <param name="file">The file.</param>
    /// <param name="checks">What is asked of it.</param>
    /// <param name="make">Makes an example of a row; the same each time.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    /// <typeparam name="TExample">What a row is made into.</typeparam>
    /// <returns>The examples; of no use if something is wrong.</returns>
    public IReadOnlyList<TExample> Open<TRow, TExample>(
        DatasetFormat<TRow> format,
        string file,
        DatasetChecks checks,
        Func<TRow, TExample> make)
        where TRow : class =>
        Dataset.Open(
            format,
            file,
            checks,
            make,
            problems,
            memory,
            observer is null ? null : (done, total) => observer.DatasetAdvanced(file, done, total),
            note => observer?.DatasetNoted(file, note));

    /// <summary>All rows of a dataset with completions.</summary>
    /// <param name="format">What a row is.</param>
    /// <param name="file">The file.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    internal IEnumerable<TRow> ReadAll<TRow>(DatasetFormat<TRow> format, string file)
        where TRow : class => Dataset.Read(format, file, Completions, problems, note => observer?.DatasetNoted(file, note));

    /// <summary>Demonstrations of a file of <c>prompt,completion</c>.</summary>
    /// <param name="file">The file.</param>
    public IReadOnlyList<TokenSequence> Demonstrations(string file) =>
        Open(DatasetFormats.Demonstrations, file, Completions, Encode);

    /// <summary>Questions of a file of <c>prompt,answer</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="completionTokens">Maximum tokens per completion.</param>
    /// <param name="readers">What reads the rows; nothing needs an answer where it is empty.</param>
    public IReadOnlyList<Question> Questions(string file, int completionTokens, IReadOnlyList<IRowReader> readers) =>
        Open(DatasetFormats.Questions, file, Prompts(completionTokens, readers), row => row);

    /// <summary>A prompt alone, as tokens.</summary>
    /// <param name="prompt">The prompt.</param>
    public TokenSequence Encode(string prompt)
    {
        int[] tokens = tokenizer.EncodePrompt(prompt);
        return new TokenSequence(tokens, tokens.Length);
    }

    /// <summary>A prompt with its completion and the end of sequence, as tokens; a conversation up to the end of its last turn.</summary>
    /// <param name="row">The prompt and the completion.</param>
    public TokenSequence Encode(Demonstration row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Turns.Count > 0
            ? ConversationEncoder.Encode(tokenizer, row.Prompt + row.Completion, row.Turns)
            : Encode(row.Prompt, row.Completion);
    }

    /// <summary>A prompt with its completion and the end of sequence, as tokens.</summary>
    /// <param name="prompt">The prompt; as the chat template writes it, if there is one.</param>
    /// <param name="completion">The completion; likewise, with the token that ends the turn.</param>
    public TokenSequence Encode(string prompt, string completion)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(completion);
        if (Chat is not null)
        {
            return ConversationEncoder.Encode(tokenizer, prompt + completion, [new TextSpan(prompt.Length, completion.Length)]);
        }

        int[] start = tokenizer.EncodePrompt(prompt);
        var whole = new TokenSequence([.. start, .. tokenizer.EncodeContinuation(completion), tokenizer.EndOfSequence], start.Length);
        return Rows.OnLong == LongRowAction.Truncate ? Truncation.Cut(whole, context, Rows.TruncateSide) : whole;
    }
}
