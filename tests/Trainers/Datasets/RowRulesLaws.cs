using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>How the cells of a file are told apart, and what becomes of rows that cannot be used as they are.</summary>
public sealed class RowRulesLaws
{
    private static readonly CharacterTokenizer Tokenizer = new("0123456789+=,;\t ");

    private static readonly DatasetChecks Short = new() { Tokenizer = Tokenizer, Context = 8, OptionalAnswers = true };

    [Theory]
    [InlineData(
        "prompt,answer\n1000+234=,1,234\n",
        "row 2, column 3, beyond the header: found \"234\"; expected the 2 cells of the header")]
    [InlineData("prompt,answer\n1+1=,2\n,,,5", "row 3, column 4, beyond the header: found \"5\"")]
    [InlineData("prompt;answer\n1+1=;2\n1+2=;3;4", "row 3, column 3, beyond the header: found \"4\"")]
    public void A_cell_beyond_the_header_is_refused(string csv, string message)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", csv);
        string error = Assert.Throws<InputException>(
            () => Dataset.LoadQuestions(file, new DatasetChecks { OptionalAnswers = true })).Message;
        Assert.Contains($"{file}, {message}", error, StringComparison.Ordinal);
        Assert.Contains("write a cell that contains the delimiter in quotation marks: \"1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reward_of_a_row_with_an_unquoted_comma_is_not_another_cell()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("s.csv", "prompt,completion,reward\n1+1=,1,234,0.5\n");
        Assert.Contains(
            "column 4, beyond the header: found \"0.5\"",
            Assert.Throws<InputException>(() => Dataset.Load(DatasetFormats.Scored, file, new DatasetChecks())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_cells_beyond_the_header_lose_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,answer\n1+1=,2,,\n");
        Assert.Equal("2", Assert.Single(Dataset.LoadQuestions(file, new DatasetChecks())).Answer);
    }

    [Fact]
    public void A_file_reads_the_same_whatever_separates_its_cells()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from rows in Gen.NonEmptyListOf(Gen.Two(Laws.TextOf("ab,;\t\"\n é", 8).Where(text => !string.IsNullOrWhiteSpace(text))))
            from separator in Gen.Elements(',', ';', '\t')
            from declares in Gen.Elements(false, true)
            from lineEnd in Gen.Elements("\n", "\r\n")
            select (rows, separator, declares, lineEnd),
            sample =>
            {
                var (rows, separator, declares, lineEnd) = sample;
                string Line(string first, string second) => $"\"{Quoted(first)}\"{separator}\"{Quoted(second)}\"{lineEnd}";
                string file = folder.Write(
                    "any.csv",
                    (declares ? $"sep={separator}{lineEnd}" : "")
                        + $"prompt{separator}completion{lineEnd}"
                        + string.Concat(rows.Select(row => Line(row.Item1, row.Item2))));
                foreach (long held in (long[])[0, long.MaxValue])
                {
                    IReadOnlyList<Demonstration> read = Dataset.Open(
                        DatasetFormats.Demonstrations, file, new DatasetChecks(), row => row, [], new DatasetMemory { HeldFile = held });
                    if (!read.Select(row => (row.Prompt, row.Completion)).SequenceEqual(rows)
                        || !read.Select(row => row.Row).SequenceEqual(Enumerable.Range(2, rows.Count).Select(row => (long)row)))
                    {
                        return false;
                    }
                }

                return true;
            },
            count: 200);
    }

