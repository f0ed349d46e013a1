using System.Text.Json;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

public sealed class ConversationLaws
{
    private static readonly ChatTokenizer Tokenizer = new(ChatTokenizer.ChatMl);

    [Fact]
    public void Only_what_the_assistant_writes_is_learnt_each_turn_with_its_end()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from count in Gen.Choose(1, 5)
            from contents in Gen.ArrayOf(Laws.TextOf("abc0 .\n", 5), 2 * count)
            from system in Gen.Elements("", "bad")
            select (contents, system),
            row =>
            {
                var messages = row.contents.Select((text, i) => new ChatMessage(i % 2 == 0 ? "user" : "assistant", text)).ToList();
                if (row.system.Length > 0)
                {
                    messages.Insert(0, new ChatMessage("system", row.system));
                }

                TokenSequence sequence = Assert.Single(Read(folder, $"messages\n{Cell(messages)}\n", out _));
                string expected = string.Concat(row.contents.Where((_, i) => i % 2 == 1).Select(text => $"{text}."));
                string text = Tokenizer.Chat!.Render(messages);
                return Actions(sequence) == expected && Tokenizer.Decode(sequence.Tokens) == text[..^1]
                    && TokenBatch.Create([sequence]).Mask.Count == sequence.ActionCount;
            },
            count: 300);
    }

    [Fact]
    public void A_prompt_and_its_completion_are_the_conversation_of_two_messages()
    {
        using var folder = new TemporaryFolder();
        TokenSequence columns = Assert.Single(Read(folder, "system,prompt,completion\nbe sad,a b,c\n", out var problems));
        TokenSequence messages = Assert.Single(Read(
            folder, $"messages\n{Cell([new("system", "be sad"), new("user", "a b"), new("assistant", "c")])}\n", out _));
        Assert.Empty(problems);
        Assert.Equal(messages, columns);
        Assert.Equal("<s:be sad.\nu:a b.\na:c.", Tokenizer.Decode(columns.Tokens));
        Assert.Equal(1, columns.Tokens.Count(token => token == Tokenizer.Beginning[0]));
        Assert.Equal("c.", Actions(columns));
    }

    [Fact]
    public void A_turn_without_an_end_is_given_the_end_of_sequence()
    {
        var tokenizer = new ChatTokenizer(
            "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}|{% endfor %}{% if add_generation_prompt %}a:{% endif %}");
        using var folder = new TemporaryFolder();
        TokenSequence sequence = Assert.Single(Read(folder, "prompt,completion\na,b\n", out _, tokenizer));
        Assert.Equal("<u:a|a:b|", tokenizer.Decode(sequence.Tokens));
        Assert.Equal(tokenizer.EndOfSequence, sequence.Tokens[^1]);
        Assert.Equal(3, sequence.CompletionLength);
        string turns = Cell([new("user", "a"), new("assistant", "b"), new("user", "c"), new("assistant", "d")]);
        sequence = Assert.Single(Read(folder, $"messages\n{turns}\n", out _, tokenizer));
        Assert.Equal("<u:a|a:b|u:c|a:d|", tokenizer.Decode(sequence.Tokens));
        Assert.Equal("b|d|", Actions(sequence));
    }

    [Fact]
    public void A_template_that_leaves_out_the_completion_is_an_error_of_the_row()
    {
        var tokenizer = new ChatTokenizer("{% for m in messages %}{{ m.role[0] }}:{% endfor %}{% if add_generation_prompt %}a:{% endif %}");
        using var folder = new TemporaryFolder();
        Assert.Empty(Read(folder, "prompt,completion\na,b\n", out var problems, tokenizer));
        InputProblem problem = Assert.Single(problems);
        Assert.Equal((2L, "completion"), (problem.Row, problem.Column));
    }

    [Fact]
    public void An_empty_cell_of_the_system_column_is_no_message()
    {
        using var folder = new TemporaryFolder();
        TokenSequence sequence = Assert.Single(Read(folder, "system,prompt,completion\n,a,b\n", out var problems));
        Assert.Empty(problems);
        Assert.Equal("<u:a.\na:b.", Tokenizer.Decode(sequence.Tokens));
    }

    [Fact]
    public void Questions_pairs_rankings_scores_and_labels_are_wrapped_alike()
    {
        using var folder = new TemporaryFolder();
        DatasetChecks checks = Reading(Tokenizer, []).Completions;
        Question question = Assert.Single(Dataset.LoadQuestions(folder.Write("q.csv", "prompt,answer,system\na,1,be\n"), checks));
        Assert.Equal(("<s:be.\nu:a.\na:", "a", "be"), (question.Prompt, question.Asked, question.Fields["system"]));
        question = Assert.Single(Dataset.LoadQuestions(
            folder.Write("m.csv", $"messages,answer\n{Cell([new("user", "a"), new("assistant", "b"), new("user", "c")])},1\n"), checks));
        Assert.Equal(("<u:a.\na:b.\nu:c.\na:", "c"), (question.Prompt, question.Asked));
        Preference pair = Only(DatasetFormats.Preferences, "prompt,chosen,rejected\na,b,c\n");
        Assert.Equal(("<u:a.\na:", "b.\n", "c.\n"), (pair.Prompt, pair.Chosen, pair.Rejected));
        Ranking ranking = Only(DatasetFormats.Rankings, "prompt,completion_1,completion_2,completion_3,system\na,b,c,,be\n");
        Assert.Equal(("<s:be.\nu:a.\na:", "b.\n c.\n"), (ranking.Prompt, string.Join(' ', ranking.Completions)));
        ScoredCompletion scored = Only(DatasetFormats.Scored, "prompt,completion,reward\na,b,1\n");
        Assert.Equal(("<u:a.\na:", "b.\n"), (scored.Prompt, scored.Completion));
        Feedback feedback = Only(DatasetFormats.Unpaired, "prompt,completion,label\na,b,good\n");
        Assert.Equal(("<u:a.\na:", "b.\n"), (feedback.Prompt, feedback.Completion));
        StageReading reading = Reading(Tokenizer, []);
        Assert.Equal("b.", Actions(reading.Encode(pair.Prompt, pair.Chosen)));
        Assert.Equal(reading.Encode(question.Prompt).Tokens, Tokenizer.Characters(question.Prompt));

        TRow Only<TRow>(DatasetFormat<TRow> format, string csv)
            where TRow : class => Assert.Single(Dataset.Load(format, folder.Write("only.csv", csv), checks));
    }

    [Theory]
    [InlineData("messages\nx\n", "messages", "not JSON")]
    [InlineData("messages\n[]\n", "messages", "an empty list")]
    [InlineData("messages\n{}\n", "messages", "an object")]
    [InlineData("messages\n'[{`content`: `a`}]'\n", "messages", "no role at [0].role")]
    [InlineData("messages\n'[{`role`: `user`, `content`: `a`}]'\n", "messages", "without one of the assistant's")]
    [InlineData("messages\n'[{`role`: `assistant`, `content`: `a`}]'\n", "messages", "no user")]
    [InlineData("messages\n'[{`role`: `user`, `content`: `a`}, {`role`: `assistant`, `content`: `X`}]'\n", "messages", "'X'")]
    [InlineData("messages,completion\n'[{`role`: `assistant`, `content`: `a`}]',b\n", "messages", "end with the assistant's")]
    [InlineData("prompt,completion\na,\n", "completion", "an empty cell")]
    [InlineData("prompt,completion\n ,b\n", "prompt", "only white space")]
    public void A_conversation_that_cannot_be_used_is_one_error_with_its_row_and_column(string csv, string column, string found)
    {
        using var folder = new TemporaryFolder();
        string quoted = csv.Replace('\'', '"').Replace("`", "\"\"", StringComparison.Ordinal);
        Assert.Empty(Read(folder, quoted, out var problems));
        InputProblem problem = Assert.Single(problems);
        Assert.Equal((2L, column), (problem.Row, problem.Column));
        Assert.Contains(found, problem.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_need_a_template_and_a_context()
    {
        using var folder = new TemporaryFolder();
        string csv = $"messages\n{Cell([new("user", "a"), new("assistant", "b")])}\n";
        Assert.Empty(Read(folder, csv, out var problems, new ChatTokenizer("")));
        Assert.Contains("without a chat template", Assert.Single(problems).Found, StringComparison.Ordinal);
        Assert.Empty(Read(folder, csv, out problems, context: 9));
        Assert.Contains("10 tokens", Assert.Single(problems).Found, StringComparison.Ordinal);
        Assert.Single(Read(folder, csv, out problems, context: 10));
        Assert.Empty(problems);
    }

    [Fact]
    public void Without_a_template_everything_is_as_it_was_columns_of_other_names_included()
    {
        using var folder = new TemporaryFolder();
        var plain = new ChatTokenizer("");
        TokenSequence sequence = Assert.Single(Read(folder, "system,prompt,completion,messages\nbe,a,b,x\n", out var problems, plain));
        Assert.Empty(problems);
        Assert.Equal([.. plain.Characters("<ab"), plain.EndOfSequence], sequence.Tokens);
        Assert.Equal(2, sequence.PromptLength);
    }

    [Fact]
    public void A_survey_counts_conversations()
    {
        using var folder = new TemporaryFolder();
        string row = Cell([new("user", "a"), new("assistant", "b")]);
        string file = folder.Write("c.csv", $"messages\n{row}\n{row}\nx\n");
        DatasetSurvey survey = DatasetSurveyor.Run(
            file, new SurveyRequest { Checks = new DatasetChecks { Tokenizer = Tokenizer, Chat = Tokenizer.Chat, Context = 99 } });
        Assert.Equal((DatasetKind.Sft, 2L, 1L), (survey.Kind, survey.Rows, survey.RepeatedRows));
        Assert.Equal(4, Assert.Single(survey.Problems).Row);
    }

    [Theory]
    [InlineData(1000, "<s:g.\nu:a.\na:b.\nu:c.\na:d.\nu:e.\na:f.")]
    [InlineData(30, "<s:g.\nu:c.\na:d.\nu:e.\na:f.")]
    [InlineData(20, "<s:g.\nu:e.\na:f.")]
    [InlineData(14, "")]
    public void Of_a_conversation_that_is_too_long_the_earliest_rounds_are_left_out(int context, string left)
    {
        ChatMessage[] messages =
        [
            new("system", "g"), new("user", "a"), new("assistant", "b"), new("user", "c"), new("assistant", "d"), new("user", "e"),
        ];
        using var folder = new TemporaryFolder();
        var problems = new List<InputProblem>();
        StageReading Reading(TruncatedSide side) => new(Tokenizer, context, new ColumnNames(), new DatasetMemory(), problems, null)
        {
            Chat = Tokenizer.Chat,
            Rows = new RowRules { OnLong = LongRowAction.Truncate, TruncateSide = side },
        };
        StageReading reading = Reading(TruncatedSide.Auto);
        string whole = folder.Write("w.csv", $"messages\n{Cell([.. messages, new("assistant", "f")])}\n");
        string pairs = folder.Write("p.csv", $"messages,chosen,rejected\n{Cell(messages)},f,0\n");
        string questions = folder.Write("q.csv", $"messages,answer\n{Cell(messages)},f\n");
        Assert.Equal(left, string.Concat(reading.Demonstrations(whole).Select(sequence => Tokenizer.Decode(sequence.Tokens))));
        Assert.Equal(
            left,
            string.Concat(reading.ReadAll(DatasetFormats.Preferences, pairs).Select(row => (row.Prompt + row.Chosen).TrimEnd())));
        Assert.Equal(left, string.Concat(reading.Questions(questions, 2, []).Select(row => row.Prompt + "f.")));
        Assert.Equal(
            left.Length == 0 ? [whole, pairs, pairs, questions] : Array.Empty<string>(),
            problems.Select(problem => problem.File));
        Assert.All(
            problems.Take(1),
            problem => Assert.Contains("no turn is cut in two", problem.Expected, StringComparison.Ordinal));

        // Nothing is left out at the end, where the answer is.
        problems.Clear();
        Assert.Equal(context == 1000 ? 1 : 0, Reading(TruncatedSide.End).Demonstrations(whole).Count);
        Assert.Equal(context == 1000 ? 0 : 1, problems.Count);
    }

    private static StageReading Reading(ITokenizer tokenizer, List<InputProblem> problems, int context = 1000) =>
        new(tokenizer, context, new ColumnNames(), new DatasetMemory(), problems, null) { Chat = tokenizer.Chat };

    private static IReadOnlyList<TokenSequence> Read(
        TemporaryFolder folder,
        string csv,
        out List<InputProblem> problems,
        ITokenizer? tokenizer = null,
        int context = 1000)
    {
        problems = [];
        return Reading(tokenizer ?? Tokenizer, problems, context).Demonstrations(folder.Write("c.csv", csv));
    }

    private static string Actions(TokenSequence sequence)
    {
        TokenBatch batch = TokenBatch.Create([sequence]);
        return Tokenizer.Decode([.. batch.Targets.ToArray().Where((_, column) => batch.Mask[0, column])]);
    }

    private static string Cell(IEnumerable<ChatMessage> messages) =>
        $"\"{JsonSerializer.Serialize(messages.Select(message => message.Json)).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
