using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>Prompts whose search trees are made into pairs and traces.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Data">CSV file with the columns <c>prompt,answer</c>.</param>
/// <param name="Output">CSV file of <c>prompt,chosen,rejected</c> to write.</param>
/// <param name="Rewards">What says which completions are right: the weighted sum of these.</param>
/// <param name="Search">The search.</param>
internal sealed record PairSearchRequest(
    string Model, string Data, string Output, IReadOnlyList<RewardSettings> Rewards, ThoughtSearchSettings Search)
{
    /// <summary>CSV file of <c>prompt,completion</c> to write, of the right completions; empty for none.</summary>
    /// <value>"".</value>
    public string Traces { get; init; } = "";

    /// <summary>Which pairs are made of a tree.</summary>
    public TreeSettings Tree { get; init; } = new();

    /// <summary>Maximum tokens per completion; 0 for as many as the context allows.</summary>
    /// <value>0.</value>
    public int MaxTokens { get; init; }

    /// <summary>How tokens are drawn.</summary>
    /// <value>At temperature 1.</value>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Seed of what is drawn.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>What the columns of the data are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Whether prompts are wrapped in the model's chat template, as its training wrapped them.</summary>
    /// <value>Auto: where it has one.</value>
    public ChatUse Chat { get; init; }
}

/// <summary>The result of a search for pairs.</summary>
/// <param name="Prompts">Prompts of the data.</param>
/// <param name="Solved">Those of which a completion is right.</param>
/// <param name="Pairs">Pairs that were written.</param>
/// <param name="Traces">Right completions, each once.</param>
/// <param name="Drawn">Tokens that were drawn of a prompt, on average.</param>
/// <param name="Scored">Tokens that were read to score thoughts about a prompt, on average.</param>
/// <param name="Kept">Prompts whose trees an earlier, interrupted search had left.</param>
internal sealed record PairSearchOutcome(int Prompts, int Solved, int Pairs, int Traces, double Drawn, double Scored, int Kept);

/// <summary>Makes files of pairs and traces from the search trees of a file's prompts, and goes on where it was interrupted.</summary>
internal static class PairSearching
{
    // Prompts whose searches go on together.
    private const int Together = 16;

    /// <summary>The file that keeps what is found so far.</summary>
    /// <param name="request">The request.</param>
    /// <param name="engine">What computes: another engine may draw other tokens.</param>
    public static string PartOf(PairSearchRequest request, string engine)
    {
        IEnumerable<string> models = new[] { request.Model }.Concat(request.Search.Judge is { } judge ? [judge.From] : []);
        return ResumableRows.FileOf(request.Output,
        [
            "pairs",
            engine,
            FileDigest.Sha256Of(request.Data),
            .. models.SelectMany(model => ModelFolder.FilesOf(model).Select(
                file => $"{Path.GetFileName(file)} {FileDigest.Sha256Of(file)}")),
            .. request.Rewards.Select(SettingsWriter.Print),
            SettingsWriter.Print(request.Search),
            SettingsWriter.Print(request.Columns),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{request.Tree} {request.MaxTokens} {request.Sampling} {request.Seed} {request.Chat}"),
        ]);
    }

    /// <summary>Searches about questions in order, and writes the output when all are done.</summary>
    /// <param name="request">The request.</param>
    /// <param name="part">The file that keeps what is found so far; deleted at the end.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="search">Searches about the questions at some places.</param>
    /// <param name="progress">Called with the prompts done so far.</param>
    /// <exception cref="InputException">There is not one pair.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is found so far is kept.</exception>
    public static PairSearchOutcome Write(
        PairSearchRequest request,
        string part,
        IReadOnlyList<Question> questions,
        Func<IReadOnlyList<int>, IReadOnlyList<TreeRows>> search,
        Action<int> progress)
    {
        (IReadOnlyList<TreeRows> trees, int kept) = ResumableRows.Complete<TreeRows>(
            part,
            questions.Count,
            Together,
            search,
            tree => tree is { Traces: not null, Pairs: not null }
                && Array.TrueForAll(tree.Traces, trace => trace is not null)
                && Array.TrueForAll(tree.Pairs, pair => pair is { Chosen: not null, Rejected: not null }),
            progress);
        int solved = trees.Count(tree => tree.Traces.Length > 0);
        int pairs = trees.Sum(tree => tree.Pairs.Length);
        int traces = trees.Sum(tree => tree.Traces.Length);
        if (pairs == 0)
        {
            throw new InputException(new InputProblem(
                request.Data,
                0,
                "",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"no pair in the trees of {questions.Count} prompts, {solved} of which have a right completion"),
                "right and wrong completions that part at some step; try a larger budget, more branching or a smaller margin"));
        }

        WriteFile(
            request.Output,
            ["prompt", "chosen", "rejected"],
            questions.Zip(trees).SelectMany(both => both.Second.Pairs.Select(
                pair => (string[])[both.First.Asked, pair.Chosen, pair.Rejected])));
        if (request.Traces.Length > 0)
        {
            WriteFile(
                request.Traces,
                ["prompt", "completion"],
                questions.Zip(trees).SelectMany(both => both.Second.Traces.Select(trace => (string[])[both.First.Asked, trace])));
        }

        File.Delete(part);
        return new PairSearchOutcome(
            questions.Count,
            solved,
            pairs,
            traces,
            trees.Average(tree => (double)tree.Drawn),
            trees.Average(tree => (double)tree.Scored),
            kept);
    }

    private static void WriteFile(string file, string[] header, IEnumerable<string[]> rows) => DurableFiles.WriteFile(file, target =>
    {
        target.Write(CsvText.Encode(header));
        foreach (string[] row in rows)
        {
            target.Write(CsvText.Encode(row));
        }
    });
}
