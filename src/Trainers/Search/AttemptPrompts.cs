using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>The prompt of a second attempt: the question, the first attempt, and what is said of it.</summary>
public record AttemptPrompts : ICheckedSettings
{
    /// <summary>
    /// The prompt of the second attempt, in which {prompt} stands for the question's prompt, as the chat template writes it if there is
    /// one, and {answer} for the first attempt.
    /// </summary>
    [Matches(MatchesAttribute.Something, "the prompt of a second attempt, with {prompt} and {answer}")]
    public string Prompt { get; init; } = "";

    /// <summary>
    /// The prompt of the second attempt where the first is right, if that is to be said; empty for the same, so that nothing is said of
    /// whether it is.
    /// </summary>
    /// <value>"".</value>
    public string PromptWhenRight { get; init; } = "";

    /// <summary>Whether a second attempt learns if the first is right.</summary>
    internal bool TellsVerdict => PromptWhenRight.Length > 0;

    private (string Key, string Text)[] Texts => [("prompt", Prompt), ("promptWhenRight", PromptWhenRight)];

    /// <summary>
    /// Tokens that a question's prompt must leave room for: an attempt, or two of them and what is said between them.
    /// </summary>
    /// <param name="again">The prompts of a second attempt; null for one attempt.</param>
    /// <param name="maxTokens">Maximum tokens per attempt.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="key">The key of a prompt for messages, by its name.</param>
    /// <param name="problems">Receives what the tokenizer cannot read.</param>
    internal static int Room(
        AttemptPrompts? again, int maxTokens, ITokenizer tokenizer, Func<string, string> key, IList<InputProblem> problems)
    {
        if (again is null)
        {
            return maxTokens;
        }

        ThoughtTexts.Check(
            again.Texts,
            tokenizer,
            (name, found, expected) => problems.Add(new InputProblem(key(name), 0, "", found, expected)));
        int most = again.Texts.Max(one => tokenizer.TryEncode(ThoughtTexts.Without(one.Text), out int[] tokens, out _) ? tokens.Length : 0);
        return (2 * maxTokens) + most;
    }

    /// <summary>The question of a second attempt: asked and answered like the first one.</summary>
    /// <param name="question">The question.</param>
    /// <param name="first">The first attempt.</param>
    /// <param name="right">Whether it is right; of no consequence where that is not told.</param>
    internal Question Again(Question question, string first, bool right) => question with
    {
        Prompt = ThoughtTexts.Fill(right && TellsVerdict ? PromptWhenRight : Prompt, question, first),
        Asked = question.Asked,
    };

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        bool ReadsFirst(string prompt) => prompt.Contains(ThoughtTexts.Thoughts, StringComparison.Ordinal);
        foreach (var (key, text) in Texts.Where(prompt => prompt.Text.Length > 0 && !ReadsFirst(prompt.Text)))
        {
            add(key, Characters.Quote(text), "a prompt with {answer}, which stands for the first attempt");
        }
    }
}
