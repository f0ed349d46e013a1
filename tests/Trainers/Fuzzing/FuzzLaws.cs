using RlCore.Fuzz;

namespace RlCore.Trainers.Tests.Fuzzing;

/// <summary>A few mutated inputs for each parser; tests/Fuzz takes millions.</summary>
public class FuzzLaws
{
    // What these read also depends on other files, which the seeds lack.
    private static readonly string[] Refusing = ["run-file"];

    public static TheoryData<string> Names => [.. Parsers.All.Select(parser => parser.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_parser_answers_with_more_than_a_typed_error(string name)
    {
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        var session = new FuzzSession(new FuzzOptions(60, 7, [name], folder.Path), output);
        IReadOnlyList<Finding> found = session.Run(Parsers.All);

        // How busy the machine is does not count here.
        Assert.True(found.All(finding => finding.Kind == FuzzSession.Slow), output.ToString());
        Assert.Equal(Refusing.Contains(name), output.ToString().Contains("refuses a seed", StringComparison.Ordinal));
    }

    /// <summary>Inputs that were found by the program: beginning, a part that is repeated, end.</summary>
    [Theory]
    [InlineData("csv-questions", "sep=", "é", 1, "\nprompt,answer\n1,2\n")]
    [InlineData("csv-questions", "sep=", "7", 1, "\nprompt,answer\n1,2\n")]
    [InlineData("json-lines", "{\"prompt\":\"a\",\"completion\":\"b\",\"", "\\ud800", 1, "\":1}\n")]
    [InlineData("json-lines", "{\"prompt\":\"a\",\"completion\":\"b\"}\n", "{\"\n", 20_000, "")]
    [InlineData("json-list", "[{\"messages\":[{\"role\":\"", "\\udc00", 1, "\",\"content\":\"b\"}]}]")]
    [InlineData("tokenizer", "{\"", "\\ud800", 1, "\":1}")]
    [InlineData("schema", "{\"pattern\":\"^", "(a|b){99}", 9, "$\"}")]
    [InlineData("schema", "{\"pattern\":\"", "a", 12_000, "\"}")]
    [InlineData("schema", "{\"pattern\":\"^(a|b", "*", 2, "$\"}")]
    [InlineData("recipe", "{\"characters\":\"ab\",\"stages\":[{\"type\":\"sft\",\"steps\":1,\"data\":\"", "\\u0000", 1, "\"}]}")]
    [InlineData("recipe", "{\"", "wid[0].", 8000, "\":1}")]
    [InlineData("recipe-setting", "", "stages.0.", 8000, "=1")]
    [InlineData("model-settings", "{\"", "l[::-1]", 8000, "\":1}")]
    [InlineData("judge-text", "It is", " { \"x\": {\"score\": not !1} } good.", 2000, "")]
    public void Inputs_that_once_failed_are_answered(string name, string start, string part, int times, string end)
    {
        using var folder = new TemporaryFolder();
        Parser parser = Parsers.All.Single(parser => parser.Name == name) with
        {
            Seeds = Parsers.Seeds(start + string.Concat(Enumerable.Repeat(part, times)) + end),
        };
        using var output = new StringWriter();
        IReadOnlyList<Finding> found = new FuzzSession(new FuzzOptions(1, 1, [], folder.Path), output).Run([parser]);
        Assert.True(found.Count == 0, output.ToString());
    }

    [Fact]
    public void An_exception_without_a_type_and_a_large_allocation_are_found_and_kept()
    {
        using var folder = new TemporaryFolder();
        Parser[] parsers =
        [
            new("wild", "a.txt", Parsers.Seeds("ab"), _ => throw new FormatException("no")),
            new("large", "b.txt", Parsers.Seeds("ab"), _ => GC.KeepAlive(new byte[FuzzSession.AllocationFloor + 1000])),
            new("tame", "c.txt", Parsers.Seeds("ab"), _ => { }),
        ];
        IReadOnlyList<Finding> found = new FuzzSession(new FuzzOptions(6, 1, [], folder.Path), TextWriter.Null).Run(parsers);
        Assert.Equal(
            [("wild", "FormatException"), ("wild", "FormatException"), ("large", "large"), ("large", "large")],
            found.Select(finding => (finding.Parser, finding.Kind)));
        Assert.Equal("ab", File.ReadAllText(found[0].Kept));
    }

    [Fact]
    public void Equal_seeds_give_equal_inputs()
    {
        byte[] seed = "{\"a\": [1, 2, 3], \"b\": \"text\"}"u8.ToArray();
        var (one, same, other) = (new Mutator(5), new Mutator(5), new Mutator(6));
        byte[][] Inputs(Mutator mutator) => [.. Enumerable.Range(0, 50).Select(_ => mutator.Change(seed, seed))];
        byte[][] inputs = Inputs(one);
        Assert.Equal(inputs, Inputs(same));
        Assert.NotEqual(inputs, Inputs(other));
        Assert.InRange(inputs.Select(Convert.ToHexString).Distinct().Count(), 45, 50);
    }
}
