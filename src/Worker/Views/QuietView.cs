using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Worker.Views;

/// <summary>Shows only warnings.</summary>
internal sealed class QuietView(TextWriter error) : RunView
{
    /// <inheritdoc/>
    public override void Begin(Recipe recipe)
    {
    }

    /// <inheritdoc/>
    public override void RunOpened(string folder, bool resumed)
    {
    }

    /// <inheritdoc/>
    public override void DatasetAdvanced(string file, long done, long total)
    {
    }

    /// <inheritdoc/>
    public override void DatasetNoted(string file, string note) => error.WriteLine(Wording.DatasetNote(file, note));

    /// <inheritdoc/>
    public override void ChatTemplateUsed(string template)
    {
    }

    /// <inheritdoc/>
    public override void PairLabelled(string file, int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void PromptLabelled(string file, int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void TokenLearned(int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void ReferenceScored(string stage, int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void StageStarted(StageSettings stage, int index, int firstStep)
    {
    }

    /// <inheritdoc/>
    public override void StepFinished(StepMetrics metrics)
    {
    }

    /// <inheritdoc/>
    public override void EvaluationAdvanced(string label, int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void Evaluated(EvaluationResult result)
    {
    }

    /// <inheritdoc/>
    public override void CheckpointWritten(string folder)
    {
    }

    /// <inheritdoc/>
    public override void ModelExported(string file, long done, long total)
    {
    }

    /// <inheritdoc/>
    public override void Warned(string message) => error.WriteLine($"warning: {message}");
}
