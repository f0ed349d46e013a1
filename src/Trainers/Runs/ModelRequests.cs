using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>A request to evaluate a trained model.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Data">CSV file with the columns <c>prompt,answer</c>.</param>
/// <param name="Options">How.</param>
internal sealed record EvaluationRequest(string Model, string Data, EvaluationOptions Options);

/// <summary>How a trained model is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init; } = [new RewardSettings.Numeric()];

    /// <summary>A completion is right if its total score reaches this.</summary>
    /// <value>1.</value>
    public double PassAt { get; init; } = 1;

    /// <summary>Samples per prompt for mean@n, pass@k and maj@k, at temperature 1; 0 evaluates greedy completions only.</summary>
    /// <value>8.</value>
    public int Samples { get; init; } = 8;

    /// <summary>
    /// Folder of a checkpoint or of a run with a reward model, which chooses the best of k samples (best@k); empty for none.
    /// </summary>
    /// <value>"".</value>
    public string RewardModel { get; init; } = "";

    /// <summary>
    /// The prompt of a second attempt at each question, with {prompt} and {answer} (<see cref="AttemptPrompts.Prompt"/>); empty for one
    /// attempt.
    /// </summary>
    /// <value>"".</value>
    public string SecondPrompt { get; init; } = "";

    /// <summary>The prompt of a second attempt where the first is right, if that is to be said; empty for the same.</summary>
    /// <value>"".</value>
    public string SecondPromptWhenRight { get; init; } = "";

    /// <summary>What the columns of the file are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Maximum tokens per completion; 0 for as many as the context allows.</summary>
    /// <value>0.</value>
    public int MaxTokens { get; init; }

    /// <summary>Whether prompts are wrapped in the model's chat template, as its training wrapped them.</summary>
    /// <value>Auto: where it has one.</value>
    public ChatUse Chat { get; init; }

    /// <summary>Seed of the samples.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A request to complete prompts with a trained model.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Options">How.</param>
internal sealed record GenerationRequest(string Model, IReadOnlyList<string> Prompts, GenerationOptions Options);

/// <summary>How a trained model completes a prompt.</summary>
public sealed record GenerationOptions
{
    /// <summary>Completions.</summary>
    /// <value>1.</value>
    public int Samples { get; init; } = 1;

    /// <summary>How tokens are sampled.</summary>
    /// <value>Greedy.</value>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>Maximum tokens per completion; 0 for as many as the context allows.</summary>
    /// <value>0.</value>
    public int MaxTokens { get; init; }

    /// <summary>Whether prompts are wrapped in the model's chat template, as its training wrapped them.</summary>
    /// <value>Auto: where it has one.</value>
    public ChatUse Chat { get; init; }

    /// <summary>Seed of the samples.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A completion of a prompt.</summary>
/// <param name="Text">The text, without the prompt.</param>
/// <param name="Ended">Whether it ended with the end of sequence rather than at the maximum length.</param>
/// <param name="LogProb">
/// log-prob of the completion under the distribution it was drawn from, in nats; of a greedy completion, under the model itself (at
/// temperature 1, without any cut), as what it was drawn from has no other.
/// </param>
public sealed record Completion(string Text, bool Ended, double LogProb);
