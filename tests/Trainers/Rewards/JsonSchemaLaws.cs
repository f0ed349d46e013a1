using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>JSON Schema beyond its common keywords: patterns of ECMA-262, exact numbers, and the work that a value can cause.</summary>
public class JsonSchemaLaws
{
    [Theory]
    [InlineData(@"^\d+$", "42", true)]
    [InlineData(@"^\d+$", "٤٢", false)]
    [InlineData("^a$", "a", true)]
    [InlineData("^a$", "a\n", false)]
    [InlineData(@"^\w$", "é", false)]
    [InlineData(@"^\W$", "é", true)]
    [InlineData(@"^\s$", "\ufeff", true)]
    [InlineData(@"^\s$", "\u0085", false)]
    [InlineData(@"^\S$", "\u200b", true)]
    [InlineData(@"^.$", "\u2028", false)]
    [InlineData(@"^.$", "\u0085", true)]
    [InlineData(@"^.$", "😀", true)]
    [InlineData(@"^.{2}$", "😀", false)]
    [InlineData(@"^[^a]$", "😀", true)]
    [InlineData(@"^[😀-😂]+$", "😁😂", true)]
    [InlineData(@"^[😀-😂]$", "😃", false)]
    [InlineData(@"^[\u{1F600}]$", "😀", true)]
    [InlineData(@"^\uD83D\uDE00$", "😀", true)]
    [InlineData(@"^[\u{1F000}-\u{1FFFF}]$", "😀", true)]
    [InlineData(@"^[\u{1F000}-\u{1FFFF}]$", "𠀀", false)]
    [InlineData(@"^\p{L}+$", "aé𠀀", true)]
    [InlineData(@"^\p{Letter}$", "1", false)]
    [InlineData(@"^\p{Lu}$", "a", false)]
    [InlineData(@"^\P{gc=Lu}$", "a", true)]
    [InlineData(@"^\p{LC}\p{Sc}\p{ASCII}$", "a€z", true)]
    [InlineData(@"^[\w-]+$", "a-b_1", true)]
    [InlineData(@"^[a\-z]+$", "b", false)]
    [InlineData(@"^[\b]$", "\b", true)]
    [InlineData(@"^\cA\x41\0$", "\u0001A\0", true)]
    [InlineData(@"^\/\.\-$", "/.-", true)]
    [InlineData(@"\bcat\b", "a cat.", true)]
    [InlineData(@"\bcat\b", "concat", false)]
    [InlineData(@"\bé", "é", false)]
    [InlineData(@"a\Bb", "ab", true)]
    [InlineData("^(?=.*[A-Z])(?=.*[0-9]).{4,}$", "abC1", true)]
    [InlineData("^(?=.*[A-Z])(?=.*[0-9]).{4,}$", "abc1", false)]
    [InlineData("^(?!no)", "no", false)]
    [InlineData("(?<=a)b", "ab", true)]
    [InlineData("(?<!a)b", "ab", false)]
    [InlineData(@"^(a|b)\1$", "bb", true)]
    [InlineData(@"^(a|b)\1$", "ab", false)]
    [InlineData(@"^(?<x>a)(b)\2\k<x>$", "abba", true)]
    [InlineData(@"^(?:(a)|b)\1$", "b", true)]
    [InlineData("^a{2,3}?$", "aaa", true)]
    [InlineData("^a{2}$", "aaa", false)]
    [InlineData("^{a}$", "{a}", true)]
    [InlineData("^a{,2}$", "a{,2}", true)]
    [InlineData("^(|a)$", "", true)]
    [InlineData("[]", "a", false)]
    [InlineData("[^]", "\n", true)]
    public void A_pattern_is_ECMA_262s(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Accepts($$"""{"pattern":{{JsonSerializer.Serialize(pattern)}}}""", JsonSerializer.Serialize(text)));

