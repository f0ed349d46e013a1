using System.Globalization;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>Prompts whose completions get labels for their steps.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Data">CSV file with the columns <c>prompt,answer</c>.</param>
/// <param name="Output">CSV file of <c>prompt,completion,step_labels</c> to write.</param>
/// <param name="Rewards">What says which completions succeed: the weighted sum of these.</param>
/// <param name="StepEnd">Where a step ends.</param>
/// <param name="How">How many of each, and the seed; 0 tokens mean as many as the context allows.</param>
internal sealed record StepLabelRequest(
    string Model, string Data, string Output, IReadOnlyList<RewardSettings> Rewards, StepEnd StepEnd, StepLabelSettings How)
{
    /// <summary>What the columns of the data are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Whether prompts are wrapped in the model's chat template, as its training wrapped them.</summary>
    /// <value>Auto: where it has one.</value>
    public ChatUse Chat { get; init; }
}

/// <summary>The result of a labelling.</summary>
/// <param name="Prompts">Prompts of the data.</param>
/// <param name="Completions">Completions that were written.</param>
/// <param name="Steps">Their steps.</param>
/// <param name="Mean">The mean label.</param>
/// <param name="LeftOut">Completions that were left out, as their text is blank or reads as other steps.</param>
/// <param name="Kept">Prompts whose labels an earlier, interrupted labelling had left.</param>
internal sealed record StepLabelOutcome(int Prompts, int Completions, int Steps, double Mean, int LeftOut, int Kept);

/// <summary>
/// Labels the steps of a file's completions. What is labelled so far is kept beside the output, in a file named after all that the labels
/// depend on, so that the same request goes on where it was interrupted.
/// </summary>
internal static class StepLabelling
{
    /// <summary>The file that keeps what is labelled so far.</summary>
    /// <param name="request">The request.</param>
    /// <param name="engine">What computes: another engine may draw other tokens.</param>
    public static string PartOf(StepLabelRequest request, string engine)
    {
        StepLabelSettings how = request.How;
        string[] all =
        [
            engine,
            FileDigest.Sha256Of(request.Data),
            .. ModelFolder.FilesOf(request.Model).Select(file => $"{Path.GetFileName(file)} {FileDigest.Sha256Of(file)}"),
            .. request.Rewards.Select(SettingsWriter.Print),
            SettingsWriter.Print(new StepSettings { StepEnd = request.StepEnd }),
            SettingsWriter.Print(request.Columns),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{how.Samples} {how.Continuations} {how.MaxTokens} {how.Sampling} {how.PassAt:R} {how.Hard} {how.Seed} {request.Chat}"),
        ];
        return ResumableRows.FileOf(request.Output, all);
    }

    /// <summary>Labels questions in order, and writes the output when all are done.</summary>
    /// <param name="request">The request.</param>
    /// <param name="part">The file that keeps what is labelled so far; deleted at the end.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="label">Labels a question at a place.</param>
    /// <param name="progress">Called with the prompts done so far.</param>
    /// <exception cref="InputException">Not one completion could be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is labelled so far is kept.</exception>
    public static StepLabelOutcome Write(
        StepLabelRequest request,
        string part,
        IReadOnlyList<Question> questions,
        Func<Question, int, IReadOnlyList<StepLabels>> label,
        Action<int> progress)
    {
        (IReadOnlyList<StepLabels[]> done, int kept) = ResumableRows.Complete<StepLabels[]>(
            part,
            questions.Count,
            together: 1,
            places => [.. places.Select(place => label(questions[place], place).ToArray())],
            row => Array.TrueForAll(row, one => one is { Completion: not null, Labels: not null }),
            progress);
        (Question Question, StepLabels Labels)[] all =
            [.. questions.Zip(done, (question, labelled) => labelled.Select(one => (question, one))).SelectMany(rows => rows)];
        (Question Question, StepLabels Labels)[] rows = [.. all.Where(row => row.Labels.Labels.Length > 0)];
        if (rows.Length == 0)
        {
            throw new InputException(new InputProblem(
                request.Data,
                0,
                "",
                $"{all.Length} completions, all of which are blank or read as other steps than were drawn",
                "completions with steps; try another model, or another end of steps"));
        }

        DurableFiles.WriteFile(request.Output, target =>
        {
            target.Write(CsvText.Encode(["prompt", "completion", "step_labels"]));
            foreach (var (question, labels) in rows)
            {
                target.Write(CsvText.Encode([question.Asked, labels.Completion, StepLabelText.Print(labels.Labels)]));
            }
        });
        File.Delete(part);
        double[] values = [.. rows.SelectMany(row => row.Labels.Labels)];
        return new StepLabelOutcome(questions.Count, rows.Length, values.Length, values.Average(), all.Length - rows.Length, kept);
    }
}
