using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Datasets from CSV files (RFC 4180, UTF-8, with or without a byte-order mark). Streaming: a row is read when it is asked
/// for. Columns other than those named are left alone.
/// </summary>
public static class Dataset
{
    private const string Prompt = "prompt";
    private const string Completion = "completion";
    private const string Answer = "answer";
    private const string Chosen = "chosen";
    private const string Rejected = "rejected";

    /// <summary>Reads all rows of <c>prompt,completion</c>, or none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Demonstration> LoadDemonstrations(string file, DatasetChecks checks) =>
        Load(problems => Demonstrations(file, checks, problems));

    /// <summary>Reads all rows of <c>prompt,answer</c>, or none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Question> LoadQuestions(string file, DatasetChecks checks) =>
        Load(problems => Questions(file, checks, problems));

    /// <summary>Streams the good rows of <c>prompt,completion</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Demonstration> Demonstrations(string file, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        foreach (TableRow row in Table.Read(file, [Prompt, Completion], problems))
        {
            int before = problems.Count;
            int prompt = CheckText(row, 0, checks, problems);
            CheckCompletion(row, 1, prompt, checks, problems);
            if (problems.Count == before)
            {
                yield return new Demonstration(row[0], row[1], file, row.Number);
            }
        }
    }

    /// <summary>Streams the good rows of <c>prompt,chosen,rejected</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Preference> Preferences(string file, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        foreach (TableRow row in Table.Read(file, [Prompt, Chosen, Rejected], problems))
        {
            int before = problems.Count;
            int prompt = CheckText(row, 0, checks, problems);
            CheckCompletion(row, 1, prompt, checks, problems);
            CheckCompletion(row, 2, prompt, checks, problems);
            if (problems.Count == before && row[1] == row[2])
            {
                problems.Add(row.Problem(2, $"{Quote(row[2])}, the same as the chosen completion", "another completion: a pair of equals prefers nothing"));
            }

            if (problems.Count == before)
            {
                yield return new Preference(row[0], row[1], row[2], file, row.Number);
            }
        }
    }

    /// <summary>Streams the good rows of <c>prompt,answer</c>, with the other columns as fields.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks. Where there are rewards and none of them reads the answer, the column may be missing.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Question> Questions(string file, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        bool answers = checks.Rewards.Count == 0 || checks.Rewards.Any(reward => reward.ReadsAnswer);
        string[] named = [Prompt, .. answers ? [Answer] : Array.Empty<string>(), .. checks.Rewards.SelectMany(reward => reward.Columns).Except([Prompt, Answer]).Distinct()];
        int firstField = answers ? 2 : 1;
        foreach (RewardSettings reward in checks.Rewards)
        {
            reward.CheckInputs(problems.Add);
        }

        foreach (TableRow row in Table.Read(file, named, problems))
        {
            int before = problems.Count;
            int tokens = CheckText(row, 0, checks, problems);
            int room = checks.Context - checks.CompletionTokens;
            if (problems.Count == before && checks.Context > 0 && tokens > room)
            {
                problems.Add(row.Problem(0, $"{tokens} tokens", $"at most {room}: the model's context of {checks.Context} less {checks.CompletionTokens} for the completion"));
            }

            string answer = answers ? row[1] : row.Others.GetValueOrDefault(Answer, "");
            var fields = new RowFields([.. named[firstField..], .. row.Others.Keys], [.. row.Cells.Skip(firstField), .. row.Others.Values]);
            var question = new Question(row[0], answer, file, row.Number) { Fields = fields.Count == 0 ? RowFields.None : fields };
            CheckFields(row, named, question, checks, problems);
            if (problems.Count == before)
            {
                yield return question;
            }
        }
    }

    private static List<T> Load<T>(Func<List<InputProblem>, IEnumerable<T>> read)
    {
        var problems = new List<InputProblem>();
        List<T> rows = [.. read(problems)];
        return problems.Count == 0 ? rows : throw new InputException(problems);
    }

    private static void CheckFields(TableRow row, string[] named, Question question, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        int before = problems.Count;
        for (int column = 1; column < named.Length; column++)
        {
            if (string.IsNullOrWhiteSpace(row[column]))
            {
                problems.Add(row.Problem(column, Emptiness(row[column]), named[column] == Answer ? "the right answer" : "what the reward reads"));
            }
        }

        if (problems.Count == before)
        {
            foreach (RewardSettings reward in checks.Rewards)
            {
                reward.CheckRow(question, (column, found, expected) => problems.Add(row.Problem(Array.IndexOf(named, column), found, expected)));
            }
        }
    }

    private static void CheckCompletion(TableRow row, int column, int promptTokens, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        int before = problems.Count;
        int tokens = promptTokens + CheckText(row, column, checks, problems) + 1;
        if (problems.Count == before && checks.Context > 0 && tokens > checks.Context)
        {
            problems.Add(row.Problem(column, $"{tokens} tokens of prompt, completion and end of sequence", $"at most {checks.Context}, the model's context"));
        }
    }

    private static int CheckText(TableRow row, int column, DatasetChecks checks, ICollection<InputProblem> problems)
    {
        string text = row[column];
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add(row.Problem(column, Emptiness(text), "at least one character"));
            return 0;
        }

        if (checks.Tokenizer is null)
        {
            return 0;
        }

        if (checks.Tokenizer.TryEncode(text, out int[] tokens, out int unknown))
        {
            return tokens.Length;
        }

        problems.Add(row.Problem(column, $"{Characters.At(text, unknown)} at position {unknown + 1} of {Quote(text)}", $"a character of the {checks.Tokenizer.Describe()}"));
        return 0;
    }

    private static string Emptiness(string text) => text.Length == 0 ? "an empty cell" : "a cell of white space";

    private static string Quote(string text) => Characters.Quote(text);
}
