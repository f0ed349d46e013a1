using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>How steps are labelled.</summary>
internal sealed record StepLabelSettings
{
    /// <summary>Completions of each prompt.</summary>
    /// <value>8.</value>
    public int Samples { get; init; } = 8;

    /// <summary>Continuations from each step but the last.</summary>
    /// <value>8.</value>
    public int Continuations { get; init; } = 8;

    /// <summary>Maximum tokens per completion, those that it goes on from included.</summary>
    public int MaxTokens { get; init; }

    /// <summary>How tokens are drawn.</summary>
    /// <value>At temperature 1.</value>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>A completion succeeds if its total score reaches this.</summary>
    /// <value>1.</value>
    public double PassAt { get; init; } = 1;

    /// <summary>Whether a step is good (1) as soon as one continuation succeeds, rather than by the share of those that do.</summary>
    /// <value>false.</value>
    public bool Hard { get; init; }

    /// <summary>Seed of what is drawn.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A completion with the labels of its steps.</summary>
/// <param name="Completion">The completion's text.</param>
/// <param name="Labels">For each step, from 0 to 1; empty if the text, read again, is blank or has other steps.</param>
internal sealed record StepLabels(string Completion, double[] Labels);

/// <summary>
/// Labels the steps of completions without people: a step is as good as the share of continuations from it that succeed. The last step of
/// a completion goes on to nothing, so that its label is whether the completion succeeds. Source: Wang et al. 2024 (Math-Shepherd),
/// arXiv:2312.08935, eq. 3 (hard labels) and 4 (soft ones).
/// </summary>
/// <param name="engine">The model's engine.</param>
/// <param name="model">Draws completions and continuations.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="reward">Says which completions succeed.</param>
/// <param name="reader">Finds the steps.</param>
/// <param name="settings">How many of each, and the seed.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class StepLabeller<T>(
    IEngine<T> engine,
    ILanguageModel<T> model,
    ITokenizer tokenizer,
    RewardSum reward,
    StepReader reader,
    StepLabelSettings settings)
    where T : struct, ITensor<T>
{
    private readonly CompletionSampler<T> _sampler = new(engine, model, tokenizer.Ends);

    /// <summary>Draws completions of a question and labels their steps. The same question at the same place gets the same labels.</summary>
    /// <param name="question">The question.</param>
    /// <param name="place">Its place among the questions, which addresses its random numbers.</param>
    /// <param name="stop">Stops between completions.</param>
    public IReadOnlyList<StepLabels> Label(Question question, int place, CancellationToken stop)
    {
        int firstRow = place * settings.Samples;
        IReadOnlyList<SampledCompletion> drawn = _sampler.Draw(
            [tokenizer.EncodePrompt(question.Prompt)], settings.Samples, settings.MaxTokens, settings.Sampling, Address(0, firstRow));
        bool[] succeed = Succeed(question, drawn, stop);
        return [.. drawn.Select((completion, i) => Label(question, completion, succeed[i], firstRow + i, stop))];
    }

    private StepLabels Label(Question question, SampledCompletion drawn, bool succeeds, int row, CancellationToken stop)
    {
        string text = CompletionText.Of(drawn, tokenizer);
        int[] ends = reader.Ends(tokenizer, drawn.Sequence);
        if (string.IsNullOrWhiteSpace(text) || CountAsRead(question, text) != ends.Length)
        {
            return new StepLabels(text, []);
        }

        double[] shares = SharesOf(question, drawn.Sequence, ends[..^1], row, stop);
        return new StepLabels(text, [.. shares.Select(share => settings.Hard ? Math.Ceiling(share) : share), succeeds ? 1 : 0]);
    }

    // The share of continuations from each step that succeed. All of them are drawn together, and each is cut where its completion is as
    // long as any may be.
    private double[] SharesOf(Question question, TokenSequence sequence, int[] ends, int row, CancellationToken stop)
    {
        if (ends.Length == 0)
        {
            return [];
        }

        int[][] starts = [.. ends.Select(end => sequence.Tokens[..(sequence.PromptLength + end)])];
        IReadOnlyList<SampledCompletion> drawn = _sampler.Draw(
            starts, settings.Continuations, settings.MaxTokens - ends[0], settings.Sampling, Address(1 + (uint)row, 0));
        bool[] succeed = Succeed(question, [.. drawn.Select(one => Cut(one, sequence.PromptLength))], stop);
        return [.. succeed.Chunk(settings.Continuations).Select(ofStep => (double)ofStep.Count(one => one) / ofStep.Length)];
    }

    private SampledCompletion Cut(SampledCompletion continuation, int promptLength)
    {
        int[] tokens = continuation.Sequence.Tokens;
        int most = promptLength + settings.MaxTokens;
        return tokens.Length <= most
            ? continuation with { Sequence = new TokenSequence(tokens, promptLength) }
            : new SampledCompletion(new TokenSequence(tokens[..most], promptLength), [], Ended: false);
    }

    private bool[] Succeed(Question question, IReadOnlyList<SampledCompletion> completions, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        RewardSample[] samples =
            [.. completions.Select(drawn => new RewardSample(question, CompletionText.Of(drawn, tokenizer), drawn))];
        return reward.Pass(samples, settings.PassAt, stop);
    }

    // The steps that training will find: it has the text only, which may be split into other tokens than were drawn.
    private int CountAsRead(Question question, string text)
    {
        int[] prompt = tokenizer.EncodePrompt(question.Prompt);
        return reader.Ends(
            tokenizer,
            new TokenSequence([.. prompt, .. tokenizer.EncodeContinuation(text), tokenizer.EndOfSequence], prompt.Length)).Length;
    }

    private SamplingAddress Address(uint step, int firstRow) => new(settings.Seed, RandomPurpose.StepLabels, step, (uint)firstRow);
}
