using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Search;

/// <summary>The thoughts of a language model about questions, as a problem that strategies search.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
/// <param name="drawer">Draws continuations.</param>
/// <param name="scorer">Scores thoughts; null where no strategy asks for scores.</param>
/// <param name="texts">What is said between thoughts.</param>
/// <param name="questions">The questions.</param>
/// <param name="limit">Tokens of a completion at most.</param>
/// <param name="stop">Stops between tokens.</param>
internal sealed class ThoughtProblem<T>(
    ThoughtDrawer<T> drawer,
    IThoughtScorer? scorer,
    ThoughtTexts texts,
    IReadOnlyList<Question> questions,
    int limit,
    CancellationToken stop) : IRevisingProblem<Thought>, IMergingProblem<Thought>, IForcingProblem<Thought>
    where T : struct, ITensor<T>
{
    /// <summary>The thought that a search about a question begins with.</summary>
    /// <param name="question">Number of the question.</param>
    public Thought Begin(int question) => Begin(question, questions[question].Prompt);

    /// <inheritdoc/>
    public int MostToDraw(Thought thought, SearchReach reach) => Math.Max(0, thought.Left);

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Continuation<Thought>>> Expand(IReadOnlyList<Expansion<Thought>> asked)
    {
        var found = new IReadOnlyList<Continuation<Thought>>[asked.Count];
        Array.Fill(found, []);
        int[] open = [.. Enumerable.Range(0, asked.Count).Where(i => asked[i].Thought.Left > 0)];
        var drawn = drawer.Draw([.. open.Select(i => asked[i])], stop);
        foreach (var (i, continuations) in open.Zip(drawn))
        {
            found[i] = continuations;
        }

        return found;
    }

    /// <inheritdoc/>
    public int ToScore(Thought known, Thought thought) => Scorer.TokensToScore(known, thought);

    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts) => Scorer.Score(thoughts, stop);

    /// <inheritdoc/>
    public bool IsFinal(Thought thought) => thought is { IsAnswer: true, IsComplete: true };

    /// <inheritdoc/>
    public string Answer(Thought thought) => thought.Ended ? texts.ReadAnswer(TextOf(thought)) : "";

    /// <summary>The completion's text.</summary>
    /// <param name="thought">The thought.</param>
    public string TextOf(Thought thought) => texts.TextOf(thought);

    /// <inheritdoc/>
    public bool TryCriticize(Thought draft, out Thought critique)
    {
        critique = draft;
        if (texts.Critique.Length == 0)
        {
            return false;
        }

        critique = Begin(draft.Question, ThoughtTexts.Fill(texts.Critique, questions[draft.Question], TextOf(draft)), isAnswer: false);
        return true;
    }

    /// <inheritdoc/>
    public Thought Revise(Thought draft, Thought critique) => Begin(
        draft.Question,
        ThoughtTexts.Fill(texts.Revision, questions[draft.Question], TextOf(draft), critique.IsAnswer ? "" : TextOf(critique)));

    /// <inheritdoc/>
    public Thought Merge(IReadOnlyList<Thought> parts)
    {
        int question = parts[0].Question;
        return Begin(question, ThoughtTexts.Fill(texts.Merging, questions[question], string.Join(texts.Between, parts.Select(TextOf))));
    }

    /// <inheritdoc/>
    public int Length(Thought thought) => BeforeTheEnd(thought);

    /// <inheritdoc/>
    public Thought Reopen(Thought thought) => thought.Force(BeforeTheEnd(thought), texts.Tokens(texts.Continue));

    /// <inheritdoc/>
    public Thought Close(Thought thought) => thought.Force(thought.Sequence.CompletionLength, texts.Tokens(texts.ThoughtEnd));

    private IThoughtScorer Scorer => scorer
        ?? throw new InvalidOperationException("Thoughts are to be scored, and there is nothing to score them by.");

    // Tokens before the text that ends the thinking; all but the end of sequence where it does not stand.
    private int BeforeTheEnd(Thought thought)
    {
        int all = thought.Sequence.CompletionLength - (thought.Ended ? 1 : 0);
        string text = TextOf(thought);
        int place = texts.ThoughtEnd.Length == 0 ? -1 : text.IndexOf(texts.ThoughtEnd, StringComparison.Ordinal);
        if (place < 0)
        {
            return all;
        }

        int prompt = thought.Sequence.PromptLength;
        int length = all;
        while (length > 0 && texts.Tokenizer.DecodeFrom(thought.Tokens.AsSpan(0, prompt + length), prompt).Length > place)
        {
            length--;
        }

        return length;
    }

    private Thought Begin(int question, string prompt, bool isAnswer = true)
    {
        int[] tokens = texts.Tokenizer.TryEncodePrompt(prompt, out int[] known, out int unknown)
            ? known
            : throw new InputException(new InputProblem(
                "search",
                0,
                "",
                $"{Characters.At(prompt, unknown)} in the prompt {Characters.Quote(prompt)}",
                $"characters of the model's {texts.Tokenizer.Describe()}"));
        return Thought.Begin(question, tokens, Math.Min(limit, drawer.Limits.Tokens - tokens.Length), isAnswer);
    }
}
