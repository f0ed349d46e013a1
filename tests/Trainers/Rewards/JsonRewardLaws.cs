using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

public class JsonRewardLaws
{
    private static readonly Gen<int> Small = Gen.Choose(-20, 20);

    [Theory]
    [InlineData("{\"a\": [1, 2.5, null, true, \"x\"]}", 1)]
    [InlineData(" 3 \n", 1)]
    [InlineData("{'a': 1}", 0)]
    [InlineData("{\"a\": 1,}", 0)]
    [InlineData("{\"a\": 1, \"a\": 2}", 0)]
    [InlineData("{} {}", 0)]
    [InlineData("NaN", 0)]
    [InlineData("\ud800", 0)]
    [InlineData("", 0)]
    public void A_completion_is_one_JSON_value_or_not(string completion, double expected) =>
        Assert.Equal(expected, Samples.Score("json", Samples.Of(completion)));

    [Theory]
    [InlineData("""{"a":1,"b":[1,2]}""", """{ "b": [1.0, 2e0], "a": 1 }""", 1)]
    [InlineData("""{"a":1}""", """{"a":1,"b":null}""", 0)]
    [InlineData("[1,2]", "[2,1]", 0)]
    [InlineData("\"A\"", "\"\\u0041\"", 1)]
    [InlineData("1", "not json", 0)]
    public void JSON_values_are_equal_by_what_they_mean(string answer, string completion, double expected) =>
        Assert.Equal(expected, Samples.Score("jsonEqual", Samples.Of(completion, answer)));

