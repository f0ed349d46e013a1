using System.Globalization;
using System.Text.RegularExpressions;
using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>The datasets that come with the repository, and the recipe that reads them.</summary>
public partial class ArithmeticLaws
{
    private static readonly string Folder = Path.Combine(Repository.Root, "data", "arithmetic");

    private static List<(int A, int B, string Answer)> Sft { get; } =
        [.. Dataset.LoadDemonstrations(Path.Combine(Folder, "sft.csv"), new DatasetChecks())
            .Select(row => Parse(row.Prompt, row.Completion))];

    private static List<(int A, int B, string Answer)> Prompts { get; } = Questions("prompts.csv");

    private static List<(int A, int B, string Answer)> Eval { get; } = Questions("eval.csv");

    [Fact]
    public void No_file_holds_a_sum_of_another_in_either_order()
    {
        var sft = Sft.Select(Unordered).ToHashSet();
        var prompts = Prompts.Select(Unordered).ToHashSet();
        var eval = Eval.Select(Unordered).ToHashSet();
        Assert.Empty(sft.Intersect(eval));
        Assert.Empty(prompts.Intersect(eval));
        Assert.Empty(sft.Intersect(prompts));
    }

    [Fact]
    public void Every_prompt_is_one_of_its_file_and_every_answer_is_right()
    {
        foreach (var rows in new[] { Sft, Prompts, Eval })
        {
            Assert.Equal(rows.Count, rows.Select(row => (row.A, row.B)).Distinct().Count());
            Assert.All(rows, row => Assert.Equal((row.A + row.B).ToString(CultureInfo.InvariantCulture), row.Answer));
        }
    }

