using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>
/// A completion cannot change what the words of a test mean, and no right answer is refused for where or how it declares its functions:
/// the table of <c>ProgramCases.txt</c>.
/// </summary>
public class ProgramMeaningLaws
{
    [Fact]
    public void Right_programs_score_1_and_those_that_change_the_tests_0()
    {
        Case[] cases = [.. Read()];
        Assert.True(cases.Count(one => one.IsRight) >= 30 && cases.Count(one => !one.IsRight) >= 30, "The table is not whole.");
        RewardSettings settings = RecipeReader.ParseRewards("""{"type":"program","timeLimit":60}""", "test")[0];
        RewardSample[] batch = [.. cases.Select(one => Samples.Of(
            one.Completion,
            fields: new Dictionary<string, string> { ["tests"] = one.Tests }))];
        double[] scores = settings.Create(new RewardContext()).Score(batch, CancellationToken.None);
        string[] unlike = [.. cases.Zip(scores).Where(pair => pair.Second != (pair.First.IsRight ? 1 : 0))
            .Select(pair => $"{pair.First.Name}: {pair.Second} ({Problem(pair.First)})")];
        Assert.True(unlike.Length == 0, string.Join('\n', unlike));
    }

    private static string Problem(Case one) =>
        ProgramCompiler.Compile(one.Completion, ProgramTests.Lines(one.Tests), ApiRules.WithFiles).Problem;

    private static IEnumerable<Case> Read()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Trainers", "Rewards", "ProgramCases.txt"));
        foreach (string block in text.Split("\n=== ").Skip(1))
        {
            int line = block.IndexOf('\n', StringComparison.Ordinal);
            string[] parts = block[(line + 1)..].Split("\n---\n");
            Assert.Equal(2, parts.Length);
            Assert.Matches("^(right|wrong) ", block);

            // Each test alone must not pay a wrong completion; a right one passes them together.
            bool isRight = block.StartsWith("right", StringComparison.Ordinal);
            foreach (string tests in isRight ? [parts[1]] : ProgramTests.Lines(parts[1]))
            {
                yield return new Case($"{block[..line]}: {tests}", isRight, parts[0], tests);
            }
        }
    }

    private sealed record Case(string Name, bool IsRight, string Completion, string Tests);
}
