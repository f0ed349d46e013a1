using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Fuzz;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Fuzzing;

/// <summary>A text that is no Unicode, wherever it stands in a JSON file, is an error of the input and nothing else.</summary>
public partial class WholeJsonLaws
{
    // Read by parsers of their own, which pass over what they do not need.
    private static readonly string[] Streamed = ["shard-index", "tokenizer"];

    private static readonly string[] Files =
    [
        "recipe", "config", "adapter-config", "model-settings", "tokenizer-config", "generation-config", "json-lines", "json-list", "state",
        "scalars", "sequences", "run-file", "manifest", "hub-listing", "messages", "rewards", .. Streamed,
    ];

    public static TheoryData<string> Names => [.. Files];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_text_that_is_no_Unicode_is_refused_wherever_it_stands(string name)
    {
        using var folder = new TemporaryFolder();
        Parser parser = Parsers.All.Single(parser => parser.Name == name);
        string file = folder.In(parser.FileName);
        foreach (string seed in parser.Seeds.Select(Encoding.UTF8.GetString))
        {
            foreach (Match text in Texts().Matches(seed))
            {
                foreach (byte[] bad in (byte[][])["\"\\uD800\""u8.ToArray(), "\"\\udc00x\""u8.ToArray(), [(byte)'"', 0xFF, (byte)'"']])
                {
                    byte[] input =
                    [
                        .. Encoding.UTF8.GetBytes(seed[..text.Index]),
                        .. bad,
                        .. Encoding.UTF8.GetBytes(seed[(text.Index + text.Length)..]),
                    ];
                    File.WriteAllBytes(file, input);
                    Exception? failure = Record.Exception(() => parser.Read(new FuzzInput(input, file)));
                    Assert.True(failure is null || Typed.Is(failure), $"{name}: {text.Value} at {text.Index}: {failure}");

                    // Bytes that are read as text have become U+FFFD.
                    Assert.True(
                        failure is not null || Streamed.Contains(name) || bad[1] == 0xFF, $"{name} takes half of a pair at {text.Index}.");
                }
            }
        }
    }

    [Fact]
    public void A_half_is_said_with_the_file()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("config.json", """{"model_type":"\ud800"}""");
        var refused = Assert.Throws<InputException>(() => JsonPart.Read(file, "a configuration"));
        Assert.Equal(
            $"{file}, row 1: found half of a surrogate pair, or bytes that are not UTF-8; expected a configuration; the file may be cut "
                + "off.",
            refused.Message);
    }

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""", true)]
    [InlineData("""{"\u00e9":["é", "\\ud800"]}""", true)]
    [InlineData("""{"a":["x", {"b":"\ud83d"}]}""", false)]
    [InlineData("""{"\ude00\ud83d":1}""", false)]
    public void Whole_pairs_and_escaped_backslashes_are_texts(string json, bool isWhole)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(isWhole, WholeJson.IsWhole(document.RootElement, out string problem));
        Assert.Equal(isWhole, problem.Length == 0);
        Assert.Equal(isWhole, Record.Exception(() => WholeJson.Parse(json).Dispose()) is null);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_no_text()
    {
        byte[] json = [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.Throws<JsonException>(() => WholeJson.Parse(json));
    }

    [GeneratedRegex("\"[^\"\\\\]*\"")]
    private static partial Regex Texts();
}
