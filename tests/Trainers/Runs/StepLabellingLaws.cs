using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A file of labelled steps, and what becomes of it when its labelling is interrupted.</summary>
public class StepLabellingLaws
{
    private static readonly Question[] Questions = [.. Enumerable.Range(0, 5).Select(i => new Question($"q{i}", "", "", i + 2))];

    [Fact]
    public void The_file_has_a_row_for_each_completion_that_has_labels()
    {
        using var folder = new TemporaryFolder();
        StepLabelOutcome outcome = Write(folder, Label);
        Assert.Equal(
            "prompt,completion,step_labels\nq0,c0;d,0.25 1\nq1,c1;d,0.25 1\nq2,c2;d,0.25 1\nq3,c3;d,0.25 1\nq4,c4;d,0.25 1\n",
            File.ReadAllText(Path.Combine(folder.Path, "out.csv")));
        Assert.Equal(new StepLabelOutcome(5, 5, 10, 0.625, 5, 0), outcome);
        Assert.Equal(["out.csv"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(3, "")]
    [InlineData(3, "[{\"Completion\":\"c3;d\",\"Lab")]           // killed while a line was written
    [InlineData(3, "[{\"Completion\":null,\"Labels\":[]}]\n")]
    [InlineData(3, "null\n")]
    public void An_interrupted_labelling_goes_on_where_it_was(int after, string torn)
    {
        using var folder = new TemporaryFolder();
        Write(folder, Label);
        byte[] straight = File.ReadAllBytes(Path.Combine(folder.Path, "out.csv"));
        File.Delete(Path.Combine(folder.Path, "out.csv"));
        Assert.Throws<OperationCanceledException>(() => Write(
            folder, (question, place) => place < after ? Label(question, place) : throw new OperationCanceledException()));
        Assert.False(File.Exists(Path.Combine(folder.Path, "out.csv")), "Nothing is written before all is labelled.");
        File.AppendAllText(Path.Combine(folder.Path, "part"), torn);

        var asked = new List<int>();
        StepLabelOutcome outcome = Write(folder, (question, place) =>
        {
            asked.Add(place);
            return Label(question, place);
        });
        Assert.Equal(Enumerable.Range(after, 5 - after), asked);
        Assert.Equal(after, outcome.Kept);
        Assert.Equal(straight, File.ReadAllBytes(Path.Combine(folder.Path, "out.csv")));
    }

    [Fact]
    public void Without_one_labelled_completion_there_is_no_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "found 5 completions, all of which are blank or read as other steps than were drawn",
            Assert.Throws<InputException>(() => Write(folder, (_, _) => [new StepLabels("", [])])).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "out.csv")), "There is nothing to write.");
    }

    [Fact]
    public void What_labels_depend_on_names_the_file_that_keeps_them()
    {
        using var folder = new TemporaryFolder();
        folder.Write("q.csv", "prompt,answer\na,b\n");
        Directory.CreateDirectory(Path.Combine(folder.Path, "model"));
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors"])
        {
            folder.Write($"model/{name}", "{}");
        }

        StepLabelRequest request = Request(folder);
        string part = StepLabelling.PartOf(request, "engine");
        Assert.Equal(part, StepLabelling.PartOf(Request(folder), "engine"));
        StepLabelSettings how = request.How;
        string[] others =
        [
            StepLabelling.PartOf(request, "another engine"),
            .. new[]
            {
                request with { Rewards = [new RewardSettings.Exact()] },
                request with { StepEnd = new StepEnd.Separator(";") },
                request with { Columns = new ColumnNames { Answer = "solution" } },
                request with { How = how with { Samples = 3 } },
                request with { How = how with { Continuations = 3 } },
                request with { How = how with { MaxTokens = 3 } },
                request with { How = how with { Hard = true } },
                request with { How = how with { PassAt = 0.5 } },
                request with { How = how with { Seed = 2 } },
                request with { How = how with { Sampling = how.Sampling with { Temperature = 0.5 } } },
            }.Select(other => StepLabelling.PartOf(other, "engine")),
        ];
        Assert.Equal(others.Length + 1, others.Append(part).Distinct().Count());
        folder.Write("q.csv", "prompt,answer\na,c\n");
        Assert.NotEqual(part, StepLabelling.PartOf(request, "engine"));
        folder.Write("q.csv", "prompt,answer\na,b\n");
        folder.Write("model/model.safetensors", "{ }");
        Assert.NotEqual(part, StepLabelling.PartOf(request, "engine"));
    }

    // Of two completions, one has labels.
    private static IReadOnlyList<StepLabels> Label(Question question, int place) =>
        [new StepLabels($"c{place};d", [0.25, 1]), new StepLabels("", [])];

    private static StepLabelOutcome Write(TemporaryFolder folder, Func<Question, int, IReadOnlyList<StepLabels>> label) =>
        StepLabelling.Write(Request(folder), Path.Combine(folder.Path, "part"), Questions, label, _ => { });

    private static StepLabelRequest Request(TemporaryFolder folder) => new(
        Path.Combine(folder.Path, "model"),
        Path.Combine(folder.Path, "q.csv"),
        Path.Combine(folder.Path, "out.csv"),
        [new RewardSettings.Numeric()],
        new StepEnd.Separator(),
        new StepLabelSettings());
}