    [Fact]
    public void The_readme_states_the_rows_of_each_file()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "data", "README.md"));
        Assert.Contains($"| `arithmetic/sft.csv` | `prompt,completion` | {Sft.Count} |", readme, StringComparison.Ordinal);
        Assert.Contains($"| `arithmetic/prompts.csv` | `prompt,answer` | {Prompts.Count} |", readme, StringComparison.Ordinal);
        Assert.Contains($"| `arithmetic/eval.csv` | `prompt,answer` | {Eval.Count} |", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_are_those_that_their_program_makes()
    {
        // The dealing of make.cs, told again: the constants are read from it.
        string program = File.ReadAllText(Path.Combine(Folder, "make.cs"));
        int Constant(string name) =>
            int.Parse(Regex.Match(program, $@"const \w+ {name} = (\d+);").Groups[1].Value, CultureInfo.InvariantCulture);
        int smallest = Constant("Smallest");
        int span = Constant("Largest") - smallest + 1;
        (int A, int B)[] pairs = [.. Enumerable.Range(smallest, span)
            .SelectMany(a => Enumerable.Range(a, smallest + span - a).Select(b => (a, b)))];
        int[] order = Philox.Permutation((ulong)Constant("Seed"), RandomPurpose.Shuffle, 0, pairs.Length);
        var dealt = new Queue<(int A, int B)>(order.Select(place => pairs[place]));
        foreach (var (rows, stream) in new[] { (Eval, 1u), (Sft, 2u), (Prompts, 3u) })
        {
            var sums = new List<(int A, int B)>();
            while (sums.Count < rows.Count)
            {
                var (a, b) = dealt.Dequeue();
                sums.AddRange(a == b ? [(a, b)] : [(a, b), (b, a)]);
            }

            int[] places = Philox.Permutation((ulong)Constant("Seed"), RandomPurpose.Shuffle, stream, rows.Count);
            Assert.Equal(places.Select(place => sums[place]), rows.Select(row => (row.A, row.B)));
        }
    }

    [Fact]
    public void Sums_of_three_are_right_and_none_is_trained_on_and_evaluated_in_either_order()
    {
        var checks = new DatasetChecks { Readers = [new RewardSettings.Numeric()] };
        var trained = Dataset.LoadDemonstrations(Path.Combine(Folder, "three.csv"), checks)
            .Select(row => (Terms: Terms(row.Prompt), Answer: row.Completion)).ToArray();
        var evaluated = Dataset.LoadQuestions(Path.Combine(Folder, "three-eval.csv"), checks)
            .Select(row => (Terms: Terms(row.Prompt), row.Answer)).ToArray();
        Assert.All(
            [.. trained, .. evaluated],
            row => Assert.Equal(row.Terms.Sum().ToString(CultureInfo.InvariantCulture), row.Answer));
        Assert.All(evaluated, row => Assert.Equal(3, row.Terms.Length));
        string Unordered(int[] terms) => string.Join('+', terms.Order());
        Assert.Empty(trained.Select(row => Unordered(row.Terms)).Intersect(evaluated.Select(row => Unordered(row.Terms))));
        var pairs = trained.Where(row => row.Terms.Length == 2).ToArray();
        Assert.Equal(trained.Length / 3, pairs.Length);
        Assert.Empty(pairs.Select(row => Unordered(row.Terms)).Intersect(Eval.Select(row => Unordered([row.A, row.B]))));
        int[] Terms(string prompt) =>
            [.. prompt.TrimEnd('=').Split('+').Select(term => int.Parse(term, CultureInfo.InvariantCulture))];
    }

    [Fact]
    public void Each_preference_is_a_question_of_training_with_its_sum_before_one_that_is_wrong_in_one_digit()
    {
        var preferences = Dataset.Preferences(Path.Combine(Folder, "preferences.csv"), new DatasetChecks(), []).ToArray();
        Assert.Equal(
            Prompts.Take(preferences.Length).Select(row => ($"{row.A}+{row.B}=", row.Answer)),
            preferences.Select(row => (row.Prompt, row.Chosen)));
        Assert.All(
            preferences,
            row => Assert.Equal(
                (row.Chosen.Length, 1),
                (row.Rejected.Length, row.Chosen.Zip(row.Rejected).Count(pair => pair.First != pair.Second))));
        Assert.Contains(
            $"| `arithmetic/preferences.csv` | `prompt,chosen,rejected` | {preferences.Length} |",
            File.ReadAllText(Path.Combine(Repository.Root, "data", "README.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Each_held_out_pair_is_a_question_of_the_evaluation_with_its_sum_before_one_that_is_wrong_in_one_digit()
    {
        var pairs = Dataset.Preferences(Path.Combine(Folder, "preferences-eval.csv"), new DatasetChecks(), []).ToArray();
        Assert.Equal(Eval.Select(row => ($"{row.A}+{row.B}=", row.Answer)), pairs.Select(row => (row.Prompt, row.Chosen)));
        Assert.All(
            pairs,
            row => Assert.Equal(
                (row.Chosen.Length, 1),
                (row.Rejected.Length, row.Chosen.Zip(row.Rejected).Count(pair => pair.First != pair.Second))));
        Assert.Contains(
            $"| `arithmetic/preferences-eval.csv` | `prompt,chosen,rejected` | {pairs.Length} |",
            File.ReadAllText(Path.Combine(Repository.Root, "data", "README.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_reward_recipe_reads_its_datasets()
    {
        RunInputs inputs = RunInputs.Read(RecipeReader.Read(Path.Combine(Repository.Root, "recipes", "reward.json"), []));
        var data = Assert.IsType<RewardModelData>(inputs.Stages[1]);
        Assert.Equal((2000, Eval.Count), (data.Rankings.Count, data.HeldOut.Count));
    }

    [Fact]
    public void The_preference_recipe_reads_its_datasets()
    {
        RunInputs inputs = RunInputs.Read(RecipeReader.Read(Path.Combine(Repository.Root, "recipes", "sft-dpo.json"), []));
        Assert.Equal(
            (Sft.Count, 2000, Eval.Count),
            (
                Assert.IsType<SupervisedData>(inputs.Stages[0]).Demonstrations.Count,
                Assert.IsType<PreferenceData>(inputs.Stages[1]).Pairs.Count,
                inputs.Evaluation.Count));
    }

    [Fact]
    public void The_quickstart_recipe_reads_its_datasets()
    {
        Recipe recipe = RecipeReader.Read(Path.Combine(Repository.Root, "recipes", "quickstart.json"), []);
        RunInputs inputs = RunInputs.Read(recipe);
        Assert.Equal(
            (Sft.Count, Prompts.Count, Eval.Count),
            (
                Assert.IsType<SupervisedData>(inputs.Stages[0]).Demonstrations.Count,
                Assert.IsType<OnPolicyData>(inputs.Stages[1]).Questions.Count,
                inputs.Evaluation.Count));
    }

    private static List<(int A, int B, string Answer)> Questions(string name) =>
        [.. Dataset.LoadQuestions(Path.Combine(Folder, name), new DatasetChecks { Readers = [new RewardSettings.Numeric()] })
            .Select(row => Parse(row.Prompt, row.Answer))];

    private static (int A, int B, string Answer) Parse(string prompt, string answer)
    {
        Match match = Sum().Match(prompt);
        Assert.True(match.Success, prompt);
        return (
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
            answer);
    }

    private static (int, int) Unordered((int A, int B, string Answer) row) => (Math.Min(row.A, row.B), Math.Max(row.A, row.B));

    [GeneratedRegex(@"^(0|[1-9][0-9]?)\+(0|[1-9][0-9]?)=$")]
    private static partial Regex Sum();
}
