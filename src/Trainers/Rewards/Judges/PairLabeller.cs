using System.Globalization;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>Pairs to be labelled by a judge.</summary>
/// <param name="Input">CSV file of <c>prompt,completion_1,completion_2</c>, the two in any order.</param>
/// <param name="Output">CSV file of <c>prompt,chosen,rejected,margin</c> to write.</param>
/// <param name="Judge">The judge.</param>
internal sealed record LabelRequest(string Input, string Output, PairJudgeSettings Judge)
{
    /// <summary>What the columns of the input are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Whether an existing output is replaced.</summary>
    /// <value>false.</value>
    public bool Overwrite { get; init; }

    /// <summary>Called with the pairs labelled so far and the pairs in the input, one call at a time; null for none.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>
    /// Where replies are kept, so that an interrupted labelling can continue: the judge's folder, or <c>OUTPUT-replies</c>.
    /// </summary>
    public string Replies => Judge.CacheFolder.Length > 0 ? Judge.CacheFolder : $"{Path.ChangeExtension(Output, null)}-replies";
}

/// <summary>The result of a labelling.</summary>
/// <param name="Pairs">Pairs of the input.</param>
/// <param name="Ties">Those that are ties, which are left out of the output.</param>
internal sealed record LabelOutcome(int Pairs, int Ties)
{
    /// <summary>Pairs of the output.</summary>
    public int Labelled => Pairs - Ties;
}

/// <summary>Labels a file of pairs with a language model (RLAIF), which is asked about each pair in both orders.</summary>
internal static class PairLabeller
{
    private const int PairsAtOnce = 1024;

    /// <summary>Labels a file. Nothing is written unless every pair gets a verdict; replies are kept in any case.</summary>
    /// <param name="request">What to label.</param>
    /// <param name="stop">Stops between pairs.</param>
    /// <exception cref="InputException">The input has problems, which are all listed; or the judge has no key, gives no
    /// verdict, or sees only ties.</exception>
    public static LabelOutcome Run(LabelRequest request, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        InputFiles.CheckPair(
            request.Input,
            request.Output,
            request.Overwrite,
            "a CSV file with the columns prompt, completion_1, completion_2");
        int pairs = Check(request);
        using PairJudge judge = request.Judge.Create(request.Replies);
        LabelOutcome? outcome = null;
        DurableFiles.WriteFile(request.Output, target => outcome = Write(request, pairs, judge, target, stop));
        return outcome ?? throw new InvalidOperationException("A labelling without problems has a result.");
    }

    // Reads the whole input before any request; returns its pairs.
    private static int Check(LabelRequest request)
    {
        var problems = new List<InputProblem>();
        request.Judge.CheckKey(problems.Add, "--key-variable \"\"");
        string[] unknown = [.. request.Judge.Columns, .. request.Judge.ReadsAnswer ? ["answer"] : Array.Empty<string>()];
        if (unknown.Length > 0)
        {
            problems.Add(new InputProblem(
                "--rubric",
                0,
                "",
                string.Join(", ", unknown.Select(place => $"the placeholder {{{place}}}")),
                "only the placeholders {prompt}, {first} and {second}, as the pairs have no other columns"));
        }

        int pairs = 0;
        foreach (Ranking row in Rows(request, problems))
        {
            pairs++;
            if (row.Completions.Count > 2 && problems.Count < Table.MostProblems)
            {
                problems.Add(new InputProblem(
                    row.File, row.Row, "", $"{row.Completions.Count} completions", "two, as a judge compares pairs"));
            }
        }

        return problems.Count == 0 ? pairs : throw new InputException(problems);
    }

    private static IEnumerable<Ranking> Rows(LabelRequest request, List<InputProblem> problems) =>
        Dataset.Read(DatasetFormats.Rankings, request.Input, new DatasetChecks { Columns = request.Columns }, problems);

    private static LabelOutcome Write(LabelRequest request, int pairs, PairJudge judge, Stream target, CancellationToken stop)
    {
        var problems = new List<InputProblem>();
        int ties = 0, done = 0;
        target.Write(CsvText.Encode(["prompt", "chosen", "rejected", "margin"]));
        var read = Rows(request, problems).Select(
            row => new CandidatePair(new Question(row.Prompt, "", row.File, row.Row), row.Completions[0], row.Completions[1]));
        foreach (CandidatePair[] asked in read.Chunk(PairsAtOnce))
        {
            double[] labels = judge.TryLabel(asked, Counter(request, done, pairs), stop, out var failures);
            done += asked.Length;
            RequireEndpoint(failures.Values, request);
            problems.AddRange(failures.OrderBy(failure => failure.Key)
                .Take(Table.MostProblems - problems.Count)
                .Select(failure => Unanswered(asked[failure.Key], failure.Value, request)));
            foreach (var (pair, label) in asked.Zip(labels))
            {
                if (request.Judge.IsTie(label))
                {
                    ties++;
                    continue;
                }

                var (chosen, rejected) = label > 0.5 ? (pair.First, pair.Second) : (pair.Second, pair.First);
                target.Write(CsvText.Encode(
                [
                    pair.Question.Asked,
                    chosen,
                    rejected,
                    PairJudge.Margin(label).ToString(CultureInfo.InvariantCulture),
                ]));
            }
        }

        return problems.Count > 0 ? throw new InputException(problems)
            : ties == done ? throw new InputException(new InputProblem(
                request.Input, 0, "", $"{ties} pairs, all of them ties", "at least one preference; try another rubric or model"))
            : new LabelOutcome(done, ties);
    }

    private static Action? Counter(LabelRequest request, int before, int total)
    {
        var turn = new Lock();
        int done = before;
        return request.Progress is not { } progress ? null : () =>
        {
            lock (turn)
            {
                progress(++done, total);
            }
        };
    }

    // A failure that every other request would share is reported once.
    private static void RequireEndpoint(IEnumerable<JudgeException> failures, LabelRequest request)
    {
        if (failures.FirstOrDefault(failure => failure.IsFinal) is { } final)
        {
            throw new InputException(new InputProblem(
                request.Judge.Endpoint, 0, "", Reason(final),
                $"a judge that replies; the replies so far are kept in {request.Replies}"));
        }
    }

    private static InputProblem Unanswered(CandidatePair pair, JudgeException failure, LabelRequest request) => new(
        pair.Question.File, pair.Question.Row, "", Reason(failure), $"a verdict; the others are kept in {request.Replies}, and "
            + "running the same command again retries this one");

    private static string Reason(JudgeException failure) => $"no verdict ({failure.Message.TrimEnd('.')})";
}
