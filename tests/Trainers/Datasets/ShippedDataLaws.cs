using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>The datasets that come with the repository beside arithmetic, and the recipes that read them.</summary>
public partial class ShippedDataLaws
{
    private static readonly string Data = Path.Combine(Repository.Root, "data");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Data, "*.csv", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Data, file).Replace('\\', '/'))

        // Losses of runs, which are no rows to learn from.
        .Where(file => !file.StartsWith("scaling/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_is_good_and_the_readme_states_its_columns_and_rows(string name)
    {
        string file = Path.Combine(Data, name);
        DatasetSurvey survey = DatasetSurveyor.Run(file, new SurveyRequest());
        Assert.Empty(survey.Problems);
        Assert.Equal(0, survey.RepeatedRows);
        Assert.Contains(
            $"| `{name}` | `{File.ReadLines(file).First()}` | {survey.Rows.ToString(CultureInfo.InvariantCulture)} |",
            File.ReadAllText(Path.Combine(Data, "README.md")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json/eval.csv", "json/sft.csv", "json/prompts.csv")]
    [InlineData(
        "manners/eval.csv", "manners/sft.csv", "manners/prompts.csv", "manners/preferences.csv", "manners/scored.csv",
        "manners/rankings.csv", "manners/unpaired.csv")]
    [InlineData(
        "manners/preferences-eval.csv", "manners/sft.csv", "manners/prompts.csv", "manners/preferences.csv", "manners/scored.csv",
        "manners/rankings.csv", "manners/unpaired.csv")]
    public void Nothing_that_is_evaluated_is_trained_on(string eval, params string[] training)
    {
        Assert.All(
            training,
            name => Assert.Equal(
                0,
                DatasetSurveyor.Run(Path.Combine(Data, name), new SurveyRequest { Against = Path.Combine(Data, eval) }).SharedPrompts));
    }

    [Theory]
    [InlineData("sft.csv")]
    [InlineData("prompts.csv")]
    [InlineData("eval.csv")]
    public void Each_fact_is_written_as_json_that_meets_the_schema(string name)
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "json", "schema.json")));
        JsonElement properties = schema.RootElement.GetProperty("properties");
        var facts = new HashSet<(string, int)>();
        foreach (var (prompt, json) in Pairs(Path.Combine(Data, "json", name)))
        {
            Match fact = Fact().Match(prompt);
            Assert.True(fact.Success, prompt);
            using JsonDocument person = JsonDocument.Parse(json);
            Assert.Equal(["name", "age"], person.RootElement.EnumerateObject().Select(property => property.Name));
            string who = person.RootElement.GetProperty("name").GetString() ?? "";
            int age = person.RootElement.GetProperty("age").GetInt32();
            Assert.Equal((fact.Groups["name"].Value, fact.Groups["age"].Value), (who, age.ToString(CultureInfo.InvariantCulture)));
            Assert.InRange(
                who.Length,
                properties.GetProperty("name").GetProperty("minLength").GetInt32(),
                properties.GetProperty("name").GetProperty("maxLength").GetInt32());
            Assert.InRange(
                age,
                properties.GetProperty("age").GetProperty("minimum").GetInt32(),
                properties.GetProperty("age").GetProperty("maximum").GetInt32());
            Assert.True(facts.Add((who, age)), prompt);
        }
    }

    [Fact]
    public void No_fact_is_in_two_files_in_either_order()
    {
        string[][] files = [.. ((string[])["sft.csv", "prompts.csv", "eval.csv"]).Select(
            name => Pairs(Path.Combine(Data, "json", name)).Select(row => row.Text).ToArray())];
        Assert.Equal(files.Sum(file => file.Length), files.SelectMany(file => file).Distinct().Count());
    }

    [Fact]
    public void Manners_are_scored_by_please_now_and_padding()
    {
        string folder = Path.Combine(Data, "manners");
        var checks = new DatasetChecks();
        Assert.All(
            Dataset.Load(DatasetFormats.Scored, Path.Combine(folder, "scored.csv"), checks),
            row => Assert.Equal(Score(row.Completion), row.Reward));
        Assert.All(
            Dataset.Load(DatasetFormats.Unpaired, Path.Combine(folder, "unpaired.csv"), checks),
            row => Assert.Equal(Score(row.Completion) >= 0, row.Good));
        foreach (string name in (string[])["preferences.csv", "preferences-eval.csv"])
        {
            Assert.All(Dataset.Load(DatasetFormats.Preferences, Path.Combine(folder, name), checks), row =>
            {
                Assert.True(row.Margin > 0);
                Assert.Equal(Score(row.Chosen) - Score(row.Rejected), row.Margin);
            });
        }

        Assert.All(Dataset.Load(DatasetFormats.Rankings, Path.Combine(folder, "rankings.csv"), checks), row =>
        {
            double[] scores = [.. row.Completions.Select(Score)];
            Assert.Equal(4, scores.Distinct().Count());
            Assert.Equal(scores.OrderDescending(), scores);
        });
    }

    [Fact]
    public void The_best_manners_are_the_answers()
    {
        foreach (string name in (string[])["prompts.csv", "eval.csv"])
        {
            Assert.All(Pairs(Path.Combine(Data, "manners", name)), row => Assert.Equal(1, Score(row.Text)));
        }
    }

    [Theory]
    [InlineData("json", 150, 4000, 300)]
    [InlineData("manners", 420, 1260, 120)]
    [InlineData("instruct", 420, 1260, 120)]
    public void The_recipes_read_their_datasets(string recipe, int first, int second, int evaluation)
    {
        RunInputs inputs = RunInputs.Read(RecipeReader.Read(Path.Combine(Repository.Root, "recipes", $"{recipe}.json"), []));
        int Count(int stage) => inputs.Stages[stage] switch
        {
            SupervisedData data => data.Demonstrations.Count,
            PreferenceData data => data.Pairs.Count,
            RewardModelData data => data.Rankings.Count,
            QuestionData data => data.Questions.Count,
            _ => 0,
        };
        Assert.Equal((first, second, evaluation), (Count(0), Count(1), inputs.Evaluation.Count));
    }

    private static double Score(string reply) =>
        (reply.Contains("please ", StringComparison.Ordinal) ? 1 : 0) - (reply.Contains(" now, ", StringComparison.Ordinal) ? 1 : 0)
        - (reply.StartsWith("well, ", StringComparison.Ordinal) ? 0.5 : reply.StartsWith("so, look, ", StringComparison.Ordinal) ? 1 : 0);

    private static (string Prompt, string Text)[] Pairs(string file) => File.ReadLines(file)
        .First()
        .EndsWith(",answer", StringComparison.Ordinal)
        ? [.. Dataset.LoadQuestions(file, new DatasetChecks()).Select(row => (row.Prompt, row.Answer))]
        : [.. Dataset.LoadDemonstrations(file, new DatasetChecks()).Select(row => (row.Prompt, row.Completion))];

    [GeneratedRegex("^(?:name=(?<name>[A-Z][a-z]+) age=(?<age>[0-9]{2})|age=(?<age>[0-9]{2}) name=(?<name>[A-Z][a-z]+)) ->$")]
    private static partial Regex Fact();
}
