using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>docs/rewards.md says what there is.</summary>
public partial class RewardPageLaws
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "rewards.md"));

    public static TheoryData<string> Snippets => [.. Snippet().Matches(Page).Select(match => match.Groups[1].Value)];

    public static TheoryData<Type> Parts => [.. typeof(RewardSettings).GetNestedTypes().Where(type => !type.IsAbstract)];

    [Theory]
    [MemberData(nameof(Snippets))]
    public void Every_snippet_is_accepted(string snippet)
    {
        if (snippet.Contains("\"stages\"", StringComparison.Ordinal))
        {
            Assert.NotEmpty(RecipeReader.Parse(snippet, "rewards.md", []).Stages);
        }
        else
        {
            Assert.NotEmpty(RecipeReader.ParseRewards(snippet, "rewards.md"));
        }
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Every_part_has_a_section_that_names_its_settings_and_a_snippet(Type part)
    {
        string name = JsonNamingPolicy.CamelCase.ConvertName(part.Name);
        string section = Assert.Single(Page.Split("\n## "), text => text.StartsWith(name + "\n", StringComparison.Ordinal));
        Assert.Contains($"\"{name}\"", section, StringComparison.Ordinal);
        string[] own = [.. part.GetProperties()
            .Where(property => property.CanWrite && property.DeclaringType == part)
            .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))];
        Assert.All(own, setting => Assert.Contains($"`{setting}`", section, StringComparison.Ordinal));
    }

    // A snippet may hold three backticks within.
    [GeneratedRegex("^```json\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