    [Fact]
    public void JSON_is_read_down_to_a_stated_depth_and_beyond_it_the_message_says_so()
    {
        string deep = Nested(JsonText.MaxDepth);
        Assert.Equal(1, Samples.Score("json", Samples.Of(deep)));
        Assert.Equal(1, Samples.Score("jsonEqual", Samples.Of(deep, deep)));
        Assert.True(Accepts("""{"items":{"$ref":"#"}}""", deep));
        Assert.Equal(0, Samples.Score("json", Samples.Of(Nested(JsonText.MaxDepth + 1))));
        Assert.Equal(0, Samples.Score("json", Samples.Of(Nested(1_000_000))));
        Assert.Equal(1, Samples.Score("json", Samples.Of($"\"\\\"{new string('[', 1000)}\"")));

        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", $"prompt,answer\na,{Nested(JsonText.MaxDepth + 1)}\nb,\"[\"\n");
        var problems = new List<InputProblem>();
        _ = Dataset.Questions(file, new DatasetChecks { Readers = [new RewardSettings.JsonEqual()] }, problems).Count();
        Assert.Contains(
            "JSON nested more than 1000 levels deep",
            Assert.Single(problems, problem => problem.Row == 2).ToString(),
            StringComparison.Ordinal);
        Assert.Contains(
            "column answer: found \"[\"",
            Assert.Single(problems, problem => problem.Row == 3).ToString(),
            StringComparison.Ordinal);
        Assert.False(JsonSchema.TryRead(Nested(JsonText.MaxDepth + 1), out _, out var ofSchema));
        Assert.Contains("nested more than 1000 levels deep", ofSchema[0].Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", "3", true)]
    [InlineData("false", "3", false)]
    [InlineData("""{"type":"integer"}""", "3.0", true)]
    [InlineData("""{"type":"integer"}""", "3.5", false)]
    [InlineData("""{"type":["null","boolean"]}""", "false", true)]
    [InlineData("""{"type":["null","boolean"]}""", "0", false)]
    [InlineData("""{"enum":[1,"a",{"x":[]}]}""", """{"x":[]}""", true)]
    [InlineData("""{"enum":[1,"a"]}""", "2", false)]
    [InlineData("""{"const":{"a":1,"b":2}}""", """{"b":2,"a":1}""", true)]
    [InlineData("""{"multipleOf":0.01}""", "19.99", true)]
    [InlineData("""{"multipleOf":0.01}""", "19.999", false)]
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"😀😀\"", true)]
    [InlineData("""{"maxLength":1}""", "\"ab\"", false)]
    [InlineData("""{"pattern":"^a+$"}""", "\"aaa\"", true)]
    [InlineData("""{"pattern":"^a+$"}""", "\"aba\"", false)]
    [InlineData("""{"pattern":"^a+$"}""", "7", true)]
    [InlineData("""{"minItems":1,"maxItems":2,"uniqueItems":true}""", "[1,2]", true)]
    [InlineData("""{"uniqueItems":true}""", "[1,1.0]", false)]
    [InlineData("""{"uniqueItems":false}""", "[1,1]", true)]
    [InlineData("""{"minItems":1}""", "[]", false)]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1,2]""", true)]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1,"b"]""", false)]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a",1]""", false)]
    [InlineData("""{"required":["a"],"properties":{"a":{"type":"string"}},"additionalProperties":false}""", """{"a":"x"}""", true)]
    [InlineData("""{"required":["a"],"properties":{"a":{"type":"string"}},"additionalProperties":false}""", """{"a":"x","b":1}""", false)]
    [InlineData("""{"required":["a"]}""", """{"b":1}""", false)]
    [InlineData("""{"additionalProperties":{"type":"number"}}""", """{"b":1}""", true)]
    [InlineData("""{"minProperties":1,"maxProperties":1}""", """{"a":1}""", true)]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "6", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "4", false)]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", "2", true)]
    [InlineData("""{"oneOf":[{"minimum":1},{"maximum":3}]}""", "2", false)]
    [InlineData("""{"oneOf":[{"minimum":1},{"maximum":3}]}""", "9", true)]
    [InlineData("""{"not":{"type":"null"}}""", "null", false)]
    [InlineData(
        """{"$defs":{"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}}}},"$ref":"#/$defs/tree"}""",
        """{"next":{"next":{}}}""", true)]
    [InlineData(
        """{"$defs":{"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}}}},"$ref":"#/$defs/tree"}""",
        """{"next":{"next":3}}""", false)]
    [InlineData("""{"properties":{"child":{"$ref":"#"}},"required":["name"]}""", """{"name":1,"child":{}}""", false)]
    [InlineData(
        """{"title":"t","description":"d","$schema":"https://json-schema.org/draft/2020-12/schema","format":"email"}""", "3", true)]
    public void A_schema_accepts_what_its_keywords_say(string schema, string value, bool expected) =>
        Assert.Equal(expected, Accepts(schema, value));

    [Fact]
    public void Bounds_are_those_of_numbers() => Laws.Hold(
        from value in Small from limit in Small select (value, limit),
        c => Accepts($$"""{"minimum":{{c.limit}}}""", Text(c.value)) == (c.value >= c.limit)
            && Accepts($$"""{"maximum":{{c.limit}}}""", Text(c.value)) == (c.value <= c.limit)
            && Accepts($$"""{"exclusiveMinimum":{{c.limit}}}""", Text(c.value)) == (c.value > c.limit)
            && Accepts($$"""{"exclusiveMaximum":{{c.limit}}}""", Text(c.value)) == (c.value < c.limit));

    [Fact]
    public void Not_is_the_complement_and_all_any_one_are_what_they_are_called() => Laws.Hold(
        from value in Small from low in Small from high in Small select (
            Value: Text(value),
            A: $$"""{"minimum":{{low}}}""",
            B: $$"""{"maximum":{{high}}}"""),
        c =>
        {
            bool a = Accepts(c.A, c.Value);
            bool b = Accepts(c.B, c.Value);
            return Accepts($$"""{"not":{{c.A}}}""", c.Value) == !a
                && Accepts($$"""{"allOf":[{{c.A}},{{c.B}}]}""", c.Value) == (a && b)
                && Accepts($$"""{"anyOf":[{{c.A}},{{c.B}}]}""", c.Value) == (a || b)
                && Accepts($$"""{"oneOf":[{{c.A}},{{c.B}}]}""", c.Value) == (a != b);
        });

    [Theory]
    [InlineData("""{"requried":["a"]}""", "#/requried", "the unknown keyword \"requried\"", "\"required\", perhaps")]
    [InlineData("""{"items":{"nullable":true}}""", "#/items/nullable", "the unknown keyword \"nullable\"", "")]
    [InlineData("""{"type":"text"}""", "#/type", "\"\"text\"\"", "one or a list of null, boolean")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "#/$ref", "none", "\"#\" or \"#/$defs/NAME\"")]
    [InlineData("""{"$ref":"#"}""", "#", "refers to itself", "references that end")]
    [InlineData(
        """{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""", "#/$defs/a", "refers to itself", "")]
    [InlineData("""{"pattern":"(a"}""", "#/pattern", "", "a regular expression of ECMA-262 (a group that is not closed)")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#"}""", "#/$schema", "draft-07", "or no $schema: other drafts")]
    [InlineData("""{"$ref":"other.json"}""", "#/$ref", "other.json", "other documents are not loaded")]
    [InlineData("""{"patternProperties":{"*":true}}""", "#/patternProperties", "the name \"*\"", "nothing before it")]
    [InlineData("""{"dependentRequired":{"a":"b"}}""", "#/dependentRequired", "", "an object of lists of property names")]
    [InlineData("{\n\"type\":\n}", "#", "text that is not JSON (line 3)", "a JSON Schema")]
    [InlineData("""{"pattern":3}""", "#/pattern", "3", "a regular expression")]
    [InlineData("""{"minItems":-1}""", "#/minItems", "-1", "a whole number of at least 0")]
    [InlineData("""{"minimum":"1"}""", "#/minimum", "1", "a number")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf", "0", "a number above 0")]
    [InlineData("""{"enum":3}""", "#/enum", "3", "a list of values")]
    [InlineData("""{"required":"a"}""", "#/required", "a", "a list of property names")]
    [InlineData("""{"properties":[]}""", "#/properties", "[]", "an object of schemas")]
    [InlineData("""{"anyOf":[]}""", "#/anyOf", "[]", "a list of at least one schema")]
    [InlineData("""{"uniqueItems":1}""", "#/uniqueItems", "1", "true or false")]
    [InlineData("""{"items":3}""", "#/items", "3", "a schema: an object, true or false")]
    [InlineData("not json", "#", "text that is not JSON", "a JSON Schema")]
    public void A_schema_that_cannot_be_used_is_refused_by_its_place(string schema, string place, string found, string expected)
    {
        Assert.False(JsonSchema.TryRead(schema, out _, out var problems));
        SchemaProblem problem = Assert.Single(problems);
        Assert.Equal(place, problem.Place);
        Assert.Contains(found, problem.Found, StringComparison.Ordinal);
        Assert.Contains(expected, problem.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_comes_from_a_file_or_from_the_row()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("s.json", """{"type":"string"}""");
        Assert.Equal(1, Samples.Score($$"""{"type":"jsonSchema","schema":{{JsonSerializer.Serialize(file)}}}""", Samples.Of("\"x\"")));
        var row = new Dictionary<string, string> { ["shape"] = """{"type":"array"}""" };
        Assert.Equal(1, Samples.Score("""{"type":"jsonSchema","schemaColumn":"shape"}""", Samples.Of("[]", fields: row)));
        Assert.Equal(0, Samples.Score("""{"type":"jsonSchema","schemaColumn":"shape"}""", Samples.Of("\"x\"", fields: row)));
        Assert.Contains(
            "schema: found neither a schema nor a schemaColumn; expected one of the two.",
            Samples.Refusal("jsonSchema"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_a_reward_cannot_read_are_refused_with_the_dataset()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt,shape\na,\"{\"\"type\"\":\"\"text\"\"}\"\nb,\nc,true\n");
        var problems = new List<InputProblem>();
        string none = JsonSerializer.Serialize(Path.Combine(folder.Path, "none.json"));
        var rewards = RecipeReader.ParseRewards(
            $$"""[{"type":"jsonSchema","schemaColumn":"shape"},{"type":"jsonSchema","name":"other","schema":{{none}}}]""",
            "test");
        Question[] questions = [.. Dataset.Questions(file, new DatasetChecks { Readers = rewards }, problems)];
        Assert.Equal([("c", "", "true")], questions.Select(question => (question.Prompt, question.Answer, question.Fields["shape"])));
        Assert.Equal(3, problems.Count);
        Assert.Contains("none.json: found no such file", problems[0].ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "row 2, column shape: found at #/type \"\"text\"\"; expected one or a list of null",
            problems[1].ToString(),
            StringComparison.Ordinal);
        Assert.Contains(
            "row 3, column shape: found an empty cell; expected what the reward reads.",
            problems[2].ToString(),
            StringComparison.Ordinal);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private static bool Accepts(string schema, string value)
    {
        Assert.True(JsonSchema.TryRead(schema, out JsonSchema? read, out var problems), string.Join('\n', problems));
        using JsonDocument document = JsonDocument.Parse(value, new JsonDocumentOptions { MaxDepth = JsonText.MaxDepth });
        return read!.Accepts(document.RootElement);
    }
}
