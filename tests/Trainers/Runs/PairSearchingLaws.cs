using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Files of pairs and traces, and what becomes of them when their search is interrupted.</summary>
public class PairSearchingLaws
{
    private static readonly Question[] Questions = [.. Enumerable.Range(0, 40).Select(i => new Question($"q{i}", "", "", i + 2))];

    [Fact]
    public void The_files_have_a_row_for_each_pair_and_each_trace()
    {
        using var folder = new TemporaryFolder();
        PairSearchOutcome outcome = Write(folder, places => Trees(places));
        string[] pairs = File.ReadAllLines(Path.Combine(folder.Path, "out.csv"));
        string[] traces = File.ReadAllLines(Path.Combine(folder.Path, "traces.csv"));
        Assert.Equal("prompt,chosen,rejected", pairs[0]);
        Assert.Equal(["q0,r0,w0", "q0,r0,v0", "q2,r2,w2"], pairs[1..4]);
        Assert.Equal("prompt,completion", traces[0]);
        Assert.Equal(["q0,r0", "q2,r2"], traces[1..3]);
        Assert.Equal(31, pairs.Length);
        Assert.Equal(21, traces.Length);
        Assert.Equal(new PairSearchOutcome(40, 20, 30, 20, 9.5, 2, 0), outcome);
        Assert.Equal(["out.csv", "traces.csv"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(16, "")]
    [InlineData(32, "{\"Traces\":[\"r3")]                // killed while a line was written
    [InlineData(16, "{\"Traces\":null,\"Pairs\":[]}\n")]
    [InlineData(16, "{\"Traces\":[],\"Pairs\":[{\"Chosen\":null,\"Rejected\":\"x\"}]}\n")]
    [InlineData(16, "null\n")]
    public void An_interrupted_search_goes_on_where_it_was(int after, string torn)
    {
        using var folder = new TemporaryFolder();
        Write(folder, places => Trees(places));
        byte[] straight = File.ReadAllBytes(Path.Combine(folder.Path, "out.csv"));
        File.Delete(Path.Combine(folder.Path, "out.csv"));
        Assert.Throws<OperationCanceledException>(() => Write(
            folder, places => places[0] < after ? Trees(places) : throw new OperationCanceledException()));
        Assert.False(File.Exists(Path.Combine(folder.Path, "out.csv")), "Nothing is written before all is found.");
        File.AppendAllText(Path.Combine(folder.Path, "part"), torn);

        var asked = new List<int>();
        PairSearchOutcome outcome = Write(folder, places =>
        {
            asked.AddRange(places);
            return Trees(places);
        });
        Assert.Equal(Enumerable.Range(after, 40 - after), asked);
        Assert.Equal(after, outcome.Kept);
        Assert.Equal(straight, File.ReadAllBytes(Path.Combine(folder.Path, "out.csv")));
    }

    [Fact]
    public void Without_one_pair_there_is_no_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "found no pair in the trees of 40 prompts, 40 of which have a right completion; expected right and wrong completions",
            Assert.Throws<InputException>(() => Write(
                folder, places => [.. places.Select(place => new TreeRows([$"r{place}"], [], 1, 1))])).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "out.csv")), "There is nothing to write.");
    }

    [Fact]
    public void What_a_search_depends_on_names_the_file_that_keeps_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("q.csv", "prompt,answer\na,b\n");
        foreach (string model in (string[])["model", "judge"])
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, model));
            foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors"])
            {
                folder.Write($"{model}/{name}", "{}");
            }
        }

        PairSearchRequest request = Request(folder);
        string part = PairSearching.PartOf(request, "engine");
        Assert.Equal(part, PairSearching.PartOf(Request(folder), "engine"));
        ThoughtSearchSettings search = request.Search;
        PairSearchRequest judged = request with
        {
            Search = search with { Scorer = new ThoughtScoring.Model(Path.Combine(folder.Path, "judge")) },
        };
        string scored = PairSearching.PartOf(judged, "engine");
        string[] others =
        [
            PairSearching.PartOf(request, "another engine"),
            scored,
            .. new[]
            {
                request with { Rewards = [new RewardSettings.Exact()] },
                request with { Search = search with { StepEnd = new StepEnd.Separator(";") } },
                request with { Search = search with { Budget = 3 } },
                request with { Search = search with { Strategy = new SearchSettings.BestOfN() } },
                request with { Search = search with { Scorer = new ThoughtScoring.Policy() } },
                request with { Search = search with { Strategy = new SearchSettings.Mcts { Rollouts = 2 } } },
                request with { Columns = new ColumnNames { Answer = "solution" } },
                request with { Tree = new TreeSettings { Margin = 0.5 } },
                request with { Tree = new TreeSettings { PassAt = 0.5 } },
                request with { Tree = new TreeSettings { PairBy = SiblingValue.Score } },
                request with { MaxTokens = 3 },
                request with { Seed = 2 },
                request with { Sampling = request.Sampling with { Temperature = 0.5 } },
            }.Select(other => PairSearching.PartOf(other, "engine")),
        ];
        Assert.Equal(others.Length + 1, others.Append(part).Distinct().Count());
        folder.Write("judge/model.safetensors", "{ }");
        Assert.NotEqual(scored, PairSearching.PartOf(judged, "engine"));
        Assert.Equal(part, PairSearching.PartOf(request, "engine"));
        folder.Write("model/model.safetensors", "{ }");
        Assert.NotEqual(part, PairSearching.PartOf(request, "engine"));
    }

    // Every other prompt has a right completion, and two pairs or one.
    private static IReadOnlyList<TreeRows> Trees(IReadOnlyList<int> places) =>
    [
        .. places.Select(place => place % 2 == 1
            ? new TreeRows([], [], 9, 2)
            : new TreeRows(
                [$"r{place}"],
                place % 4 == 0 ? [new($"r{place}", $"w{place}"), new($"r{place}", $"v{place}")] : [new($"r{place}", $"w{place}")],
                10,
                2)),
    ];

    private static PairSearchOutcome Write(TemporaryFolder folder, Func<IReadOnlyList<int>, IReadOnlyList<TreeRows>> search) =>
        PairSearching.Write(Request(folder), Path.Combine(folder.Path, "part"), Questions, search, _ => { });

    private static PairSearchRequest Request(TemporaryFolder folder) => new(
        Path.Combine(folder.Path, "model"),
        Path.Combine(folder.Path, "q.csv"),
        Path.Combine(folder.Path, "out.csv"),
        [new RewardSettings.Numeric()],
        new ThoughtSearchSettings())
    {
        Traces = Path.Combine(folder.Path, "traces.csv"),
    };
}
