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
