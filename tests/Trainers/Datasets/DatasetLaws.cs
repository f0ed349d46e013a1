using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

public class DatasetLaws
{
    private static readonly DatasetChecks Digits = new()
    {
        Tokenizer = new CharacterTokenizer("0123456789+="),
        Context = 12,
        CompletionTokens = 4,
        Readers = [new RewardSettings.Numeric()],
    };

    [Fact]
    public void Any_text_survives_quoting()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from rows in Gen.ListOf(Gen.Two(Laws.TextOf("ab,\"\n\r é", 8).Where(text => !string.IsNullOrWhiteSpace(text))))
            where rows.Count > 0
            select rows.ToArray(),
            rows =>
            {
                string file = folder.Write(
                    "any.csv",
                    "prompt,completion\r\n" + string.Concat(rows.Select(row => $"{Quote(row.Item1)},{Quote(row.Item2)}\r\n")));
                IReadOnlyList<Demonstration> read = Dataset.LoadDemonstrations(
                    file, new DatasetChecks { Rows = new RowRules { LineBreaks = LineBreakAction.Keep } });
                return read.Select(row => (row.Prompt, row.Completion)).SequenceEqual(rows)
                    && read.Select(row => row.Row).SequenceEqual(Enumerable.Range(2, rows.Length).Select(row => (long)row));
            },
            count: 300);
    }

    [Fact]
    public void Column_order_extra_columns_byte_order_mark_and_line_ends_do_not_matter()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "\ufeffnote,answer,prompt\r\nx,95,37+58=\r\n\r\ny,2,1+1=,\n");
        Assert.Equal(
            [Asked("37+58=", "95", 2, "x"), Asked("1+1=", "2", 4, "y")],
            Dataset.LoadQuestions(file, Digits));

        Question Asked(string prompt, string answer, long row, string note) =>
            new(prompt, answer, file, row) { Fields = new Dictionary<string, string> { ["note"] = note } };
    }

    [Fact]
    public void Other_columns_are_fields_of_a_question_by_name()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "source,prompt,answer,schema,\nweb,1+1=,2,\"{ \"\"a\"\": 1 }\",x\nbook,1+2=,3\n");
        IReadOnlyList<Question> rows = Dataset.LoadQuestions(file, Digits);
        Assert.Equal(["source", "schema"], rows[0].Fields.Keys);
        Assert.Equal(("web", "{ \"a\": 1 }"), (rows[0].Fields["source"], rows[0].Fields["schema"]));
        Assert.Equal(("book", ""), (rows[1].Fields["source"], rows[1].Fields["schema"]));
        Assert.Equal(
            "There is no column \"sauce\"; there are \"source\", \"schema\".",
            Assert.Throws<KeyNotFoundException>(() => rows[0].Fields["sauce"]).Message);
        Assert.Empty(new Question("1+1=", "2", file, 2).Fields);
    }

    [Fact]
    public void Answers_may_be_missing_where_the_run_asks_for_none()
    {
        using var folder = new TemporaryFolder();
        DatasetChecks checks = Digits with { Readers = [], OptionalAnswers = true };
        Assert.Equal([""], Dataset.LoadQuestions(folder.Write("a.csv", "prompt\n1+1=\n"), checks).Select(row => row.Answer));
        Assert.Equal(
            ["", "3"],
            Dataset.LoadQuestions(folder.Write("b.csv", "prompt,answer\n1+1=\n1+2=,3\n"), checks).Select(row => row.Answer));
    }

    [Fact]
    public void Preferences_are_read_and_a_pair_of_equals_is_refused()
    {
        using var folder = new TemporaryFolder();
        var problems = new List<InputProblem>();
        string file = folder.Write("p.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,3\n1+3=,4,\n1+4=,123456789,5\n");
        Assert.Equal([new Preference("1+1=", "2", "3", file, 2)], [.. Dataset.Preferences(file, Digits, problems)]);
        Assert.Equal(
            [
                $"{file}, row 3, column rejected: found \"3\", the same as the chosen completion; "
                    + "expected a different completion, as a pair of equal completions expresses no preference.",
                $"{file}, row 4, column rejected: found an empty cell; expected at least one character.",
                $"{file}, row 5, column chosen: found 14 tokens of prompt, completion and end of sequence; expected at most 12, "
                    + "the model's context; or onLong (--on-long) drop or truncate, or a new model with a larger model.context "
                    + "(--model-context).",
            ],
            problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Columns_go_by_the_names_that_the_run_gives_them()
    {
        using var folder = new TemporaryFolder();
        DatasetChecks checks = Digits with { Columns = new ColumnNames { Prompt = "question", Completion = "response" } };
        string file = folder.Write("a.csv", "response,question\n2,1+1=\n");
        Assert.Equal([new Demonstration("1+1=", "2", file, 2)], Dataset.LoadDemonstrations(file, checks));
        Assert.Contains(
            "row 1, column response: found the columns \"question\", \"Response\"; expected a column named \"response\" (names "
                + "are exact; is it \"Response\"?).",
            Assert.Throws<InputException>(
                () => Dataset.LoadDemonstrations(folder.Write("b.csv", "question,Response\n1+1=,2\n"), checks)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            ["response_1", "response_2"],
            Assert.Throws<InputException>(
                () => Dataset.Load(DatasetFormats.Rankings, folder.Write("c.csv", "question\n1\n"), checks)).Problems
                .Select(problem => problem.Column));
    }

    [Fact]
    public void Scored_rows_rankings_margins_and_labels_are_read()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(
            "a.csv",
            "prompt,completion,reward,label,completion_1,completion_2,completion_3,chosen,rejected,margin\n"
                + "1+1=,2,-1e-2,TRUE,2,3,4,2,3,0.5\n1+2=,3,1,bad,3,4,,3,4,0\n");
        Assert.Equal([new("1+1=", "2", -0.01, file, 2), new("1+2=", "3", 1, file, 3)], Dataset.Load(DatasetFormats.Scored, file, Digits));
        Assert.Equal(
            [new("1+1=", "2", Good: true, file, 2), new("1+2=", "3", Good: false, file, 3)],
            Dataset.Load(DatasetFormats.Unpaired, file, Digits));
        Assert.Equal(
            [new("1+1=", ["2", "3", "4"], file, 2), new("1+2=", ["3", "4"], file, 3)],
            Dataset.Load(DatasetFormats.Rankings, file, Digits));
        Assert.Equal(
            [new("1+1=", "2", "3", file, 2) { Margin = 0.5 }, new("1+2=", "3", "4", file, 3)],
            Dataset.Load(DatasetFormats.Preferences, file, Digits));
    }

    [Theory]
    [InlineData(
        "prompt,completion,reward\n1,2,x\n",
        "row 2, column reward: found \"x\"; expected a number, the reward of the completion (such as 1, 0.5 or -2e-1).")]
    [InlineData("prompt,completion,reward\n1,2,NaN\n", "row 2, column reward: found \"NaN\"; expected a number")]
    [InlineData("prompt,completion,reward\n1,2,\n", "row 2, column reward: found an empty cell; expected a number")]
    [InlineData("prompt,completion,reward\n1,,1\n", "row 2, column completion: found an empty cell; expected at least one character.")]
    [InlineData(
        "prompt,completion,label\n1,2,maybe\n", "row 2, column label: found \"maybe\"; expected true, 1 or good, or false, 0 or bad.")]
    [InlineData(
        "prompt,completion,label\n1,2,\n", "row 2, column label: found an empty cell; expected true, 1 or good, or false, 0 or bad.")]
    [InlineData(
        "prompt,chosen,rejected,margin\n1,2,3,-1\n",
        "row 2, column margin: found \"-1\"; expected a number of at least 0, by how much the chosen completion is better.")]
    [InlineData("prompt,chosen,rejected,margin\n1,2,3\n", "row 2, column margin: found an empty cell; expected a number of at least 0")]
    [InlineData(
        "prompt,completion_1\n1,2\n",
        "row 1, column completion_2: found the columns \"prompt\", \"completion_1\"; expected a column named \"completion_2\".")]
    [InlineData(
        "prompt,completion_1,completion_2,completion_3\n1,2,,3\n",
        "row 2, column completion_2: found an empty cell; expected at least one character.")]
    [InlineData(
        "prompt,completion_1,completion_2\n1,2,2\n",
        "row 2, column completion_2: found \"2\", the same as the completion of rank 1; "
            + "expected completions that differ, as equal completions have no rank.")]
    [InlineData("prompt,completion_1,completion_2\n1,2,\n", "row 2, column completion_2: found an empty cell")]
    public void A_bad_cell_of_any_format_is_refused(string csv, string message)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", csv);
        string header = csv[..csv.IndexOf('\n', StringComparison.Ordinal)];
        InputException error = Assert.Throws<InputException>(() =>
        {
            if (header.Contains("chosen", StringComparison.Ordinal))
            {
                Dataset.Load(DatasetFormats.Preferences, file, Digits);
            }
            else if (header.Contains("reward", StringComparison.Ordinal))
            {
                Dataset.Load(DatasetFormats.Scored, file, Digits);
            }
            else if (header.Contains("label", StringComparison.Ordinal))
            {
                Dataset.Load(DatasetFormats.Unpaired, file, Digits);
            }
            else
            {
                Dataset.Load(DatasetFormats.Rankings, file, Digits);
            }
        });
        Assert.StartsWith($"{file}, {message}", Assert.Single(error.Problems).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData(" GOOD ", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("Bad", false)]
    public void A_label_is_good_or_bad_in_any_of_its_words(string label, bool good)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("u.csv", $"prompt,completion,label\n1,2,{label}\n");
        Assert.Equal(good, Assert.Single(Dataset.Load(DatasetFormats.Unpaired, file, new DatasetChecks())).Good);
    }

    [Theory]
    [InlineData("1e999")]
    [InlineData("-Infinity")]
    [InlineData("NaN")]
    public void A_reward_that_is_not_finite_is_refused(string reward)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("s.csv", $"prompt,completion,reward\n1,2,{reward}\n");
        Assert.Contains(
            $"row 2, column reward: found \"{reward}\"",
            Assert.Throws<InputException>(() => Dataset.Load(DatasetFormats.Scored, file, new DatasetChecks())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_read_when_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        var problems = new List<InputProblem>();
        string file = folder.Write("q.csv", "prompt,answer\n1+1=,2\n1+2=,x\n");
        Assert.Equal("2", Dataset.Questions(file, Digits, problems).First().Answer);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("prompt,answer\n1+1=,2\n,3\n", "row 3, column prompt: found an empty cell; expected at least one character.")]
    [InlineData("prompt,answer\n \t,3\n", "row 2, column prompt: found only white space; expected at least one character.")]
    [InlineData("prompt,answer\n1+1=,\n", "row 2, column answer: found an empty cell; expected the right answer.")]
    [InlineData("prompt,answer\n1+1=\n", "row 2, column answer: found a row of 1 cell; expected a cell in column 2.")]
    [InlineData("prompt,answer\n1+1=,two\n", "row 2, column answer: found \"two\"; expected a number, as the reward is numeric")]
    [InlineData(
        "prompt,answer\n1-1=,0\n",
        "row 2, column prompt: found '-' (U+002D) at position 2 of \"1-1=\"; expected a character of the character tokenizer, 13 "
            + "tokens: <eos> 0123456789+=.")]
    [InlineData("prompt,answer\n1 +1=,2\n", "found U+0020 at position 2 of \"1 +1=\"")]
    [InlineData(
        "prompt,answer\n1111+2222=,2\n",
        "row 2, column prompt: found 10 tokens; expected at most 8: the model's context of 12 minus 4 for the completion; or onLong")]
    [InlineData(
        "Prompt,answer\n1+1=,2\n",
        "row 1, column prompt: found the columns \"Prompt\", \"answer\"; expected a column named \"prompt\" (names are exact; is "
            + "it \"Prompt\"?).")]
    [InlineData(
        "prompt|answer\n1+1=|2\n",
        "row 1, column prompt: found the columns \"prompt|answer\"; expected a column named \"prompt\" (cells are separated by commas, "
            + "semicolons or tabs; \"delimiter\" names another character).")]
    [InlineData(
        "{\"prompt\": \"1+1=\"}\n",
        "row 1, column prompt: found the columns \"{\"prompt\": \"1+1=\"}\"; expected a column named \"prompt\" (is this JSON? rlcore data "
            + "convert makes CSV of it).")]
    [InlineData("prompt,answer,prompt\n", "row 1, column prompt: found the column twice; expected one column of that name.")]
    [InlineData("", "row 1: found an empty file; expected a header with the columns prompt, answer.")]
    [InlineData("\ufeff", "row 1: found an empty file")]
    [InlineData("prompt,answer\n", "row 2: found the end of the file; expected at least one row below the header.")]
    [InlineData("prompt,answer\n\"1+1=,2\n1+2=,3\n", "row 2: found a quotation mark that is never closed;")]
    [InlineData("prompt,answer\n\"1+1=\"x,2\n", "row 2: found text after a closing quotation mark;")]
    [InlineData("prompt,answer,note\n1+1=,2,\"a\nb\"\n,2,c\n", "row 3 (line 4), column prompt: found an empty cell")]
    public void A_bad_file_is_refused_by_file_row_column_found_and_expected(string csv, string message)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", csv);
        InputException error = Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, Digits));
        Assert.StartsWith(
            $"{file}, {(message.StartsWith("row", StringComparison.Ordinal) ? message : "")}",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_demonstration_fits_the_context_with_its_end_of_sequence()
    {
        using var folder = new TemporaryFolder();
        Assert.Single(Dataset.LoadDemonstrations(folder.Write("a.csv", "prompt,completion\n11111+2=,111\n"), Digits));
        Assert.Contains(
            "row 2, column completion: found 13 tokens of prompt, completion and end of sequence; "
                + "expected at most 12, the model's context; or onLong (--on-long) drop or truncate",
            Assert.Throws<InputException>(
                () => Dataset.LoadDemonstrations(folder.Write("b.csv", "prompt,completion\n11111+2=,1111\n"), Digits)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_listed_up_to_twenty()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,answer\n" + string.Concat(Enumerable.Repeat("1+1=,x\n", 25)));
        InputException error = Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, Digits));
        Assert.Equal(25, error.Problems.Count);
        Assert.Equal(21, error.Message.Split('\n').Length);
        Assert.EndsWith("\nand 5 more.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named_in_full_with_the_one_nearby()
    {
        using var folder = new TemporaryFolder();
        string there = folder.Write("prompts.csv", "");
        string asked = Path.Combine(folder.Path, "promts.csv");
        string message = Assert.Throws<InputException>(() => Dataset.LoadQuestions(asked, Digits)).Message;
        Assert.Equal($"{asked}: found no such file, only {there}; expected a CSV file with the columns prompt, answer.", message);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_found_by_offset_and_line()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("latin1.csv", [.. "prompt,answer\n1+1=,"u8, 0xE9, (byte)'\n']);
        Assert.Contains(
            "found the byte 0xE9 at offset 19 (line 2), which is not UTF-8",
            Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, Digits)).Message,
            StringComparison.Ordinal);
        string utf16 = folder.Write("utf16.csv", [0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes("prompt,answer\n1+1=,2\n")]);
        Assert.Contains(
            "found the byte 0xFF at offset 0",
            Assert.Throws<InputException>(() => Dataset.LoadQuestions(utf16, Digits)).Message,
            StringComparison.Ordinal);
    }

    private static string Quote(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