    [Theory]
    [InlineData(@"\A", @"the escape \A")]
    [InlineData("a)", "closes nothing")]
    [InlineData("(a", "not closed")]
    [InlineData("[a", "not closed")]
    [InlineData("[b-a]", "a later one")]
    [InlineData(@"[\d-z]", "a later one")]
    [InlineData("a**", "after a quantifier")]
    [InlineData("a{3,2}", "from more to fewer")]
    [InlineData("a{99999999999}", "too large")]
    [InlineData("(?i)a", "a group with ?")]
    [InlineData(@"\1", "does not exist")]
    [InlineData(@"(?<x>a)\k<y>", "does not exist")]
    [InlineData(@"\p{Script=Greek}", "no general category")]
    [InlineData(@"\u12", "hexadecimal")]
    [InlineData(@"\u{110000}", "without a code point")]
    public void What_is_no_pattern_is_refused_with_its_reason(string pattern, string reason)
    {
        Assert.False(JsonSchema.TryRead($$"""{"pattern":{{JsonSerializer.Serialize(pattern)}}}""", out _, out var problems));
        Assert.Contains(reason, Assert.Single(problems).Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"maximum":1e999999999}""", "1e999999998", true)]
    [InlineData("""{"maximum":1e999999998}""", "1e999999999", false)]
    [InlineData("""{"minimum":-0.5}""", "-0.49999999999999999999999999", true)]
    [InlineData("""{"minimum":-0.5}""", "-0.50000000000000000000000001", false)]
    [InlineData("""{"exclusiveMinimum":0}""", "-0", false)]
    [InlineData("""{"type":"integer"}""", "1e999999999", true)]
    [InlineData("""{"type":"integer"}""", "1.50e1", true)]
    [InlineData("""{"type":"integer"}""", "1e-999999999", false)]
    [InlineData("""{"multipleOf":0.0001}""", "0.0075", true)]
    [InlineData("""{"multipleOf":3}""", "1e999999999", false)]
    [InlineData("""{"multipleOf":1e999999999}""", "3", false)]
    [InlineData("""{"multipleOf":7e-999999999}""", "14e999999999", true)]
    [InlineData("""{"const":100}""", "1.00e2", true)]
    [InlineData("""{"uniqueItems":true}""", "[1e999999999,10e999999998]", false)]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"b":2.0,"a":1}]""", false)]
    [InlineData("""{"uniqueItems":true}""", """[["a","b"],["a\",\"b"],1,"1",true,"True"]""", true)]
    [InlineData("""{"maxLength":3.0}""", "\"abcd\"", false)]
    public void Numbers_are_exact_whatever_their_size(string schema, string value, bool expected) =>
        Assert.Equal(expected, Accepts(schema, value));

    [Theory]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}""", "\"a\"", false)]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}""", "5", true)]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}""", "4", false)]
    [InlineData("""{"then":{"minLength":2}}""", "\"a\"", true)]
    [InlineData("""{"contains":{"const":1}}""", "[2,1]", true)]
    [InlineData("""{"contains":{"const":1}}""", "[2]", false)]
    [InlineData("""{"contains":{"const":1},"minContains":2,"maxContains":3}""", "[1,1]", true)]
    [InlineData("""{"contains":{"const":1},"minContains":2}""", "[1]", false)]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", "[1,1]", false)]
    [InlineData("""{"contains":{"const":1},"minContains":0}""", "[]", true)]
    [InlineData("""{"maxContains":0}""", "[1]", true)]
    [InlineData("""{"patternProperties":{"^a":{"type":"number"}}}""", """{"ab":"x"}""", false)]
    [InlineData("""{"patternProperties":{"^a":true},"additionalProperties":false}""", """{"ab":1}""", true)]
    [InlineData("""{"patternProperties":{"^a":true},"additionalProperties":false}""", """{"ba":1}""", false)]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"abc":1}""", false)]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", false)]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"c":1}""", true)]
    [InlineData("""{"dependentSchemas":{"a":{"maxProperties":1}}}""", """{"a":1,"b":2}""", false)]
    [InlineData(
        """{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true}}],"unevaluatedProperties":false}""", """{"a":1,"b":1}""", true)]
    [InlineData("""{"anyOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"c":1}""", false)]
    [InlineData("""{"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false}""", """{"a":1}""", false)]
    [InlineData("""{"unevaluatedItems":false,"allOf":[{"prefixItems":[true]}]}""", "[1]", true)]
    [InlineData("""{"unevaluatedItems":false,"allOf":[{"prefixItems":[true]}]}""", "[1,2]", false)]
    [InlineData("""{"unevaluatedItems":false,"contains":{"const":1}}""", "[1,2]", false)]
    [InlineData("""{"$ref":"#a","$defs":{"x":{"$anchor":"a","type":"null"}}}""", "1", false)]
    [InlineData("""{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"null"}}}""", "1", false)]
    [InlineData(
        """{"$id":"https://x.test/s/","$ref":"t","$defs":{"x":{"$id":"t","$ref":"#/$defs/y","$defs":{"y":{"const":2}}}}}""", "2", true)]
    [InlineData(
        """{"$id":"https://x.test/s/","$ref":"t","$defs":{"x":{"$id":"t","$ref":"#/$defs/y","$defs":{"y":{"const":2}}}}}""", "1", false)]
    [InlineData("""{"enum":[{"$id":"t"}],"properties":{"$ref":{"const":1}}}""", """{"$id":"t"}""", true)]
    [InlineData(
        """
        {"$id":"urn:a","$dynamicAnchor":"n","$ref":"urn:b","unevaluatedProperties":false,
        "$defs":{"l":{"$id":"urn:b","$dynamicAnchor":"n","properties":{"next":{"$dynamicRef":"#n"}}}}}
        """,
        """{"next":{"other":1}}""", false)]
    [InlineData(
        """{"$id":"urn:a","$ref":"urn:b","$defs":{"l":{"$id":"urn:b","$dynamicAnchor":"n","properties":{"next":{"$dynamicRef":"#n"}}}}}""",
        """{"next":{"other":1}}""", true)]
    [InlineData("""{"$dynamicAnchor":"n","anyOf":[{"$dynamicRef":"#n"}]}""", "1", false)]
    public void Keywords_that_look_at_others_do_as_the_draft_says(string schema, string value, bool expected) =>
        Assert.Equal(expected, Accepts(schema, value));

    public static TheoryData<string, string, string, bool> Heavy => new()
    {
        { "two equal branches at each level", Branches("anyOf"), Nested(300, "null"), false },
        { "two equal branches of each one", Branches("oneOf"), Nested(300, "\"leaf\""), false },
        { "two equal branches of all", Branches("allOf"), Nested(300, "\"leaf\""), true },
        { "definitions that double", Doubling(60), "1", false },
        { "unevaluated at each level", Branches("anyOf", ",\"unevaluatedProperties\":false"), Nested(200, "1"), false },
        { "many items", """{"uniqueItems":true}""", $"[{string.Join(',', Enumerable.Range(0, 50_000))}]", true },
        { "a pattern that backtracks", """{"pattern":"^(a+)+$"}""", $"\"{new string('a', 50_000)}b\"", false },
        { "a pattern that looks ahead", """{"pattern":"^(?=(?:a|aa)+$)"}""", $"\"{new string('a', 5_000)}b\"", false },
        {
            "many names for a pattern that looks ahead",
            """{"patternProperties":{"^(?=(?:a|aa)+$)":false}}""",
            $"{{{string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"{new string('a', 40 + i)}b\":1"))}}}",
            false
        },
        {
            "many patterns for many names",
            $"{{\"patternProperties\":{{{string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"a.*{i}$\":true"))}}}}}",
            $"{{{string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"a{i}\":1"))}}}",
            true
        },
    };

    /// <summary>Without memory of what is known, a tree of branches takes 2^300 steps.</summary>
    [Theory]
    [MemberData(nameof(Heavy))]
    public void A_completion_cannot_make_a_check_exponential(string name, string schema, string value, bool expected)
    {
        long work = VerifierWork.Of(() => Assert.Equal(expected, Accepts(schema, value)));

        // A pattern that takes all of the time it may have is counted twice.
        Assert.True(work <= 3 * SchemaRun.Limit, $"The case of {name} took {work} checks.");
    }

    [Fact]
    public void A_check_that_passes_its_limit_is_no_match_even_under_not()
    {
        const string Slow = """{"not":{"pattern":"^(?=(?:a|aa)+$)"}}""";
        Assert.True(Accepts(Slow, "\"b\""));
        Assert.False(Accepts(Slow, $"\"{new string('a', 5_000)}b\""));
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1001, 0)]
    [InlineData(100_000, 0)]
    public void JSON_of_up_to_1000_levels_is_read(int levels, double expected)
    {
        string nested = new string('[', levels) + new string(']', levels);
        string[] rewards = ["json", "jsonEqual", """{"type":"jsonSchema","schemaColumn":"shape"}"""];
        const string Arrays = """{"type":"array","items":{"allOf":[{"$ref":"#"}]}}""";
        var fields = new Dictionary<string, string> { ["shape"] = Arrays };
        string answer = new string('[', Math.Min(levels, 1000)) + new string(']', Math.Min(levels, 1000));
        Assert.All(rewards, reward => Assert.Equal(expected, Samples.Score(reward, Samples.Of(nested, answer, fields: fields))));
    }

    [Fact]
    public void A_schema_that_is_nested_too_deep_is_refused_as_such()
    {
        Assert.False(JsonSchema.TryRead(Nested(1001, "true").Replace("next", "not", StringComparison.Ordinal), out _, out var problems));
        Assert.Equal("JSON nested more than 1000 levels deep", Assert.Single(problems).Found);
        Assert.False(JsonSchema.TryRead(new string('[', 2000) + "\"", out _, out problems));
        Assert.Equal("JSON nested more than 1000 levels deep", Assert.Single(problems).Found);
        Assert.False(JsonSchema.TryRead($"\"{new string('[', 2000)}\\\" ", out _, out problems));
        Assert.StartsWith("text that is not JSON", Assert.Single(problems).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_of_1000_levels_is_used() =>
        Assert.False(Accepts(Nested(1000, "false").Replace("next", "not", StringComparison.Ordinal), "1"));

    [Theory]
    [InlineData("""{"maxLength":1}""", """{"a\ud800":"\udc00"}""")]
    [InlineData("true", "\"\\ud800\"")]
    public void Half_a_surrogate_pair_matches_nothing(string schema, string completion)
    {
        var fields = new Dictionary<string, string> { ["shape"] = schema };
        Assert.Equal(0, Samples.Score("""{"type":"jsonSchema","schemaColumn":"shape"}""", Samples.Of(completion, fields: fields)));
        Assert.Equal(0, Samples.Score("jsonEqual", Samples.Of(completion, "1")));
    }

    private static string Nested(int levels, string leaf) =>
        string.Concat(Enumerable.Repeat("{\"next\":", levels)) + leaf + new string('}', levels);

    private static string Branches(string keyword, string more = "") =>
        $$$"""{"$defs":{"t":{"type":["object","string"]}},"$ref":"#/$defs/t","{{{keyword}}}":[{{{Next}}},{{{Next}}}]{{{more}}}}""";

    private const string Next = """{"properties":{"next":{"$ref":"#"}}}""";

    private static string Doubling(int levels)
    {
        IEnumerable<string> all = Enumerable.Range(0, levels).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            "d{{i}}":{"anyOf":[{"$ref":"#/$defs/d{{i + 1}}"},{"$ref":"#/$defs/d{{i + 1}}"}]}
            """));
        return "{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + string.Join(',', all) + $",\"d{levels}\":{{\"type\":\"string\"}}}}}}";
    }

    private static bool Accepts(string schema, string value)
    {
        Assert.True(JsonSchema.TryRead(schema, out JsonSchema? read, out var problems), string.Join('\n', problems));
        Assert.True(JsonText.TryParse(value, out JsonElement element));
        return read!.Accepts(element);
    }
}
