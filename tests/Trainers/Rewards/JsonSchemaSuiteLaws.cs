using System.Text.Json;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>
/// The official test suite of JSON Schema, draft 2020-12: in the folder that RLCORE_JSON_SCHEMA_SUITE names, else in
/// shared/json-schema-suite beside the repository.
/// </summary>
public class JsonSchemaSuiteLaws
{
    [Fact]
    public void The_validator_answers_as_the_suite_says_wherever_it_takes_the_schema()
    {
        string root = Environment.GetEnvironmentVariable("RLCORE_JSON_SCHEMA_SUITE") is { Length: > 0 } named
            ? named
            : Path.Combine(Repository.Root, "..", "shared", "json-schema-suite");
        string folder = Path.Combine(root, "tests", "draft2020-12");
        Assert.SkipUnless(Directory.Exists(folder), $"The test suite of JSON Schema is neither in RLCORE_JSON_SCHEMA_SUITE nor in {root}.");
        int right = 0;
        var wrong = new List<string>();
        var refused = new List<string>();
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            foreach (JsonElement group in document.RootElement.EnumerateArray())
            {
                string name = $"{Path.GetFileName(file)}: {group.GetProperty("description")}";
                JsonElement[] tests = [.. group.GetProperty("tests").EnumerateArray()];
                if (!JsonSchema.TryRead(group.GetProperty("schema").GetRawText(), out JsonSchema? schema, out var problems))
                {
                    refused.Add($"{name} ({tests.Length}): {problems[0]}");
                    continue;
                }

                foreach (JsonElement test in tests)
                {
                    bool isRight = schema!.Accepts(test.GetProperty("data")) == test.GetProperty("valid").GetBoolean();
                    right += isRight ? 1 : 0;
                    wrong.AddRange(isRight ? [] : [$"{name}: {test.GetProperty("description")}"]);
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(right >= 1246, $"{right} are right; refused are\n{string.Join('\n', refused)}");
    }
}
