using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

public sealed class ChatTemplateLaws
{
    private const string Doubled =
        "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";

    private const string Nested = "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}";

    private static readonly ChatMessage[] Hello = [new("user", "Hello")];

    [Theory]
    [InlineData("a\n{{ x | random }}", 2, "filter 'random'")]
    [InlineData("{{ x is weird }}", 1, "test 'weird'")]
    [InlineData("\n\n{% include 'x' %}", 3, "tag 'include'")]
    [InlineData("{{ cycler(1) }}", 1, "function 'cycler'")]
    [InlineData("{{ x.format(1) }}", 1, "method 'format'")]
    [InlineData("{{ (x | safe) + 'a' }}", 1, "filter 'safe'")]
    [InlineData("{% for x in y recursive %}{% endfor %}", 1, "recursive loop")]
    [InlineData("{{ f(*x) }}", 1, "arguments with '*'")]
    public void What_is_not_known_is_refused_by_name_and_line_before_anything_is_rendered(string source, int line, string named)
    {
        InputProblem problem = Assert.Single(Assert.Throws<InputException>(() => ChatTemplate.Parse(source, "t.jinja")).Problems);
        Assert.Equal(("t.jinja", (long)line), (problem.File, problem.Row));
        Assert.Contains(named, problem.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% if x %}", "endif")]
    [InlineData("{{ x", "}}")]
    [InlineData("{{ 'x }}", "'")]
    [InlineData("{# x", "#}")]
    [InlineData("{% raw %}", "endraw")]
    [InlineData("{{ ) }}", "brackets")]
    [InlineData("{% endfor %}", "one of")]
    [InlineData("{% break %}", "loop")]
    public void A_template_that_does_not_end_is_refused_with_what_is_missing(string source, string expected) => Assert.Contains(
        expected,
        Assert.Single(Assert.Throws<InputException>(() => ChatTemplate.Parse(source, "t")).Problems).Expected,
        StringComparison.Ordinal);

    [Fact]
    public void The_error_of_a_template_has_its_own_words_and_line()
    {
        ChatTemplate template = ChatTemplate.Parse("\n{{ raise_exception('no ' + messages[0].role) }}", "t.jinja");
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => template.Render(Hello));
        Assert.Equal(("t.jinja", 2, "no user", true), (error.Template, error.Line, error.Reason, error.RaisedByTemplate));
    }

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{{ 'x' * 100000000000 }}")]
    [InlineData("{{ range(10000000) }}")]
    [InlineData("{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData(Doubled + "{{ ns.x }}")]
    [InlineData(Doubled + "{{ ns.x == [ns.x] }}{{ ns.x | tojson }}")]
    [InlineData(Nested + "{{ ns.x }}")]
    [InlineData(Nested + "{{ ns.x == [ns.x] }}")]
    [InlineData(Nested + "{{ [ns.x] < [ns.x] }}")]
    [InlineData(Nested + "{{ ns.x | tojson }}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% for i in range(100000) %}{{ (a + 'b') in (a + a) }}{% endfor %}")]
    [InlineData("{{ 'a' | indent(2000000000) }}")]
    [InlineData("{{ 9223372036854775807 + 1 }}")]
    [InlineData("{{ 2 ** 4000000000 }}")]
    public void A_template_that_would_not_end_or_fit_is_stopped(string source)
    {
        ChatTemplate template = ChatTemplate.Parse(source, "t");
        Assert.False(Assert.Throws<ChatTemplateException>(() => template.Render(Hello)).RaisedByTemplate);
    }

    [Theory]
    [InlineData("{{ ns.x }}")]
    [InlineData("{{ ns.x == [[ns.x][0]] }}")]
    [InlineData("{{ ns.x < [ns.x] }}")]
    [InlineData("{{ ns.x | tojson }}")]
    [InlineData("{{ ns.x | list }}")]
    public void How_deep_values_may_be_nested_does_not_depend_on_the_stack(string use)
    {
        string Built(int deep) => "{% set ns = namespace(x=[]) %}{% for i in range(" + deep + ") %}{% set ns.x = [ns.x] %}{% endfor %}"
            + "{% for i in range(3) %}" + use + "{{ [[1]] * 600 }}{% endfor %}";

        Assert.NotEqual("", ChatTemplate.Parse(Built(900), "t").Render(Hello));
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(Built(1001), "t").Render(Hello));
        Assert.Equal("expressions, calls and values are nested more than 1000 deep", error.Reason);
    }

    [Fact]
    public void Iterators_of_iterators_are_counted_as_nested_values()
    {
        const string Chain =
            "{% set ns = namespace(x=[1]) %}{% for i in range(2000) %}{% set ns.x = ns.x | map('string') %}{% endfor %}{{ ns.x | list }}";
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(Chain, "t").Render(Hello));
        Assert.Contains("nested more than 1000 deep", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("x if y else ", "")]
    [InlineData("{'a': ", "}")]
    public void Deep_nesting_is_refused_and_never_overflows_the_stack(string open, string close)
    {
        string Times(string part) => string.Concat(Enumerable.Repeat(part, 100_000));
        string source = "{{ " + Times(open) + "x" + Times(close) + " }}";
        Assert.Throws<InputException>(() => ChatTemplate.Parse(source, "t"));
        string tags = string.Concat(Enumerable.Repeat("{% if x %}", 50_000));
        Assert.Throws<InputException>(() => ChatTemplate.Parse(tags, "t"));
        string sum = "{{ " + string.Join(" + ", Enumerable.Repeat("1", 100_000)) + " }}";
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(sum, "t").Render(Hello));
    }

