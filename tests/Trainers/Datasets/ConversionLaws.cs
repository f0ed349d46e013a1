using System.Text.Json;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>Files of examples to CSV.</summary>
public class ConversionLaws
{
    [Theory]
    [InlineData("{\"\n", "")]
    [InlineData("7,", "[")]
    public void Of_a_broken_file_only_the_first_problems_are_kept(string part, string start)
    {
        using var folder = new TemporaryFolder();
        string broken = string.Concat(Enumerable.Repeat(part, 5000));
        string file = folder.Write(
            "broken.json", start.Length == 0 ? "{\"prompt\":\"a\",\"completion\":\"b\"}\n" + broken : $"{start}{broken}7]");
        var problems = new List<InputProblem>();
        Assert.InRange(ExampleFile.Read(file, problems).Count(), 0, 1);
        Assert.Equal(1000, problems.Count);
    }

    [Theory]
    [InlineData("""{"prompt":"a","completion":"b"}""", DatasetKind.Sft, "prompt,completion", "a|b")]
    [InlineData(
        """{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}""", DatasetKind.Sft,
        "prompt,completion", "user: a\nassistant: |b")]
    [InlineData(
        """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""",
        DatasetKind.Sft, "prompt,completion", "system: s\nuser: a\nassistant: |b")]
    [InlineData(
        """{"id":7,"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}""", DatasetKind.Sft, "prompt,completion",
        "user: a\nassistant: |b")]
    [InlineData("""{"instruction":"a","input":"x","output":"b"}""", DatasetKind.Sft, "prompt,completion", "a\n\nx\n\n|b")]
    [InlineData("""{"instruction":"a","input":null,"output":"b"}""", DatasetKind.Sft, "prompt,completion", "a\n\n|b")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c"}""", DatasetKind.Preferences, "prompt,chosen,rejected", "a|b|c")]
    [InlineData(
        """{"prompt":"a","chosen":"b","rejected":"c","margin":0.5}""", DatasetKind.Preferences, "prompt,chosen,rejected,margin",
        "a|b|c|0.5")]
    [InlineData(
        """{"prompt":[{"role":"user","content":"a"}]"""
            + ""","chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "user: a\nassistant: |b|c")]
    [InlineData(
        """{"prompt":"a","chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "user: a\nassistant: |b|c")]
    [InlineData(
        """{"prompt":"a","chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"""
            + ""","rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "user: a\nassistant: |b|c")]
    [InlineData(
        """{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"x"},"""
            + """{"role":"user","content":"y"},{"role":"assistant","content":"b"}]"""
            + ""","rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"x"},"""
            + """{"role":"user","content":"y"},{"role":"assistant","content":"c"}]}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "user: a\nassistant: x\nuser: y\nassistant: |b|c")]
    [InlineData(
        """{"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant: c"}""", DatasetKind.Preferences,
        "prompt,chosen,rejected", "\n\nHuman: a\n\nAssistant:| b| c")]
    [InlineData(
        """{"chosen":"\n\nHuman: a\n\nAssistant: x\n\nHuman: y\n\nAssistant: b", """
            + """ "rejected":"\n\nHuman: a\n\nAssistant: x\n\nHuman: y\n\nAssistant: c"}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "\n\nHuman: a\n\nAssistant: x\n\nHuman: y\n\nAssistant:| b| c")]
    [InlineData(
        """{"question":"a?","answer":"#### 3 is too few\n#### 4"}""", DatasetKind.Prompts, "prompt,answer,solution",
        "a?|4|#### 3 is too few\n#### 4")]
    [InlineData("""{"prompt":"a","completion":"b","label":true}""", DatasetKind.Unpaired, "prompt,completion,label", "a|b|true")]
    [InlineData("""{"prompt":"a","completion":"b","score":-1.5}""", DatasetKind.Scored, "prompt,completion,reward", "a|b|-1.5")]
    [InlineData("""{"question":"a?","answer":"2+2=4\n#### 4"}""", DatasetKind.Prompts, "prompt,answer,solution", "a?|4|2+2=4\n#### 4")]
    [InlineData(
        """{"prompt":"a","answer":4,"level":3,"tags":["x"],"schema":"{}"}""", DatasetKind.Prompts, "prompt,answer,level,tags,schema",
        "a|4|3|[\"x\"]|{}")]
    [InlineData(
        """{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"}]"""
            + ""","chosen":{"from":"gpt","value":"b"},"rejected":{"from":"gpt","value":"c"}}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "system: s\nuser: a\nassistant: |b|c")]
    [InlineData(
        """{"messages":[{"role":"user","content":"a"}]"""
            + ""","chosen":{"role":"assistant","content":"b"},"rejected":{"role":"assistant","content":"c"}}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "user: a\nassistant: |b|c")]
    [InlineData(
        """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"label":false}""",
        DatasetKind.Unpaired, "prompt,completion,label", "user: a\nassistant: |b|false")]
    [InlineData(
        """{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"kto_tag":true}""",
        DatasetKind.Unpaired, "prompt,completion,label", "user: a\nassistant: |b|true")]
    [InlineData(
        """{"instruction":"a","input":"","output":"b","kto_tag":true}""", DatasetKind.Unpaired, "prompt,completion,label", "a\n\n|b|true")]
    [InlineData(
        """{"instruction":"a","input":"x","chosen":"b","rejected":"c"}""", DatasetKind.Preferences, "prompt,chosen,rejected",
        "a\n\nx\n\n|b|c")]
    [InlineData(
        """{"instruction":"a","input":"","output":"b","system":"s"}""", DatasetKind.Sft, "prompt,completion,system", "a\n\n|b|s")]
    [InlineData(
        """{"instruction":"a","input":"x","output":"b","history":[["q","r"],["s","t"]]}""", DatasetKind.Sft, "prompt,completion",
        "q\n\nr\n\ns\n\nt\n\na\n\nx\n\n|b")]
    [InlineData(
        """{"system":"s","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}""", DatasetKind.Sft,
        "prompt,completion", "system: s\nuser: a\nassistant: |b")]
    [InlineData(
        """{"system":"no","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]"""
            + ""","chosen":{"role":"assistant","content":"b"},"rejected":{"role":"assistant","content":"c"}}""",
        DatasetKind.Preferences, "prompt,chosen,rejected", "system: s\nuser: a\nassistant: |b|c")]
    [InlineData(
        """{"instruction":"a","input":"","chosen":"b","rejected":"c","system":"s"}""", DatasetKind.Preferences,
        "prompt,chosen,rejected,system", "a\n\n|b|c|s")]
    public void Every_layout_becomes_its_rows(string json, DatasetKind kind, string columns, string cells)
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out.csv");
        Conversion done = Convert(folder.Write("in.jsonl", $"{json}\n\n{json}"), output);
        Assert.Equal((kind, columns, 2L), (done.Kind, string.Join(',', done.Columns), done.Rows));
        string row = string.Join(',', cells.Split('|').Select(cell => cell.AsSpan().ContainsAny(",\n\"")
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell));
        Assert.Equal($"{columns}\n{row}\n{row}\n", File.ReadAllText(output));
    }

    [Fact]
    public void What_is_read_back_is_what_was_said()
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out.csv");
        Laws.Hold(
            from rows in Gen.ListOf(Gen.Two(Laws.TextOf("ab,\"\n\r\\ é\U0001F600", 8)
                .Where(text => !string.IsNullOrWhiteSpace(text) && text.EnumerateRunes().All(rune => rune.Value != 0xFFFD))))
            where rows.Count > 0
            select rows.ToArray(),
            rows =>
            {
                string input = folder.Write(
                    "in.jsonl",
                    string.Concat(rows.Select(row => JsonSerializer.Serialize(new { prompt = row.Item1, completion = row.Item2 }) + "\n")));
                Convert(input, output, overwrite: true);
                return Dataset.LoadDemonstrations(output, new DatasetChecks { Rows = new RowRules { LineBreaks = LineBreakAction.Keep } })
                    .Select(row => (row.Prompt, row.Completion))
                    .SequenceEqual(rows);
            },
            count: 200);
    }

    [Fact]
    public void A_solution_and_a_chosen_completion_can_be_imitated()
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out.csv");
        string dialogue = """{"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant: c"}""";
        Convert(folder.Write("in.jsonl", dialogue), output, DatasetKind.Sft);
        Demonstration chosen = Assert.Single(Dataset.LoadDemonstrations(output, new DatasetChecks()));
        Assert.Equal(("\n\nHuman: a\n\nAssistant:", " b"), (chosen.Prompt, chosen.Completion));
        File.Delete(output);
        Convert(folder.Write("in.jsonl", """{"question":"a?","answer":"so #### 4"}"""), output, DatasetKind.Sft);
        Assert.Equal(
            [("a?", "so #### 4")],
            Dataset.LoadDemonstrations(output, new DatasetChecks()).Select(row => (row.Prompt, row.Completion)));
    }

    [Theory]
    [InlineData("""{"prompt":"a","completion":3}""", "line 1, completion: found a number; expected text.")]
    [InlineData("""{"prompt":"a","completion":" "}""", "line 1, completion: found only white space; expected at least one character.")]
    [InlineData(
        """{"prompt":"a","completion":"\ud800"}""",
        "line 1, completion: found half of a surrogate pair, or bytes that are not UTF-8; expected valid Unicode text.")]
    [InlineData(
        """{"text":"a"}""",
        "line 1: found the fields \"text\"; expected one of the layouts messages, chosen, rejected;")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"b"}""", "line 1, rejected: found \"b\", the same as the chosen completion;")]
    [InlineData(
        """{"prompt":"a","completion":"b","label":"perhaps"}""",
        "line 1, label: found \"perhaps\"; expected true, 1 or good, or false, 0 or bad.")]
    [InlineData("""{"prompt":"a","completion":"b","reward":"high"}""", "line 1, reward: found \"high\"; expected a number")]
    [InlineData("""{"messages":[]}""", "line 1, messages: found an empty list; expected a list of turns")]
    [InlineData("""{"messages":[{"role":"assistant","content":"b"}]}""", "line 1, messages: found one turn; expected at least two")]
    [InlineData(
        """{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""",
        "line 1, messages[1]: found a last turn of \"user\"; expected one of \"assistant\", the completion.")]
    [InlineData(
        """{"messages":[{"role":"user","text":"a"},{"role":"assistant","content":"b"}]}""",
        "line 1, messages[0].content: found nothing; expected text.")]
    [InlineData(
        """{"messages":["a"]}""",
        "line 1, messages[0]: found text; expected an object {\"role\": …, \"content\": …} or {\"from\": ")]
    [InlineData("""{"chosen":"x","rejected":"y"}""", "line 1, prompt: found nothing, and texts without a common \"Assistant:\";")]
    [InlineData(
        """{"chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""",
        "line 1, prompt: found nothing, and conversations without a common beginning;")]
    [InlineData(
        """{"instruction":"a","output":"b","history":[["c","d"],["e"]]}""",
        "line 1, history[1]: found a list; expected a list of rounds [[\"question\", \"answer\"], …].")]
    [InlineData(
        """{"instruction":"a","output":"b","history":"c"}""",
        "line 1, history: found text; expected a list of rounds [[\"question\", \"answer\"], …].")]
    [InlineData("""{"instruction":"a","output":"b","history":[["c",null]]}""", "line 1, history[0][1]: found null; expected text.")]
    [InlineData("""[{"prompt":"a"}]""", "item 1: found the fields \"prompt\"; expected one of the layouts")]
    [InlineData("""[{"prompt":"a","completion":"b"},3]""", "item 2: found \"3\"; expected an object {…}")]
    [InlineData("""[{"prompt":"a","completion":"b"},""", "item 2: found text that is not JSON from byte")]
    [InlineData("""{"prompt":"a","completion":null}""", "line 1, completion: found null; expected text.")]
    [InlineData(
        """{"prompt":"a","completion":"b"}""" + "\n[]",
        "line 2: found a list; expected an object {…} on a line of its own (JSON Lines)")]
    [InlineData("{", "line 1: found \"{\", which is not JSON from byte")]
    [InlineData("", "in.jsonl: found no object; expected at least one object {…}.")]
    public void A_bad_line_is_named_by_line_and_field_and_nothing_is_written(string json, string message)
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("in.jsonl", json);
        InputException error = Assert.Throws<InputException>(() => Convert(input, Path.Combine(folder.Path, "out.csv")));
        Assert.Contains(message, Assert.Single(error.Problems).ToString(), StringComparison.Ordinal);
        Assert.Equal([input], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void All_bad_lines_are_named_at_once()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write(
            "in.jsonl",
            "{\"prompt\":\"a\",\"completion\":\"b\"}\nnot json\n"
                + "{\"prompt\":\"a\",\"completoin\":\"b\"}\n{\"prompt\":\"a\",\"completion\":null}\n");
        Assert.Equal(
            [
                $"{input}, line 2: found \"not json\", which is not JSON from byte 2 on; expected an object {{…}} on a line of "
                    + "its own (JSON Lines), or a list of objects [{…}, …].",
                $"{input}, line 3, completion: found the fields \"prompt\", \"completoin\"; expected text (is it \"completoin\"?).",
                $"{input}, line 4, completion: found null; expected text.",
            ],
            Assert.Throws<InputException>(() => Convert(input, Path.Combine(folder.Path, "out.csv"))).Problems
                .Select(problem => problem.ToString()));
    }

    [Fact]
    public void A_kind_that_the_layout_does_not_give_is_refused()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("in.jsonl", """{"prompt":"a","completion":"b"}""");
        Assert.Contains(
            "line 1: found the layout prompt, completion, which gives prompt, completion; expected what preferences rows have: "
                + "prompt, chosen, rejected.",
            Assert.Throws<InputException>(
                () => Convert(input, Path.Combine(folder.Path, "out.csv"), DatasetKind.Preferences)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_not_written_over_unless_asked()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("in.jsonl", """{"prompt":"a","completion":"b"}""");
        string output = folder.Write("out.csv", "mine");
        Assert.Contains("found an existing file; expected a new name, or --force", Refused(output), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output));
        Assert.Contains("found the input itself", Refused(input), StringComparison.Ordinal);
        Assert.Contains("found a folder", Refused(folder.Path), StringComparison.Ordinal);
        Assert.Contains("found no folder", Refused(Path.Combine(folder.Path, "no", "out.csv")), StringComparison.Ordinal);
        Convert(input, output, overwrite: true);
        Assert.Equal("prompt,completion\na,b\n", File.ReadAllText(output));
        folder.Write("bad.jsonl", "{}");
        Assert.Throws<InputException>(() => Convert(Path.Combine(folder.Path, "bad.jsonl"), output, overwrite: true));
        Assert.Equal("prompt,completion\na,b\n", File.ReadAllText(output));

        string Refused(string path) => Assert.Throws<InputException>(() => Convert(input, path)).Message;
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("in.jsonl", [.. "{\"prompt\":\""u8, 0xE9, .. "\",\"completion\":\"b\"}"u8]);
        Assert.Contains(
            "found bytes that are not UTF-8",
            Assert.Throws<InputException>(() => Convert(input, Path.Combine(folder.Path, "out.csv"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_appear_late_are_kept_for_rewards_and_those_that_no_column_has_are_counted()
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out.csv");
        string input = folder.Write(
            "in.jsonl",
            """
            {"prompt":"a","answer":"1","id":null}
            {"prompt":"b","answer":"2","tests":["f(1) == 2","f(2) == 3"],"meta":{"x":1}}
            {"prompt":"c","answer":"so #### 3","tests":null}
            """);
        Assert.Equal(["prompt", "answer", "solution", "tests", "meta"], Convert(input, output).Columns);
        IReadOnlyList<Question> rows = Dataset.LoadQuestions(output, new DatasetChecks());
        Assert.Equal(["", "[\"f(1) == 2\",\"f(2) == 3\"]", ""], rows.Select(row => row.Fields["tests"]));
        Assert.Equal(["", "", "so #### 3"], rows.Select(row => row.Fields["solution"]));

        input = folder.Write(
            "in.jsonl",
            """
            {"instruction":"a","output":"b","source":"x"}
            {"instruction":"a","output":"b","source":"y","id":7}
            """);
        Assert.Equal(["\"source\" (2 times)", "\"id\" (once)"], Convert(input, output, overwrite: true).Unused);
    }

    [Fact]
    public void A_conversation_can_be_kept_for_a_chat_template()
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out.csv");
        string Row(string json)
        {
            Conversion done = DatasetConverter.Convert(
                new ConversionRequest(folder.Write("in.jsonl", json), output) { KeepsTurns = true, Overwrite = true });
            string row = File.ReadAllText(output).Split('\n')[1].Replace("\"\"", "'", StringComparison.Ordinal);
            return $"{string.Join(',', done.Columns)}\n{row}";
        }

        Assert.Equal(
            "messages\n\"[{'role':'user','content':'a'},{'role':'assistant','content':'é'}]\"",
            Row("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"é"}]}"""));
        Assert.Equal(
            "messages,chosen,rejected\n\"[{'role':'system','content':'s'},{'role':'user','content':'a'}]\",b,c",
            Row(
                """{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"}],"""
                    + """ "chosen":{"from":"gpt","value":"b"},"rejected":{"from":"gpt","value":"c"}}"""));
        Assert.Equal(
            "messages,answer\n\"[{'role':'user','content':'a'}]\",1",
            Row("""{"question":"a","answer":"1"}"""));
        Assert.Equal(
            "messages\n\"[{'role':'system','content':'s'},{'role':'user','content':'q'},{'role':'assistant','content':'r'},"
                + "{'role':'user','content':'a\\n\\nx'},{'role':'assistant','content':'b'}]\"",
            Row("""{"instruction":"a","input":"x","output":"b","system":"s","history":[["q","r"]]}"""));
        Assert.Equal(
            "messages\n\"[{'role':'system','content':'s'},{'role':'user','content':'a'},{'role':'assistant','content':'b'}]\"",
            Row("""{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"system":"s"}"""));
        Assert.Equal(
            "messages,chosen,rejected\n\"[{'role':'user','content':'a'},{'role':'assistant','content':'x: y'},"
                + "{'role':'user','content':'z'}]\",b,c",
            Row("""
                {"chosen":"\n\nHuman: a\n\nAssistant: x: y\n\nHuman: z\n\nAssistant: b",
                """.TrimEnd() + """
                 "rejected":"\n\nHuman: a\n\nAssistant: x: y\n\nHuman: z\n\nAssistant: c"}
                """));
    }

    internal static Conversion Convert(string input, string output, DatasetKind? kind = null, bool overwrite = false) =>
        DatasetConverter.Convert(new ConversionRequest(input, output) { Kind = kind, Overwrite = overwrite });
}