    [Theory]
    [InlineData("|", "prompt|answer\n1|2\n")]
    [InlineData("tab", "prompt\tanswer\n1\t2\n")]
    [InlineData("auto", "note;prompt,answer\n;1,2\n", false)]
    [InlineData("auto", "prompt;note,answer\n1;1,2\n", false)]
    [InlineData(";", "sep=,\nprompt;answer\n1;2\n")]
    public void A_delimiter_that_is_set_is_used(string delimiter, string csv, bool isRead = true)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", csv);
        var checks = new DatasetChecks { Rows = new RowRules { Delimiter = delimiter } };
        if (isRead)
        {
            Assert.Equal(("1", "2"), Assert.Single(Dataset.LoadQuestions(file, checks).Select(row => (row.Prompt, row.Answer))));
        }
        else
        {
            Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, checks));
        }
    }

    [Fact]
    public void A_header_with_all_columns_by_commas_is_separated_by_commas()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,answer,a;b;c;d\n1,2,x\n");
        Assert.Equal("x", Assert.Single(Dataset.LoadQuestions(file, new DatasetChecks())).Fields["a;b;c;d"]);
    }

    [Fact]
    public void A_comma_in_the_header_of_a_file_of_semicolons_is_part_of_a_name()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt;answer;a,b\n1;2;x\n");
        Assert.Equal("x", Assert.Single(Dataset.LoadQuestions(file, new DatasetChecks())).Fields["a,b"]);
    }

    [Fact]
    public void A_row_that_is_too_long_and_wrong_besides_is_refused_where_long_rows_are_dropped()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("s.csv", "prompt,completion,reward\n1,2,3\n1234567,8,x\n");
        var checks = Short with { Rows = new RowRules { OnLong = LongRowAction.Drop } };
        InputException error = Assert.Throws<InputException>(() => Dataset.Load(DatasetFormats.Scored, file, checks));
        Assert.Equal([3, 3], error.Problems.Select(problem => problem.Row));
    }

    [Fact]
    public void Only_the_rows_that_are_cut_are_counted_as_cut()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", "prompt,completion\n123,45678\n1,2\n3,4\n");
        var notes = new List<string>();
        var checks = Short with { Rows = new RowRules { OnLong = LongRowAction.Truncate } };
        Assert.Equal(3, Dataset.Read(DatasetFormats.Demonstrations, file, checks, [], notes.Add).Count());
        Assert.Equal(["1 row longer than the context cut, as onLong says"], notes);
    }

    [Theory]
    [InlineData(TruncatedSide.Start, "1\U0001F600\U0001F6002", "\U0001F6002")]
    [InlineData(TruncatedSide.End, "1\U0001F600\U0001F6002", "1\U0001F600")]
    public void A_prompt_is_cut_between_characters(TruncatedSide side, string prompt, string left)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", $"prompt,answer\n{prompt},9\n");
        var checks = new DatasetChecks
        {
            Tokenizer = new CharacterTokenizer("12\U0001F600"),
            Context = 8,
            CompletionTokens = 6,
            OptionalAnswers = true,
            Rows = new RowRules { OnLong = LongRowAction.Truncate, TruncateSide = side },
        };
        Assert.Equal(left, Assert.Single(Dataset.LoadQuestions(file, checks)).Prompt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"")]
    [InlineData("ab")]
    [InlineData("x")]
    [InlineData("\n")]
    public void A_delimiter_that_is_none_is_refused(string delimiter) => Assert.Contains(
        "delimiter: found ",
        Assert.Throws<InputException>(() => RecipeReader.Parse(
            """{ "stages": [ { "type": "sft", "data": "a.csv", "steps": 1 } ] }""", "r.json", [$"stages.0.delimiter={delimiter}"])).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "a gzip file")]
    [InlineData(new byte[] { 0x50, 0x4B, 3, 4 }, "a zip file, as Excel workbooks are")]
    [InlineData(new byte[] { 0x50, 0x41, 0x52, 0x31 }, "a Parquet file")]
    public void A_file_of_another_kind_is_named(byte[] start, string kind)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "q.csv");
        File.WriteAllBytes(file, [.. start, .. new byte[100]]);
        Assert.Contains(
            $"{file}: found {kind}; expected a CSV file: gunzip unpacks one, rlcore data convert",
            Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, new DatasetChecks())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_NUL_character_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,answer\n1,2\n3,\"4\n\05\"\n");
        Assert.Equal(
            $"{file}: found the byte 0x00 at offset 23 (line 4), which is no text; expected text in UTF-8; save the file with that "
                + "encoding.",
            Assert.Throws<InputException>(() => Dataset.LoadQuestions(file, new DatasetChecks())).Message);
    }

    [Fact]
    public void Line_breaks_inside_cells_are_unified_and_it_is_said_once()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", "prompt,completion\r\n\"a\r\nb\",\"c\r\rd\r\n\"\r\n\"e\r\nf\",g\r\n");
        var notes = new List<string>();
        Assert.Equal(
            [("a\nb", "c\r\rd\n"), ("e\nf", "g")],
            Read(file, new RowRules(), notes).Select(row => (row.Prompt, row.Completion)));
        Assert.StartsWith("line breaks inside cells are read as \\n", Assert.Single(notes), StringComparison.Ordinal);
        notes.Clear();
        Assert.Equal("a\r\nb", Read(file, new RowRules { LineBreaks = LineBreakAction.Keep }, notes)[0].Prompt);
        Assert.Empty(notes);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 1000)]
    [InlineData(long.MaxValue, 1)]
    public void Rows_that_cannot_be_used_are_left_out_and_counted(long held, int gap)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(
            "d.csv",
            "prompt,completion\n1,2\n,3\n4,5\n6,7,8\n\n\"9\"x,1\n2,x\n3,\0\n"
                + string.Concat(Enumerable.Repeat("1234567,8\n", 3)) + "7,8\n");
        var notes = new List<string>();
        var checks = Short with { Rows = new RowRules { OnBadRow = BadRowAction.Skip, OnLong = LongRowAction.Drop } };
        IReadOnlyList<string> rows = Dataset.Open(
            DatasetFormats.Demonstrations,
            file,
            checks,
            row => row.Prompt + row.Completion,
            [],
            new DatasetMemory { HeldFile = held, IndexGap = gap },
            noted: notes.Add);
        Assert.Equal(["12", "45", "78"], rows);
        Assert.Equal(["12", "45", "78"], Enumerable.Range(0, 3).Select(i => rows[i]));
        Assert.Equal(
            [
                $"5 rows skipped, as onBadRow says; the first: {file}, row 3, column prompt: found an empty cell; expected at least one "
                    + "character.",
                "3 rows longer than the context left out, as onLong says",
            ],
            notes);
    }

    [Fact]
    public void A_file_of_which_no_row_is_left_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", "prompt,completion\n,3\n");
        var problems = new List<InputProblem>();
        var checks = new DatasetChecks { Rows = new RowRules { OnBadRow = BadRowAction.Skip } };
        Assert.Empty(Dataset.Read(DatasetFormats.Demonstrations, file, checks, problems));
        Assert.StartsWith($"{file}: found no row that can be used; expected at least one; 1 row skipped", $"{Assert.Single(problems)}");
    }

    [Theory]
    [InlineData(TruncatedSide.Auto, "1234567", "12345678")]
    [InlineData(TruncatedSide.End, "1234567", "12345678")]
    [InlineData(TruncatedSide.Start, "4567", "45678+=.")]
    public void A_row_that_is_too_long_is_cut(TruncatedSide side, string prompt, string whole)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", "prompt,completion\n1234567,8+=\n");
        var rules = new RowRules { OnLong = LongRowAction.Truncate, TruncateSide = side };
        var reading = new StageReading(Tokenizer, 8, new ColumnNames(), new DatasetMemory(), [], null) { Rows = rules };
        var sequence = Assert.Single(reading.Demonstrations(file));
        string[] texts = [.. sequence.Tokens.Select(token => token == Tokenizer.EndOfSequence ? "." : Tokenizer.Decode([token]))];
        Assert.Equal(whole, string.Concat(texts));
        Assert.Equal(prompt, string.Concat(texts[..sequence.PromptLength]));
    }

    [Theory]
    [InlineData(TruncatedSide.Auto, "5678")]
    [InlineData(TruncatedSide.Start, "5678")]
    [InlineData(TruncatedSide.End, "1234")]
    public void A_prompt_that_leaves_no_room_is_cut(TruncatedSide side, string prompt)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,answer\n12345678,9\n");
        var checks = Short with { CompletionTokens = 4, Rows = new RowRules { OnLong = LongRowAction.Truncate, TruncateSide = side } };
        Assert.Equal(prompt, Assert.Single(Dataset.LoadQuestions(file, checks)).Prompt);
    }

    [Theory]
    [InlineData(TruncatedSide.End, "12345678,9\n")]
    [InlineData(TruncatedSide.Start, "1,23456789\n")]
    public void A_row_of_which_nothing_is_left_to_learn_is_refused(TruncatedSide side, string row)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", $"prompt,completion\n{row}");
        var checks = Short with { Rows = new RowRules { OnLong = LongRowAction.Truncate, TruncateSide = side } };
        Assert.Contains(
            "tokens of prompt, completion and end of sequence",
            Assert.Throws<InputException>(() => Dataset.LoadDemonstrations(file, checks)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_without_a_token_are_one_message_that_lists_them()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("d.csv", "prompt,completion\n" + string.Concat(Enumerable.Repeat("1é,2\n3,ñ4é\n", 10_000)));
        InputProblem problem = Assert.Single(Assert.Throws<InputException>(() => Dataset.LoadDemonstrations(file, Short)).Problems);
        Assert.Equal((2, "prompt"), (problem.Row, problem.Column));
        Assert.Contains("the first of 20,000 cells with characters that have no token: éñ", problem.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void By_default_a_recipe_has_the_characters_of_all_its_datasets()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.csv", "prompt,completion,other\nba,c\U0001F600,x\n");
        folder.Write("b.csv", "question;answer\nd;2\n");
        folder.Write("c.csv", "prompt,chosen,rejected\nf,g,h\n");
        folder.Write("e.csv", "prompt,answer\ni,1\n");
        string recipe = folder.Write("r.json", """
            {
              "stages": [
                { "type": "sft", "data": "a.csv", "steps": 1 },
                { "type": "grpo", "data": "b.csv", "columns": { "prompt": "question" }, "steps": 1, "maxCompletionTokens": 4 },
                { "type": "dpo", "data": "c.csv", "steps": 1 }
              ],
              "evaluation": { "data": "e.csv" }
            }
            """);
        RunInputs inputs = RunInputs.Read(RecipeReader.Read(recipe, []));
        Assert.Equal(new CharacterTokenizer("12abcdfghi\U0001F600").ToJson(), inputs.Tokenizer.ToJson());
    }

    private static string Quoted(string text) => text.Replace("\"", "\"\"", StringComparison.Ordinal);

    private static IReadOnlyList<Demonstration> Read(string file, RowRules rules, List<string> notes) =>
        [.. Dataset.Read(DatasetFormats.Demonstrations, file, new DatasetChecks { Rows = rules }, [], notes.Add)];
}