    [Fact]
    public void The_template_of_a_folder_is_its_own_file_before_the_settings()
    {
        const string Settings = """
            {"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null, "chat_template": "{{ bos_token }}A"}
            """;
        var files = new Dictionary<string, string> { ["tokenizer_config.json"] = Settings };
        Assert.Equal("<s>A", ChatTemplate.FromFiles(files)!.Render(Hello));
        files["chat_template.jinja"] = "{{ eos_token }}B{{ pad_token }}";
        Assert.Equal("</s>B", ChatTemplate.FromFiles(files)!.Render(Hello));
        Assert.Null(ChatTemplate.FromFiles(new Dictionary<string, string> { ["tokenizer_config.json"] = """{"eos_token": "x"}""" }));
        Assert.Null(ChatTemplate.FromFiles(new Dictionary<string, string>()));
    }

    [Fact]
    public void Of_several_templates_the_default_is_taken()
    {
        Dictionary<string, string> Files(string template) => new() { ["tokenizer_config.json"] = $$"""{"chat_template": {{template}}}""" };
        ChatTemplate template = ChatTemplate.FromFiles(
            Files("""[{"name": "rag", "template": "R"}, {"name": "default", "template": "D"}]"""))!;
        Assert.Equal("D", template.Render(Hello));
        foreach (string wrong in (string[])["""[{"name": "rag", "template": "R"}]""", "3", "[1]", "{}", "[]"])
        {
            Assert.Equal(
                "chat_template",
                Assert.Single(Assert.Throws<InputException>(() => ChatTemplate.FromFiles(Files(wrong))).Problems).Column);
        }
    }

    [Theory]
    [InlineData("""{ "chat_template": "\ud800" }""")]
    [InlineData("""{ "chat_template": "x", "bos_token": "\udc00" }""")]
    [InlineData("""{ "chat_template": "x", "\ud800": 1 }""")]
    public void Settings_with_half_of_a_surrogate_pair_are_refused_with_their_file(string settings)
    {
        var files = new Dictionary<string, string> { ["tokenizer_config.json"] = settings };
        InputProblem problem =
            Assert.Single(Assert.Throws<InputException>(() => ChatTemplate.FromFiles(files, "folder")).Problems);
        Assert.Equal(Path.Combine("folder", "tokenizer_config.json"), problem.File);
        Assert.Contains("surrogate", problem.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""[{ "\ud800": 1 }]""")]
    public void What_a_caller_gives_with_half_of_a_surrogate_pair_is_an_error_of_the_rendering(string json)
    {
        using var document = JsonDocument.Parse(json);
        ChatTemplate template = ChatTemplate.Parse("{{ tools }}", "t");
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(
            () => template.Render(Hello, new ChatOptions { Tools = document.RootElement }));
        Assert.Contains("surrogate", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "not JSON")]
    [InlineData("[]", "an empty list")]
    [InlineData("{}", "an object")]
    [InlineData("[3]", "3")]
    [InlineData("""[{"content": "a"}]""", "no role")]
    [InlineData("""[{"role": 3}]""", "3")]
    [InlineData("""[{"role": "user", "content": 3}]""", "3")]
    [InlineData("""[{"role": "user", "content": "\ud800"}]""", "surrogate")]
    [InlineData("""[{"role": "\ud800", "content": "a"}]""", "surrogate")]
    public void Messages_that_are_none_are_refused_with_their_place(string json, string found) => Assert.Contains(
        found,
        Assert.Single(Assert.Throws<InputException>(() => ChatMessage.ParseList(json, "m.json")).Problems).Found,
        StringComparison.Ordinal);

    [Fact]
    public void Variables_of_the_caller_and_further_fields_of_messages_reach_the_template()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{{ messages[0].tool_calls[0].function.arguments | tojson }}{{ enable_thinking is false }}{{ tools | length }}", "t");
        IReadOnlyList<ChatMessage> messages = ChatMessage.ParseList(
            """
            [{"role": "assistant", "content": null, "tool_calls": [{"function": {"arguments": {"é": 1.0, "n": 12345678901234567890}}}]}]
            """,
            "m");
        var options = new ChatOptions
        {
            Tools = JsonSerializer.SerializeToElement(Enumerable.Range(1, 2)),
            Variables = new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonSerializer.SerializeToElement(false) },
        };
        Assert.Equal("""{"é": 1.0, "n": 12345678901234567890}True2""", template.Render(messages, options));
    }
}
